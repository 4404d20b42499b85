"""The demo's LookML: what its manifest allows, and whether every tile of its dashboard shows something."""

from __future__ import annotations

from typing import Any

import lkml
import pytest
import yaml

from demo_pair import EXAMPLE, api
from lookgate.cli.demo.pair import Pair

LOOKML = EXAMPLE / "lookml"
(BOARD,) = yaml.safe_load((LOOKML / "dashboards" / "punctuality.dashboard.lookml").read_text())
TILES = {tile["name"]: tile for tile in BOARD["elements"] if "explore" in tile}


def test_the_extension_may_call_the_gateway_and_one_service_read_an_address_run_a_query_and_nothing_else() -> None:
    with (LOOKML / "manifest.lkml").open() as file:
        application = lkml.load(file)["application"]
    assert application["entitlements"] == {
        "core_api_methods": ["run_inline_query"],
        "external_api_urls": ["http://127.0.0.1:8701", "http://127.0.0.1:8703"],
        "scoped_user_attributes": ["gateway_url"],
    }


def test_the_tiles_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for tile in BOARD["elements"]:
        cells = {
            (row, column)
            for row in range(tile["row"], tile["row"] + tile["height"])
            for column in range(tile["col"], tile["col"] + tile["width"])
        }
        assert max(column for _, column in cells) < 24
        assert not cells & taken, tile["name"]
        taken |= cells


@pytest.mark.parametrize("name", TILES)
def test_every_tile_has_rows_for_a_viewer(pair: Pair, name: str) -> None:
    rows = run(pair, TILES[name], {})
    assert rows
    assert all(row[field] is not None for row in rows for field in TILES[name]["fields"][:1])


@pytest.mark.parametrize("name", TILES)
def test_every_tile_follows_the_dashboards_filters(pair: Pair, name: str) -> None:
    listen = TILES[name]["listen"]
    chosen = {
        listen[title]: value for title, value in (("Airline", "JetBlue Airways"), ("Origin", "LGA")) if title in listen
    }
    assert chosen
    assert run(pair, TILES[name], chosen) != run(pair, TILES[name], {})


def test_poor_visibility_costs_time(pair: Pair) -> None:
    rows = run(pair, TILES["weather"], {})
    delays = [row["daily_weather.average_departure_delay"] for row in rows]
    assert len(rows) == 4
    assert delays == sorted(delays, reverse=True)


def run(pair: Pair, tile: dict[str, Any], filters: dict[str, str]) -> list[dict[str, Any]]:
    query = {
        "model": tile["model"],
        "view": tile["explore"],
        "fields": tile["fields"],
        "sorts": tile.get("sorts", []),
        "limit": str(tile.get("limit", 500)),
        "filters": {**tile.get("filters", {}), **filters},
    }
    rows: list[dict[str, Any]] = api(pair, "Vera").call("POST", "/queries/run/json", query)
    return rows
