from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from content_site import make_content
from local_looker import Looker

POSTGRES = {
    "name": "pg",
    "dialect_name": "postgres",
    "host": "127.0.0.1",
    "port": "1",
    "username": "me",
    "password": "it's secret\\",
    "database": "d",
}


@pytest.fixture
def sky(tmp_path: Path) -> Looker:
    return make_content(tmp_path / "sky")


def test_admins_see_all_developers_those_of_their_models_others_none(sky: Looker) -> None:
    names = {who: [found["name"] for found in sky.get(who, "/connections")] for who in ("Ada", "Dev", "Eve", "Oli")}
    assert names == {"Ada": ["db"], "Dev": ["db"], "Eve": [], "Oli": []}
    assert sky.call("Eve", "GET", "/connections/db").status == 404
    assert "database" not in sky.get("Dev", "/connections/db")


def test_a_connection_tells_what_lookgate_checks(sky: Looker) -> None:
    shape = sky.get("Ada", "/connections/db")
    assert shape["pdts_enabled"] is True
    assert (shape["tmp_db_name"], shape["pdt_context_override"]) == ("looker_scratch", None)
    assert (shape["uses_oauth"], shape["user_attribute_fields"]) == (False, [])
    assert shape["dialect"]["name"] == "duckdb"


def test_a_test_really_asks_the_database(sky: Looker) -> None:
    answer = sky.call("Ada", "PUT", "/connections/db/test", tests="connect,query,nonsense").value
    assert [(test["name"], test["status"]) for test in answer] == [("connect", "success"), ("query", "success")]
    failed = sky.call("Ada", "PUT", "/connections/test", POSTGRES)
    assert [test["status"] for test in failed.value] == ["error", "error"]
    assert b"secret" not in failed.body
    assert sky.call("Dev", "PUT", "/connections/db/test").status == 403


def test_no_answer_holds_a_password(sky: Looker) -> None:
    made = sky.call("Ada", "POST", "/connections", POSTGRES)
    assert made.value["has_password"] is True
    assert (made.value["host"], made.value["username"], made.value["database"]) == ("127.0.0.1", "me", "d")
    said = b"".join(sky.call("Ada", "GET", path).body for path in ("/connections", "/connections/pg"))
    assert b"secret" not in made.body + said
    assert b"secret" not in sky.call("Ada", "PATCH", "/connections/pg", {"tmp_db_name": "scratch"}).body


def test_a_connection_string_as_url_is_not_shown_whole(sky: Looker) -> None:
    from lookgate.emulator.connection import Connection, ConnectionConfig  # noqa: PLC0415 - only here

    url = "postgresql://me:hush@db.example:5433/air?password=hush2"
    sky.instance.connections["url"] = Connection(ConnectionConfig(name="url", dialect="postgres", database=url))
    answer = sky.call("Ada", "GET", "/connections/url")
    assert (answer.value["host"], answer.value["port"], answer.value["database"]) == ("db.example", "5433", "air")
    assert b"hush" not in answer.body


def test_a_new_address_does_not_inherit_the_old_password(sky: Looker) -> None:
    sky.call("Ada", "POST", "/connections", POSTGRES)
    moved = {"host": "elsewhere.example", "username": "me", "database": "d"}
    assert sky.call("Ada", "PATCH", "/connections/pg", moved).value["has_password"] is False
    assert sky.call("Ada", "PATCH", "/connections/pg", {"host": "elsewhere.example"}).status == 422


def test_changing_is_for_admins(sky: Looker) -> None:
    assert sky.call("Dev", "POST", "/connections", POSTGRES).status == 403
    assert sky.call("Dev", "PATCH", "/connections/db", {"tmp_db_name": "x"}).status == 403
    assert sky.call("Dev", "DELETE", "/connections/db").status == 403
    assert sky.call("Ada", "DELETE", "/connections/db").status == 204
    assert sky.call("Ada", "GET", "/connections/db").status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "db"}, "name"),
        ({"name": "a b"}, "name"),
        ({"dialect_name": "oracle"}, "dialect_name"),
        ({"dialect_name": "duckdb", "database": "/etc/passwd"}, "database"),
        ({"host": None}, "host"),
        ({"port": "1; x"}, "port"),
        ({"tmp_db_name": 'x"; drop'}, "tmp_db_name"),
        ({"password": "a\0b"}, "password"),
    ],
)
def test_what_does_not_fit_is_a_422(sky: Looker, change: dict[str, Any], field: str) -> None:
    answer = sky.call("Ada", "POST", "/connections", POSTGRES | change)
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == field
