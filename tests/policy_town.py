"""A local Looker with people of different access, and a folder whose action asks for all sorts of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gateway_cli import Said, Shell
from local_looker import Looker, served_looker
from lookgate.emulator.world import World

HANDLE = "lookgate_handle"
WORLD: dict[str, Any] = {
    "permission_sets": [
        {"name": "Read", "permissions": ["access_data", "see_looks"]},
        {"name": "Sql", "permissions": ["access_data", "see_looks", "see_sql"]},
    ],
    "model_sets": [{"name": "Flights", "models": ["flights"]}, {"name": "Ships", "models": ["ships"]}],
    "roles": [
        {"name": "Reader", "permission_set": "Read", "model_set": "Flights"},
        {"name": "Sailor", "permission_set": "Sql", "model_set": "Ships"},
        {"name": "Pilot", "permission_set": "Sql", "model_set": "Flights"},
    ],
    "groups": [{"name": "Finance", "roles": ["Reader"]}, {"name": "Sales", "roles": ["Reader"]}],
    "attributes": [
        {"name": "region", "default": "north"},
        {"name": "regions"},
        {"name": "hidden_one", "hidden": True, "default": "shh", "domains": ["http://127.0.0.1:1/*"]},
        {"name": "own_choice", "user_can_edit": True, "default": "yes"},
        {
            "name": HANDLE,
            "hidden": True,
            "user_can_view": False,
            "user_can_edit": False,
            "domains": ["http://127.0.0.1:1/*"],
        },
    ],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {
            "first_name": "Noor",
            "last_name": "Haddad",
            "email": "noor@air.example",
            "groups": ["Finance"],
            "attributes": {"region": "east", "regions": "north, east"},
        },
        {"first_name": "Sam", "last_name": "Okoye", "email": "sam@air.example", "groups": ["Sales"]},
        {"first_name": "Dan", "last_name": "Disabled", "email": "dan@air.example", "disabled": True},
    ],
}
ACTION = '''
from __future__ import annotations

from lookgate import (
    Assurance, Context, Input, Output, access_grant, action, all_of, any_of, at_least, attribute,
    has_model, has_permission, has_role, has_scope, in_group, not_, public,
)


class Ask(Input):
    pass


class Answer(Output):
    by: str


@action(policy=[POLICY])
def NAME(ask: Ask, context: Context) -> Answer:
    """Say who calls."""
    return Answer(context.principal.email)
'''


def action_file(name: str, policy: str) -> str:
    """Return the text of an action with this policy, written as in a file."""
    return ACTION.replace("POLICY", policy).replace("NAME", name)


@dataclass(frozen=True)
class Town:
    """The Looker, and a shell that knows it."""

    looker: Looker
    shell: Shell
    environ: dict[str, str]

    def run(self, *arguments: str, **environ: str) -> Said:
        return self.shell.run(*arguments, **self.environ, **environ)

    def write(self, name: str, policy: str, settings: str = "") -> None:
        """Add an action, enabled alone."""
        self.shell.write(f"actions/{name}.py", action_file(name, policy))
        self.shell.write("lookgate.toml", f'[actions]\nenabled = ["{name}"]\n{settings}')

    def id_of(self, who: str) -> str:
        return self.looker.user(who).id

    def handle_of(self, who: str) -> str:
        """Return what Looker keeps for a user, which no answer of Looker tells."""
        return self.looker.instance.user_values[self.id_of(who), self.looker.attribute_id(HANDLE)]


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    with served_looker(msgspec.convert(WORLD, World)) as looker:
        key = looker.user("Ada").api3[0]
        environ = {
            "LOOKERSDK_BASE_URL": looker.instance.base_url,
            "LOOKERSDK_CLIENT_ID": key.client_id,
            "LOOKERSDK_CLIENT_SECRET": key.client_secret,
        }
        yield Town(looker, Shell(folder), environ)
