view: airlines {
  sql_table_name: airlines ;;

  dimension: code {
    type: string
    primary_key: yes
    sql: ${TABLE}.carrier ;;
  }

  dimension: name {
    label: "Airline"
    type: string
    sql: ${TABLE}.name ;;
  }
}
