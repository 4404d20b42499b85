view: airports {
  sql_table_name: airports ;;

  dimension: code {
    type: string
    primary_key: yes
    sql: ${TABLE}.faa ;;
  }

  dimension: name {
    label: "Airport"
    type: string
    sql: ${TABLE}.name ;;
  }

  dimension: latitude {
    type: number
    sql: ${TABLE}.latitude ;;
  }

  dimension: longitude {
    type: number
    sql: ${TABLE}.longitude ;;
  }
}
