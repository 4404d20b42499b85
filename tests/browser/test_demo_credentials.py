"""The page Credentials in real Chromium: tokens are renewed before one's eyes, outages are seen and survived."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, Request, TimeoutError, expect  # noqa: A004 - Playwright's own

from demo_pair import EXAMPLE, need_bundle
from lookgate.cli.demo import child
from lookgate.cli.demo.pair import Pair, running
from lookgate.cli.demo.stage import Stage, free_port
from lookgate.cli.demo.wire import Wire

pytestmark = pytest.mark.browser

Open = Callable[[str], tuple[Page, FrameLocator]]
HOLDERS = ["Everyone (default)", "Group Network Planning", "User chris@example.com"]
RUNS = 25_000
"""Milliseconds in which two runs come: they are ten seconds apart."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The demo with tokens of half a minute, so that an outage that outlasts one need not be long."""
    need_bundle()
    folder = tmp_path_factory.mktemp("credentials")
    example = folder / "example"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("extension", "node_modules"))
    world, settings = example / "world.toml", example / "lookgate.toml"
    world.write_text(world.read_text().replace("token_seconds = 60", "token_seconds = 30"))
    settings.write_text(re.sub(r"margin = \d+", "margin = 10", settings.read_text()))
    with running(Stage(folder / "state", example, free_port(), free_port()), lambda _: None) as started:
        yield started


@pytest.fixture(autouse=True)
def well(pair: Pair) -> Iterator[None]:
    """Whatever a test let go wrong is mended after it."""
    yield
    Wire(pair.stage.google_url).send("DELETE", "/local/faults")


@pytest.fixture
def open_as(context: BrowserContext, pair: Pair) -> Open:
    """Choose a user on the sign-in page, and open the page."""

    def open_page(name: str) -> tuple[Page, FrameLocator]:
        page = context.new_page()
        page.goto(f"{pair.stage.looker_url}/login")
        page.get_by_role("button", name=re.compile(name)).click()
        page.wait_for_url(re.compile(r"/(?!login)"))
        page.goto(f"{pair.stage.looker_url}/extensions/flights::delays/credentials")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("meter")).to_have_count(3, timeout=15_000)
        return page, frame

    return open_page


def rows(frame: FrameLocator) -> list[Locator]:
    return [frame.get_by_role("listitem", name=re.compile(re.escape(name), re.IGNORECASE)) for name in HOLDERS]


def renewals(row: Locator) -> int:
    found = re.search(r"(\d+) renewals?", row.inner_text())
    assert found is not None
    return int(found[1])


def faults(pair: Pair) -> list[str]:
    told = Wire(pair.stage.google_url).send("GET", "/local/state").json()
    return [name for name, value in told["faults"].items() if value]


def test_each_value_has_a_bar_that_moves_and_is_renewed_before_its_margin_is_used(open_as: Open, pair: Pair) -> None:
    _, frame = open_as("Vera")
    for row, name, source in zip(rows(frame), HOLDERS, ("google", "planners", "customer-care"), strict=True):
        expect(row).to_contain_text(name)
        expect(row).to_contain_text(f"From {source}, for {pair.stage.board_url}")
        meter = row.get_by_role("meter")
        expect(meter).to_have_attribute("aria-valuemax", "30")
        expect(meter).to_have_attribute("aria-valuetext", re.compile(r"\d+ s left, margin 10 s"))
        before = int(meter.get_attribute("aria-valuenow") or 0)
        expect(meter).not_to_have_attribute("aria-valuenow", str(before))
    counts = [renewals(row) for row in rows(frame)]
    for row, count in zip(rows(frame), counts, strict=True):
        expect(row).to_contain_text(re.compile(rf"\b{count + 1} renewals"), timeout=RUNS)
        expect(row).to_have_attribute("data-level", "good")
        lowest = re.search(r"lowest while you look: (\d+) s", row.inner_text())
        assert lowest is not None
        assert int(lowest[1]) >= 10


@pytest.mark.parametrize(("name", "account"), [("Noor", "planners"), ("Chris", "customer-care"), ("Vera", "gateway")])
def test_the_stored_token_reaches_the_private_service_through_looker(
    open_as: Open, pair: Pair, name: str, account: str
) -> None:
    _, frame = open_as(name)
    card = frame.get_by_role("region", name="Try it through Looker")
    card.get_by_role("button").click()
    expect(card).to_contain_text("The service let the call in")
    expect(card).to_contain_text(f"{account}@flights.iam.gserviceaccount.com")
    expect(card.locator("dl")).to_contain_text(f"For{pair.stage.board_url}")
    expect(card).to_contain_text(re.compile(r"Still good for\d+ s"))
    expect(card.get_by_role("button")).to_be_focused()


