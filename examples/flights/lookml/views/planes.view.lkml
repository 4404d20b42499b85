view: planes {
  sql_table_name: planes ;;

  dimension: tail_number {
    type: string
    primary_key: yes
    sql: ${TABLE}.tailnum ;;
  }

  dimension: manufacturer {
    type: string
    sql: ${TABLE}.manufacturer ;;
  }

  dimension: model {
    type: string
    sql: ${TABLE}.model ;;
  }

  dimension: built {
    type: number
    value_format: "0"
    sql: ${TABLE}.built ;;
  }

  dimension: seats {
    type: number
    sql: ${TABLE}.seats ;;
  }
}
