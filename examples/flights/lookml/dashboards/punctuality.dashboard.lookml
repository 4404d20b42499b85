- dashboard: punctuality
  title: Punctuality
  description: How late New York's flights were in 2013, and how sure we can be of it
  layout: newspaper
  preferred_viewer: dashboards-next

  filters:
  - name: Airline
    title: Airline
    type: field_filter
    model: flights
    explore: flights
    field: airlines.name
    default_value: ''
    allow_multiple_values: true
    required: false

  - name: Origin
    title: Origin
    type: field_filter
    model: flights
    explore: flights
    field: flights.origin
    default_value: ''
    allow_multiple_values: true
    required: false

  elements:
  - name: flights
    title: Flights
    model: flights
    explore: flights
    type: single_value
    fields: [flights.count]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 0
    col: 0
    width: 6
    height: 3

  - name: delay
    title: Average arrival delay, minutes
    model: flights
    explore: flights
    type: single_value
    fields: [flights.average_arrival_delay]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 0
    col: 6
    width: 6
    height: 3

  - name: late
    title: At least 15 minutes late
    model: flights
    explore: flights
    type: single_value
    fields: [flights.late_share]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 0
    col: 12
    width: 6
    height: 3

  - name: cancelled
    title: Cancelled
    model: flights
    explore: flights
    type: single_value
    fields: [flights.cancelled_share]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 0
    col: 18
    width: 6
    height: 3

  - name: months
    title: Arrival delay by month
    model: flights
    explore: flights
    type: looker_line
    fields: [flights.departure_month, flights.average_arrival_delay]
    sorts: [flights.departure_month]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 3
    col: 0
    width: 12
    height: 7

  - name: hours
    title: Departure delay by hour of the day
    model: flights
    explore: flights
    type: looker_column
    fields: [flights.departure_hour_of_day, flights.average_departure_delay]
    sorts: [flights.departure_hour_of_day]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 3
    col: 12
    width: 12
    height: 7

  - name: intervals
    title: Which airlines are late, and how sure are we?
    type: extension
    extension_id: flights::delays
    row: 10
    col: 0
    width: 14
    height: 11

  - name: weather
    title: Departure delay by visibility
    model: flights
    explore: daily_weather
    type: looker_bar
    fields: [daily_weather.visibility_band, daily_weather.average_departure_delay]
    filters:
      daily_weather.visibility_band: "-NULL"
    sorts: [daily_weather.visibility_band]
    listen:
      Origin: daily_weather.origin
    row: 10
    col: 14
    width: 10
    height: 5

  - name: cancellations
    title: Cancelled flights by month
    model: flights
    explore: flights
    type: looker_column
    fields: [flights.departure_month, flights.cancelled]
    sorts: [flights.departure_month]
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 15
    col: 14
    width: 10
    height: 6

  - name: routes
    title: Busiest routes
    model: flights
    explore: flights
    type: looker_grid
    fields: [flights.route, destination.name, flights.count, flights.average_arrival_delay, flights.late_share, flights.cancelled_share]
    sorts: [flights.count desc]
    limit: 10
    listen:
      Airline: airlines.name
      Origin: flights.origin
    row: 21
    col: 0
    width: 24
    height: 8
