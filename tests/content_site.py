"""A local Looker with a project, for tests of everything but people: flights, who may query them, a dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_looker import Looker, make_looker, people, served_looker
from lookgate.emulator.world import World

FILES = {
    "manifest.lkml": 'project_name: "sky"\n',
    "air.model.lkml": """
connection: "db"
label: "Air"
include: "/*.view.lkml"
include: "/*.dashboard.lookml"
access_grant: insiders { user_attribute: carrier allowed_values: ["UA"] }
explore: flights {
  label: "Flights"
  access_filter: { field: flights.origin user_attribute: home }
  join: carriers { type: left_outer relationship: many_to_one sql_on: ${flights.carrier} = ${carriers.code} ;; }
}
explore: carriers { hidden: yes }
explore: secrets { required_access_grants: [insiders] from: carriers }
explore: broken {}
explore: daily {}
""",
    "flights.view.lkml": """
view: flights {
  derived_table: { sql:
    SELECT 1 AS id, 'UA' AS carrier, 'JFK' AS origin, 10 AS delay, TIMESTAMP '2013-01-01 10:00:00' AS at
    UNION ALL SELECT 2, 'DL', 'JFK', 30, TIMESTAMP '2013-01-02 10:00:00'
    UNION ALL SELECT 3, 'UA', 'LGA', 50, TIMESTAMP '2013-02-01 10:00:00' ;; }
  dimension: id { primary_key: yes type: number sql: ${TABLE}.id ;; hidden: yes }
  dimension: carrier { sql: ${TABLE}.carrier ;; suggestions: ["UA", "DL"] tags: ["code"] }
  dimension: origin { sql: ${TABLE}.origin ;; description: "Where it starts" }
  dimension: late { type: yesno sql: ${TABLE}.delay > 20 ;; }
  dimension: inside { sql: ${TABLE}.id ;; required_access_grants: [insiders] }
  dimension_group: at { type: time timeframes: [date, month] sql: ${TABLE}.at ;; }
  measure: count { type: count drill_fields: [id, carrier] }
  measure: mean_delay { type: average sql: ${TABLE}.delay ;; value_format: "0.0" }
  parameter: unit { type: unquoted allowed_value: { label: "Minutes" value: "m" } default_value: "m" }
}
""",
    "carriers.view.lkml": """
view: carriers {
  derived_table: { sql: SELECT 'UA' AS code, 'United' AS name UNION ALL SELECT 'DL', 'Delta' ;; }
  dimension: code { primary_key: yes sql: ${TABLE}.code ;; }
  dimension: name { sql: ${TABLE}.name ;; }
  set: all { fields: [code, name] }
}
view: broken {
  sql_table_name: no_such_table ;;
  dimension: id { type: number sql: ${TABLE}.id ;; }
}
view: daily {
  derived_table: { sql: SELECT 7 AS n ;; sql_trigger_value: SELECT 1 ;; }
  dimension: n { type: number sql: ${TABLE}.n ;; }
}
""",
    "delays.dashboard.lookml": """
- dashboard: delays
  title: Delays
  description: How late
  filters:
  - name: Carrier
    title: Carrier
    type: field_filter
    model: air
    explore: flights
    field: flights.carrier
  elements:
  - name: by_carrier
    title: By carrier
    type: looker_bar
    model: air
    explore: flights
    fields: [flights.carrier, flights.count]
    sorts: [flights.carrier]
    listen: {Carrier: flights.carrier}
    show_value_labels: true
    row: 0
    col: 0
    width: 12
    height: 8
  - name: words
    type: text
    body_text: Read me
""",
}
WORLD: dict[str, Any] = {
    "connections": [{"name": "db"}],
    "models": [{"name": "air", "project": "sky", "connections": ["db"]}],
    "permission_sets": [
        {"name": "Look", "permissions": ["access_data", "see_looks", "see_lookml_dashboards"]},
        {"name": "Ask", "permissions": ["access_data", "see_looks", "see_sql", "explore", "save_content"]},
        {
            "name": "Build",
            "permissions": [
                *("access_data", "see_looks", "see_user_dashboards", "save_content", "save_dashboards", "see_sql"),
                *("see_lookml", "develop", "deploy", "use_sql_runner", "see_lookml_dashboards"),
            ],
        },
        {"name": "Nothing", "permissions": ["see_looks"]},
    ],
    "model_sets": [{"name": "Air", "models": ["air"]}, {"name": "Other", "models": ["other"]}],
    "roles": [
        {"name": "Viewer", "permission_set": "Look", "model_set": "Air"},
        {"name": "Developer", "permission_set": "Build", "model_set": "Air"},
        {"name": "Idle", "permission_set": "Nothing", "model_set": "Air"},
        {"name": "Elsewhere", "permission_set": "Build", "model_set": "Other"},
    ],
    "groups": [{"name": "East", "roles": ["Viewer"]}, {"name": "West"}],
    "attributes": [
        {"name": "carrier", "default": "UA", "groups": {"East": "DL"}},
        {"name": "home", "type": "advanced_filter_string", "default": "JFK,LGA", "groups": {"East": "JFK"}},
    ],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Dev", "last_name": "Eloper", "email": "dev@air.example", "roles": ["Developer"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "groups": ["East"]},
        {"first_name": "Ian", "last_name": "Idle", "email": "ian@air.example", "roles": ["Idle"]},
        {"first_name": "Oli", "last_name": "Other", "email": "oli@air.example", "roles": ["Elsewhere"]},
    ],
}
FLIGHTS: dict[str, Any] = {
    "model": "air",
    "view": "flights",
    "fields": ["flights.carrier", "flights.count"],
    "sorts": ["flights.carrier"],
}


def write_project(folder: Path) -> Path:
    """Write the project into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (folder / name).write_text(content)
    return folder


def content_world() -> World:
    return people(**WORLD)


def make_content(folder: Path, **options: Any) -> Looker:
    """Build an instance in memory."""
    return make_looker(content_world(), projects=[write_project(folder)], **options)


@contextmanager
def served_content(folder: Path) -> Iterator[Looker]:
    """Serve an instance on a free port of loopback."""
    with served_looker(content_world(), projects=[write_project(folder)]) as looker:
        yield looker
