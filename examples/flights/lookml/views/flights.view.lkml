view: flights {
  sql_table_name: flights ;;

  dimension: id {
    type: number
    primary_key: yes
    hidden: yes
    sql: ${TABLE}.id ;;
  }

  dimension_group: departure {
    type: time
    timeframes: [raw, date, week, month, month_name, day_of_week, hour_of_day]
    convert_tz: no
    sql: ${TABLE}.scheduled_departure ;;
    description: "Scheduled, local time"
  }

  dimension: carrier {
    type: string
    sql: ${TABLE}.carrier ;;
    description: "Two-letter code"
  }

  dimension: origin {
    type: string
    sql: ${TABLE}.origin ;;
  }

  dimension: dest {
    label: "Destination"
    type: string
    sql: ${TABLE}.dest ;;
  }

  dimension: route {
    type: string
    sql: ${origin} || '–' || ${dest} ;;
  }

  dimension: flight_number {
    type: number
    value_format: "0"
    sql: ${TABLE}.flight ;;
  }

  dimension: tail_number {
    type: string
    sql: ${TABLE}.tailnum ;;
  }

  dimension: is_cancelled {
    type: yesno
    sql: ${TABLE}.cancelled ;;
  }

  dimension: arrival_delay {
    type: number
    description: "Minutes; early arrivals are negative"
    sql: ${TABLE}.arr_delay ;;
  }

  dimension: departure_delay {
    type: number
    description: "Minutes; early departures are negative"
    sql: ${TABLE}.dep_delay ;;
  }

  dimension: distance {
    type: number
    description: "Miles"
    sql: ${TABLE}.distance ;;
  }

  dimension: is_late {
    type: yesno
    description: "At least 15 minutes late on arrival"
    sql: ${arrival_delay} >= 15 ;;
  }

  measure: count {
    label: "Flights"
    type: count
    value_format: "#,##0"
  }

  measure: cancelled {
    label: "Cancelled flights"
    type: count
    filters: [is_cancelled: "yes"]
    value_format: "#,##0"
  }

  measure: late {
    label: "Late flights"
    type: count
    filters: [is_late: "yes"]
    value_format: "#,##0"
  }

  measure: cancelled_share {
    type: number
    value_format: "0.0%"
    sql: 1.0 * ${cancelled} / NULLIF(${count}, 0) ;;
  }

  measure: late_share {
    type: number
    value_format: "0.0%"
    sql: 1.0 * ${late} / NULLIF(${count}, 0) ;;
  }

  measure: average_arrival_delay {
    type: average
    value_format: "0.0"
    sql: ${arrival_delay} ;;
  }

  measure: average_departure_delay {
    type: average
    value_format: "0.0"
    sql: ${departure_delay} ;;
  }

  measure: total_distance {
    type: sum
    value_format: "#,##0"
    sql: ${distance} ;;
  }
}