def test_no_token_ever_reaches_the_browser(open_as: Open) -> None:
    page, frame = open_as("Noor")
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    card = frame.get_by_role("region", name="Try it through Looker")
    card.get_by_role("button").click()
    expect(card).to_contain_text("The service let the call in")
    proxied = [json.loads(one.post_data or "{}") for one in requests if one.url.endswith("/server_proxy")]
    presented = [one["init"]["headers"].get("authorization") for one in proxied]
    assert "Bearer {{flights_delays_board_token}}" in presented
    answered = "".join(f"{got.headers} {got.body()!r}" for one in requests if (got := one.response()) is not None)
    for text in (answered, page.content(), frame.locator("html").inner_html()):
        assert "eyJ" not in text
        assert "lgk_" not in text


def test_who_is_no_admin_may_let_nothing_go_wrong_and_is_told_the_rule(open_as: Open, pair: Pair) -> None:
    _, frame = open_as("Chris")
    region = frame.get_by_role("region", name="What goes wrong")
    box = region.get_by_label("Looker is down")
    box.click()
    expect(region.locator("code.rule")).to_have_text("lacks_role")
    expect(box).not_to_be_checked()
    assert faults(pair) == []
    request_id = region.locator("dl code").last.inner_text()
    arguments = ["audit", "tail", "--settings", str(pair.stage.settings), "--number", "1000", "--json"]
    events = [json.loads(line) for line in child.run(arguments, environment=pair.stage.environment()).splitlines()]
    (event,) = [one for one in events if one["request_id"] == request_id]
    assert (event["action"], event["outcome"], event["principal"]["subject"]) == ("break_it", "denied", "3")


def test_an_outage_is_told_survived_for_the_margin_shown_in_red_beyond_it_and_over_when_it_is_mended(
    open_as: Open, pair: Pair
) -> None:
    page, frame = open_as("Ada")
    box = frame.get_by_label("Looker is down")
    box.check()
    expect(frame.get_by_role("region", name="Runs")).to_contain_text("503", timeout=RUNS)
    assert faults(pair) == ["looker_down"]
    for row in rows(frame):
        expect(row).to_contain_text(re.compile("Failed .*503 .*looker_refused"), timeout=RUNS)
        expect(row).not_to_have_attribute("data-level", "expired")
    for row in rows(frame):
        expect(row).to_have_attribute("data-level", "margin", timeout=RUNS)
    for row in rows(frame):
        expect(row).to_have_attribute("data-level", "expired", timeout=RUNS)
        expect(row).to_contain_text(re.compile(r"expired \d+ s ago"))
        expect(row.get_by_role("meter")).to_have_attribute("aria-valuenow", "0")
    card = frame.get_by_role("region", name="Try it through Looker")
    card.get_by_role("button").click()
    expect(card).to_contain_text(re.compile(r"it ended \d+ s ago|token_expired"))
    page.reload()
    expect(box).to_be_checked()
    box.uncheck()
    for row in rows(frame):
        expect(row).to_have_attribute("data-level", "good", timeout=2 * RUNS)
        expect(row).not_to_contain_text("Failed")
    card.get_by_role("button").click()
    expect(card).to_contain_text(re.compile(r"Still good for\d+ s"))


def test_anyone_may_mend_what_an_admin_let_go_wrong(open_as: Open, pair: Pair) -> None:
    google = Wire(pair.stage.google_url)
    google.json("POST", "/local/faults", {"iam_500": 1})
    _, frame = open_as("Noor")
    box = frame.get_by_label("IAM Credentials fails")
    expect(box).to_be_checked()
    box.uncheck()
    expect(box).not_to_be_checked()
    expect(box).not_to_have_attribute("aria-busy", "true")
    assert faults(pair) == []


def test_the_page_is_used_by_keyboard_alone(open_as: Open, pair: Pair) -> None:
    page, frame = open_as("Ada")
    frame.get_by_role("navigation").get_by_role("link").last.focus()
    page.keyboard.press("Tab")
    expect(frame.get_by_role("button", name="Call the service")).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.get_by_role("region", name="Try it through Looker")).to_contain_text("The service let the call in")
    for label in ("Looker is down", "Looker has enough", "IAM Credentials fails", "The metadata server is down"):
        page.keyboard.press("Tab")
        expect(frame.get_by_label(label)).to_be_focused()
    page.keyboard.press("Tab")
    box = frame.get_by_label("The scheduler does not come")
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    runs = frame.get_by_role("region", name="Runs")
    expect(runs).to_contain_text(re.compile(r"Missed[1-9]"), timeout=RUNS)
    assert faults(pair) == ["scheduler_missed"]
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    expect(box).not_to_have_attribute("aria-busy", "true")
    assert faults(pair) == []


def test_a_page_that_was_left_asks_no_more_and_the_console_stays_silent(context: BrowserContext, open_as: Open) -> None:
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    page, frame = open_as("Chris")
    frame.get_by_role("link", name="Notes").click()
    expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    with pytest.raises(TimeoutError), page.expect_request("**/server_proxy", timeout=2_500):
        pass  # it asks every two seconds while it is shown
    assert said == []
