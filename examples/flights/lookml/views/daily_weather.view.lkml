# A persistent derived table: built once, and again when the newest flight changes.
view: daily_weather {
  derived_table: {
    sql_trigger_value: SELECT max(scheduled_departure) FROM flights ;;
    sql:
      WITH sky AS (
        SELECT origin, date_trunc('day', hour) AS day, sum(precip) AS precipitation, min(visibility) AS visibility
        FROM weather
        GROUP BY 1, 2
      ), delay AS (
        SELECT origin, date_trunc('day', scheduled_departure) AS day, count(*) AS flights, avg(dep_delay) AS delay
        FROM flights
        GROUP BY 1, 2
      )
      SELECT delay.origin, delay.day, delay.flights, delay.delay, sky.precipitation, sky.visibility
      FROM delay LEFT JOIN sky ON sky.origin = delay.origin AND sky.day = delay.day ;;
  }

  dimension: id {
    type: string
    primary_key: yes
    hidden: yes
    sql: ${TABLE}.origin || ${TABLE}.day ;;
  }

  dimension_group: day {
    type: time
    timeframes: [raw, date, month]
    convert_tz: no
    sql: ${TABLE}.day ;;
  }

  dimension: origin {
    type: string
    sql: ${TABLE}.origin ;;
  }

  dimension: visibility_band {
    type: string
    description: "The day's worst hour"
    sql:
      CASE
        WHEN ${TABLE}.visibility < 1 THEN '1 · under 1 mile'
        WHEN ${TABLE}.visibility < 3 THEN '2 · 1 to 3 miles'
        WHEN ${TABLE}.visibility < 10 THEN '3 · 3 to 10 miles'
        WHEN ${TABLE}.visibility IS NOT NULL THEN '4 · clear'
      END ;;
  }

  dimension: precipitation {
    type: number
    description: "Inches"
    sql: ${TABLE}.precipitation ;;
  }

  measure: days {
    type: count
    value_format: "#,##0"
  }

  measure: average_departure_delay {
    type: average
    value_format: "0.0"
    sql: ${TABLE}.delay ;;
  }
}
