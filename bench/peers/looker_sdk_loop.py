"""A loop over groups and users on the official Python client, one write after another.

    python bench/peers/looker_sdk_loop.py naive|cached WRITES < slow_looker's line

``naive`` looks each holder up by its name first, ``cached`` knows the ids. Prints the seconds that the writes took; the
client's import and login come before.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import chain, zip_longest
from typing import Any

import looker_sdk
from looker_sdk import models40


class Settings:
    """What the client wants to know."""

    filename = ""
    verify_ssl = False
    timeout = 20
    agent_tag = "bench"

    def __init__(self, told: dict[str, Any]) -> None:
        self.base_url = told["base_url"]
        self.headers: dict[str, str] = {}
        self._config = {name: told[name] for name in ("base_url", "client_id", "client_secret")}

    def read_config(self) -> dict[str, str]:
        return self._config

    def is_configured(self) -> None:
        """It is."""


def main() -> None:
    naive, writes, told = sys.argv[1] == "naive", int(sys.argv[2]), json.loads(sys.stdin.readline())
    settings: Any = Settings(told)
    sdk = looker_sdk.init40(config_settings=settings)
    sdk.auth.authenticate({})  # logs in
    groups = [("group", name, found) for name, found in told["groups"].items()]
    users = [("user", email, found) for email, found in told["users"].items()]
    holders = [each for each in chain.from_iterable(zip_longest(groups, users)) if each]
    attribute = told["attribute"]
    began = time.perf_counter()
    for number, (kind, name, known) in enumerate(holders[:writes]):
        value = f"token-{number}"
        if kind == "group":
            holder = str(sdk.search_groups(name=name, fields="id")[0].id) if naive else known
            sdk.update_user_attribute_group_value(holder, attribute, models40.UserAttributeGroupValue(value=value))
        else:
            holder = str(sdk.search_users(email=name, fields="id")[0].id) if naive else known
            body = models40.WriteUserAttributeWithValue(value=value)
            sdk.set_user_attribute_user_value(holder, attribute, body)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
