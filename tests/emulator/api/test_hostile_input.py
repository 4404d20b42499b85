"""Nothing that a caller sends makes an operation fail inside."""

from __future__ import annotations

import json
import random
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from content_site import FLIGHTS, make_content

MODULES = (
    "color_collections", "connections", "dashboard_parts", "dashboards", "derived_tables", "embed", "folders",
    "lookml_models", "oauth_apps", "oauth_token", "project_files", "projects", "queries", "query_run", "query_tasks",
    "saved_content", "setting", "sql_queries", "versions",
)  # fmt: skip
VALUES: list[Any] = [
    None, True, 1, -1, 2**70, 1.5, "", "x", "a" * 300, "\0", "\ud800", "-1", "air", "air::delays", [], [1], ["x"],
    [["x"]], {}, {"a": 1}, {"a": {"b": []}}, [{"colors": ["#fff"]}], [{"stops": [{"color": "#fff", "offset": 1}]}],
    {"domain_allowlist": ["x"]}, "http://[::1", "//", "http://127.0.0.1:9999/embed/x",
]  # fmt: skip
IDS = ["1", "air", "flights", "sky", "db", "air::delays", "lookml", "json", "csv", "json_detail", "%00", "..%2f", "%ff"]
QUERY = [
    "fields",
    "limit",
    "offset",
    "sorts",
    "title",
    "id",
    "f[flights.carrier]",
    "f[",
    "query_task_ids",
    "url",
    "tests",
]
GOOD = FLIGHTS | {
    "title": "t",
    "name": "n",
    "label": "l",
    "dashboard_id": "air::delays",
    "redirect_uri": "https://app.example/",
    "display_name": "d",
    "target_url": "http://127.0.0.1:9999/embed/x",
    "external_user_id": "e",
    "group_ids": ["1"],
    "sql": "SELECT 1",
}


@pytest.mark.parametrize("module", MODULES)
def test_whatever_is_sent_the_answer_is_never_a_500(module: str, tmp_path: Path) -> None:
    sky = make_content(tmp_path / "sky")
    chance = random.Random(module)  # noqa: S311 - the same calls in every run
    found = import_module(f"lookgate.emulator.api.{module}")
    structs = [part for part in vars(found).values() if isinstance(part, type) and issubclass(part, msgspec.Struct)]
    names = sorted({name for part in structs for name in part.__struct_fields__} | {"grant_type", "code"})
    tokens = [sky.token(who) for who in ("Ada", "Dev", "Eve")]
    for _ in range(250):
        operation = chance.choice(found.operations.all)
        path = re.sub(r"\{\w+\}", lambda _: chance.choice(IDS), operation.template)
        body: Any = {chance.choice(names): chance.choice(VALUES) for _ in range(chance.randint(0, 4))}
        body = chance.choice([body, GOOD | body, chance.choice(VALUES)])
        query = {chance.choice(QUERY): chance.choice(["", "x", "1", "id desc", "a(b", "%"]) for _ in range(2)}
        answer = sky.api.handle(operation.method, path, query, json.dumps(body).encode(), token=chance.choice(tokens))
        assert answer.status < 500, (operation.id, path, query, ascii(body))
        assert answer.status < 300 or isinstance(answer.value, dict), (operation.id, answer)
