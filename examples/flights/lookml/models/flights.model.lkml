connection: "flights"
label: "Flights from New York"

include: "/views/*.view.lkml"
include: "/dashboards/*.dashboard.lookml"

explore: flights {
  label: "Flights"
  description: "Every departure from Newark, JFK and LaGuardia in 2013"

  join: airlines {
    type: left_outer
    relationship: many_to_one
    sql_on: ${flights.carrier} = ${airlines.code} ;;
  }

  join: origin {
    from: airports
    view_label: "Origin"
    type: left_outer
    relationship: many_to_one
    sql_on: ${flights.origin} = ${origin.code} ;;
  }

  join: destination {
    from: airports
    view_label: "Destination"
    type: left_outer
    relationship: many_to_one
    sql_on: ${flights.dest} = ${destination.code} ;;
  }

  join: planes {
    view_label: "Aircraft"
    type: left_outer
    relationship: many_to_one
    sql_on: ${flights.tail_number} = ${planes.tail_number} ;;
  }
}

explore: daily_weather {
  label: "Weather and delay"
  description: "One row per airport and day, built ahead of time"
}
