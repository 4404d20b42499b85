from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from lookgate.emulator.host import mount_markup
from probe_frame import error, frame_in, frame_of, open_tile, value

pytestmark = pytest.mark.browser
Open = Callable[[str, str], Page]

ROWS: dict[str, Any] = {
    "visConfig": {"color": "red"},
    "queryResponse": {"data": [{"a.b": {"value": 1}}], "fields": {"measures": [1]}},
}
TILE = {"dashboardId": "7", "elementId": "1", "dashboardFilters": {"Carrier": "AA"}}


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("Ana", "/extensions/lab::probe")
    frame_of(page)
    return page


def tile(page: Page, name: str, mount: str = "dashboard-tile", context: dict[str, Any] | None = None) -> Frame:
    return open_tile(page, mount_markup("lab::probe", mount, context or {"tile": TILE}), name)


def heard(page: Page) -> list[Any]:
    return [entry[:2] for entry in page.evaluate("heard")]


@pytest.mark.parametrize("mount", ["dashboard-tile", "dashboard-visualization", "dashboard-tile-popup"])
def test_every_mount_point_says_where_it_stands(page: Page, mount: str) -> None:
    frame = tile(page, "one", mount, {"tile": TILE, "visualization": ROWS})
    assert value(frame, "sdk.lookerHostData.mountPoint") == mount
    assert value(frame, "sdk.isDashboardMountSupported") is True
    frame.wait_for_function("probe.tiles.length && probe.visualizations.length")
    told = value(frame, "sdk.tileSDK.tileHostData")
    assert (told["dashboardId"], told["dashboardFilters"], told["dashboardRunState"]) == (
        "7",
        {"Carrier": "AA"},
        "NOT_RUNNING",
    )
    assert value(frame, "sdk.visualizationSDK.visConfig.visConfig") == {"color": "red"}
    assert value(frame, "sdk.visualizationSDK.queryResponse.data") == ROWS["queryResponse"]["data"]


def test_tiles_do_not_work_on_a_page_of_their_own(page: Page) -> None:
    frame = frame_of(page)
    assert value(frame, "sdk.isDashboardMountSupported") is False
    assert "ot supported" in error(frame, "sdk.tileSDK.runDashboard()")


def test_an_extension_mounts_only_where_its_manifest_says(page: Page) -> None:
    page.evaluate(
        """async (markup) => {
          const holder = document.createElement('div');
          holder.innerHTML = markup;
          document.body.append(holder);
          await (await import('/host/static/frame.js')).mount(holder.firstElementChild);
        }""",
        mount_markup("lab::bare", "dashboard-tile"),
    )
    expect(page.get_by_role("alert")).to_contain_text("Add dashboard_tile: yes to its mount_points")


def test_errors_of_one_tile_are_shown_at_that_tile_until_cleared(page: Page) -> None:
    one, two = tile(page, "one"), tile(page, "two")
    value(one, "sdk.tileSDK.addError({title: 'No data', message: 'Try another day', group: 'g'})")
    value(
        one,
        "sdk.tileSDK.addErrors({title: 'Two', message: 'More', group: 'h'}, {title: 'Three', message: '', group: 'h'})",
    )
    alerts = page.locator("#one").get_by_role("alert")
    expect(alerts).to_have_count(3)
    expect(alerts.first).to_contain_text("No data")
    expect(page.locator("#two").get_by_role("alert")).to_have_count(0)
    value(one, "sdk.tileSDK.clearErrors('h')")
    expect(alerts).to_have_count(1)
    value(two, "sdk.tileSDK.clearError()")
    expect(alerts).to_have_count(1)
    value(one, "sdk.tileSDK.clearError()")
    expect(alerts).to_have_count(0)


def test_filters_and_runs_reach_every_tile_and_the_page(page: Page) -> None:
    one, two = tile(page, "one"), tile(page, "two")
    value(one, "sdk.tileSDK.updateFilters({Origin: 'JFK'}, true)")
    two.wait_for_function("probe.tiles.some((tile) => tile.lastRunSuccess)")
    told = value(two, "sdk.tileSDK.tileHostData")
    assert told["dashboardFilters"] == {"Carrier": "AA", "Origin": "JFK"}
    assert told["dashboardRunState"] == "NOT_RUNNING"
    assert two.evaluate("probe.tiles.some((tile) => tile.dashboardRunState === 'RUNNING')")
    value(one, "sdk.tileSDK.runDashboard()")
    value(one, "sdk.tileSDK.stopDashboard()")
    page.wait_for_function("heard.length === 4")
    assert heard(page) == [["one", "filters"], ["one", "run"], ["one", "run"], ["one", "stop"]]


