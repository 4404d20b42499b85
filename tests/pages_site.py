"""A local Looker whose pages tests visit: hostile names, a hidden secret, a project with every kind of tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from asgi import Visitor
from local_looker import PEOPLE, Looker, make_looker, people
from lookgate.emulator.app import build_app
from lookgate.emulator.world import World

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
"""A name that would run if it were not escaped."""
SECRETS = ("shh-default", "shh-east", "shh-eve")
"""The values of the hidden attribute."""

MODEL = """
connection: "memory"
label: "Zoo"
explore: sightings { label: "Sightings" }
explore: keepers { from: sightings required_access_grants: [keeps] }
access_grant: keeps { user_attribute: carrier allowed_values: ["nobody"] }
view: sightings {
  derived_table: { sql: SELECT * FROM (VALUES
    ('Bear', '2024-01', 30, 2.5), ('Otter', '2024-02', 7, -1.5), ('<b>Lynx</b>', '2024-03', 5, 4.0)
    ) AS t(animal, month, seen, score) ;; }
  dimension: animal { type: string sql: ${TABLE}.animal ;; }
  dimension: month { type: string sql: ${TABLE}.month ;; }
  dimension: consent { type: string sql: 'claim-1' ;;
    html: <p>Sign in as {{ _user_attributes['email'] }}?</p>
      <a class="btn button" href="https://hub.example/back?claim={{ value }}" onclick="evil()">Allow</a>
      <a href="javascript:alert(1)">Bad</a><script>alert(2)</script> ;; }
  measure: seen { type: sum sql: ${TABLE}.seen ;; }
  measure: score { type: average sql: ${TABLE}.score ;; }
}
"""

DASHBOARD = """
- dashboard: all_kinds
  title: 'Kinds of <script>alert(1)</script> tiles'
  filters:
  - {name: Animal, title: Animal, type: field_filter, model: air, explore: sightings, field: sightings.animal}
  elements:
  - {name: words, type: text, body_text: 'Some **bold** <img src=x onerror=alert(1)> [bad](javascript:alert(1))'}
  - {name: total, type: single_value, model: air, explore: sightings, fields: [sightings.seen],
     listen: {Animal: sightings.animal}}
  - {name: ask, type: single_value, model: air, explore: sightings, fields: [sightings.consent]}
  - {name: broken, type: table, model: air, explore: sightings, fields: [sightings.nothing]}
  - {name: columns, type: looker_column, model: air, explore: sightings, fields: [sightings.animal, sightings.seen]}
  - {name: lines, type: looker_line, model: air, explore: sightings, fields: [sightings.month, sightings.score]}
  - {name: shares, type: looker_pie, model: air, explore: sightings, fields: [sightings.animal, sightings.seen]}
  - {name: map, type: looker_map, model: air, explore: sightings, fields: [sightings.animal, sightings.seen]}
  - {name: frame, type: extension, extension_id: 'zoo::cage'}
"""

MANIFEST = """
project_name: "zoo"
application: cage {
  label: "The <i>cage</i>"
  file: "cage.js"
  mount_points: { standalone: yes dashboard_tile: yes }
  entitlements: { core_api_methods: ["me"] }
}
application: lion { label: "Lion" file: "cage.js" mount_points: { dashboard_tile: yes } entitlements: { } }
"""


def world() -> World:
    """Return the people of every test, and one with a hostile name."""
    changes: dict[str, Any] = {
        "connections": [{"name": "memory"}],
        "permission_sets": [
            {"name": "Look", "permissions": ["access_data", "see_lookml_dashboards"]},
            {"name": "Build", "permissions": ["access_data", "see_lookml_dashboards", "explore", "see_sql"]},
        ],
        "groups": [*PEOPLE["groups"], {"name": HOSTILE}],
        "users": [
            *PEOPLE["users"],
            {"first_name": HOSTILE, "last_name": "X", "email": "x@air.example", "groups": [HOSTILE], "about": HOSTILE},
            {"first_name": "Bea", "last_name": "Build", "email": "bea@air.example", "roles": ["Developer"]},
        ],
    }
    return people(**changes)


def write_project(folder: Path) -> Path:
    """Write the project's files and return their folder."""
    project = folder / "zoo"
    project.mkdir()
    for name, text in (
        ("manifest.lkml", MANIFEST),
        ("air.model.lkml", MODEL + 'include: "*.dashboard"\n'),
        ("kinds.dashboard.lookml", DASHBOARD),
        ("cage.js", "document.body.textContent = 'caged';\n"),
    ):
        (project / name).write_text(text, "utf-8")
    return project


class Pages:
    """The local Looker and its visitors."""

    def __init__(self, looker: Looker) -> None:
        self.looker = looker
        self.app: ASGIApp = build_app(looker.instance)

    def visitor(self) -> Visitor:
        """Return a browser that has chosen nobody."""
        return Visitor(self.app, self.looker.instance.base_url)

    def signed_in(self, first_name: str) -> Visitor:
        """Return a browser that has chosen this user."""
        visitor = self.visitor()
        reply = visitor.post("/login", {"user_id": self.looker.user(first_name).id})
        assert reply.status == 303, reply.text
        return visitor


def make_pages(folder: Path) -> Pages:
    """Build an instance with the project loaded."""
    return Pages(make_looker(world(), projects=[write_project(folder)]))