def test_menus_and_dialogs_answer_in_plain_words(page: Page) -> None:
    frame = tile(page, "one")
    value(frame, "sdk.tileSDK.openScheduleDialog()")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Schedule delivery")
    dialog.get_by_role("button", name="Close").click()
    value(frame, "sdk.tileSDK.openDrillMenu({links: [{label: 'Show all', url: '/explore'}]}, {pageX: 1})")
    expect(dialog).to_contain_text("Show all")
    value(frame, "sdk.closeHostPopovers()")
    expect(dialog).to_have_count(0)
    value(frame, "sdk.tileSDK.toggleCrossFilter({pivot: {}, row: {}})")
    expect(page.locator("#one")).to_contain_text("cross-filter")
    assert heard(page) == [["one", "schedule"], ["one", "drill"], ["one", "cross-filter"]]


def test_a_visualization_sets_its_options_and_rows(page: Page) -> None:
    frame = tile(page, "one", "dashboard-visualization", {"tile": TILE, "visualization": ROWS})
    frame.wait_for_function("probe.visualizations.length === 1")
    value(
        frame,
        "sdk.visualizationSDK.configureVisualization({size: {type: 'number', default: 3}, color: {default: 'x'}})",
    )
    frame.wait_for_function("probe.visualizations.length === 2")
    assert frame.evaluate("probe.visualizations[1].visConfig") == {"size": 3, "color": "red"}
    value(frame, "sdk.visualizationSDK.setVisConfig({color: 'green'})")
    frame.wait_for_function("probe.visualizations.length === 3")
    assert frame.evaluate("probe.visualizations[2]") == ROWS | {"visConfig": {"size": 3, "color": "green"}}
    value(frame, "sdk.visualizationSDK.updateRowLimit(50)")
    expect(page.locator("#one")).to_contain_text("up to 50 rows")
    page.evaluate("one.dispatchEvent(new CustomEvent('host:visualization-data', {detail: {fresh: true}}))")
    frame.wait_for_function("probe.visualizations.at(-1).fresh === true")


def test_a_visualization_on_a_dashboard_gets_the_rows_of_its_query(open_page: Open) -> None:
    page = open_page("Ana", "/dashboards/probe::chart")
    frame = frame_in(page.locator("[data-mount=dashboard-visualization]"))
    frame.wait_for_function("probe.visualizations.length > 0")
    assert value(frame, "sdk.lookerHostData.mountPoint") == "dashboard-visualization"
    rows = value(frame, "sdk.visualizationSDK.queryResponse.data")
    assert [{name: cell["value"] for name, cell in row.items()} for row in rows] == [
        {"flights.carrier": "AA", "flights.count": 1},
        {"flights.carrier": "UA", "flights.count": 2},
    ]
    names = "sdk.visualizationSDK.queryResponse.{}.map((field) => field.name)"
    for kind, expected in (
        ("fieldDimensions", ["flights.carrier"]),
        ("fieldMeasures", ["flights.count"]),
        ("fieldDimensionLike", ["flights.carrier"]),
        ("fieldMeasureLike", ["flights.count"]),
    ):
        assert value(frame, names.format(kind)) == expected
    assert value(frame, "sdk.visualizationSDK.visConfig.visConfig.shade") == "teal"
    assert value(frame, "sdk.visualizationSDK.visConfig.queryFieldMeasures[0].name") == "flights.count"
    assert frame.evaluate("document.body.clientHeight === innerHeight") is True
    tile = "document.querySelector('[data-tile]').clientHeight"
    assert page.evaluate(f"document.querySelector('iframe').clientHeight === {tile}") is True


def test_two_tiles_of_a_lookml_dashboard_share_its_filters(open_page: Open) -> None:
    page = open_page("Ana", "/dashboards/probe::board")
    mounts = page.locator("[data-extension]")
    expect(mounts).to_have_count(2)
    left, right = (frame_in(mounts.nth(index)) for index in range(2))
    right.wait_for_function("probe.tiles.length > 0")
    assert value(right, "sdk.tileSDK.tileHostData.dashboardId") == "probe::board"
    value(left, "sdk.tileSDK.updateFilters({Carrier: 'UA'})")
    right.wait_for_function("probe.sdk.tileSDK.tileHostData.dashboardFilters.Carrier === 'UA'")
    value(left, "sdk.tileSDK.addError({title: 'Left only', message: 'x', group: 'g'})")
    expect(mounts.nth(0).get_by_role("alert")).to_contain_text("Left only")
    expect(mounts.nth(1).get_by_role("alert")).to_have_count(0)
