"""The demo's extension in real Chromium: its pages, two users and more, keyboard, phone, tile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Request, expect

from demo_pair import api, person, running_demo, visitor
from lookgate.cli.demo.pair import Pair, issue_handles

pytestmark = pytest.mark.browser

EXTENSION = "/extensions/flights::delays"
Open = Callable[..., tuple[Page, FrameLocator]]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def open_as(context: BrowserContext, pair: Pair) -> Open:
    """Choose a user on the sign-in page, as a person does, and open a page of the extension."""

    def open_page(name: str, route: str = "") -> tuple[Page, FrameLocator]:
        page = context.new_page()
        page.goto(f"{pair.stage.looker_url}/login")
        page.get_by_role("button", name=re.compile(name)).click()
        page.wait_for_url(re.compile(r"/(?!login)"))
        page.goto(pair.stage.looker_url + EXTENSION + route)
        frame = page.frame_locator("iframe")
        frame.get_by_role("heading", level=1).wait_for()
        return page, frame

    return open_page


# --- Who am I -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "user_id", "email", "group", "role"),
    [
        ("Noor Haddad", "2", "noor@example.com", "Network Planning", "Analyst"),
        ("Chris Moreau", "3", "chris@example.com", "Customer Care", "Analyst"),
    ],
)
def test_each_user_sees_themselves(open_as: Open, name: str, user_id: str, email: str, group: str, role: str) -> None:
    _, frame = open_as(name)
    card = frame.get_by_role("region", name="With your handle")
    for text in (name, email, group, role, "{{flights_delays_lookgate_handle}}"):
        expect(card.get_by_text(text, exact=True).first).to_be_visible()
    facts = card.locator("dl")
    expect(facts).to_contain_text(f"Looker user{user_id} at ")
    expect(facts).to_contain_text("Assuranceuser")
    expect(facts).to_contain_text("Proven byhandle")


def test_without_the_handle_the_gateway_knows_nobody(open_as: Open) -> None:
    _, frame = open_as("Noor")
    nobody = frame.get_by_role("region", name="Without Lookgate")
    expect(nobody).to_contain_text("Nobody")
    expect(nobody).to_contain_text("anonymous")
    expect(nobody).to_contain_text("Userunknown")
    shared = frame.get_by_role("region", name="With a key that everybody shares")
    expect(shared).to_contain_text("shared secret")
    expect(shared).to_contain_text("Userunknown")
    for card in (nobody, shared):
        expect(card).not_to_contain_text("Noor")


def test_a_token_is_exchanged_once_and_the_other_calls_go_past_looker(open_as: Open, pair: Pair) -> None:
    page, frame = open_as("Noor", "/refused")
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    frame.get_by_role("link", name="Who am I").click()
    card = frame.get_by_role("region", name="With a token, past Looker")
    expect(card).to_contain_text("Noor Haddad")
    expect(card).to_contain_text(re.compile(r"serverProxy[\d.]+ ms.*fetchProxy[\d.]+ ms"))
    exchanged = [one for one in requests if f'"{pair.stage.gateway_url}/token"' in (one.post_data or "")]
    straight = [
        one for one in requests if one.url == f"{pair.stage.gateway_url}/actions/whoami" and one.method == "POST"
    ]
    assert len(exchanged) == 1
    assert len(straight) == 6
    assert all(one.headers["authorization"].startswith("Bearer eyJ") for one in straight)
    assert "eyJ" not in frame.locator("html").inner_html()
    assert (
        page.evaluate("Object.values(localStorage).concat(Object.values(sessionStorage)).join().includes('eyJ')")
        is False
    )


def test_switching_the_user_switches_who_the_gateway_sees(open_as: Open, pair: Pair) -> None:
    page, frame = open_as("Noor")
    expect(frame.get_by_role("region", name="With your handle")).to_contain_text("noor@example.com")
    page.get_by_text("Noor Haddad").first.click()
    page.get_by_role("button", name=re.compile("Chris")).or_(page.get_by_role("menuitem", name="Chris")).first.click()
    page.goto(pair.stage.looker_url + EXTENSION)
    expect(frame.get_by_role("region", name="With your handle")).to_contain_text("chris@example.com")


def test_no_handle_and_no_key_ever_reaches_the_browser(open_as: Open) -> None:
    page, frame = open_as("Noor", "/refused")
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    for link in ("Who am I", "Notes", "Delays"):
        frame.get_by_role("link", name=link).click()
        expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    sent = "\n".join(f"{one.url} {one.headers} {one.post_data}" for one in requests)
    answered = "\n".join(f"{got.headers} {got.body()!r}" for one in requests if (got := one.response()) is not None)
    shown = page.content() + frame.locator("html").inner_html()
    assert "{{flights_delays_lookgate_handle}}" in sent
    assert "noor@example.com" in answered
    assert not re.search(r"lg[hk]_[A-Za-z0-9_-]{43}", sent + answered + shown)


# --- Delays ---------------------------------------------------------------------------------------------------------


def test_delays_draws_an_interval_for_every_airline_and_tells_it_in_words(open_as: Open) -> None:
    _, frame = open_as("Vera", "/delays")
    chart = frame.get_by_role("img")
    expect(chart).to_have_attribute("aria-label", re.compile(r"16 confidence intervals\. Highest: Frontier .* 21\.9"))
    expect(chart.locator(".bar")).to_have_count(16)
    frame.get_by_text("The numbers as a table").click()
    row = frame.get_by_role("row", name=re.compile("Delta"))
    expect(row).to_contain_text("47,658")
    expect(row).to_contain_text("1.6")


def test_delays_answers_another_question(open_as: Open) -> None:
    _, frame = open_as("Vera", "/delays")
    chart = frame.get_by_role("img")
    chart.wait_for()
    frame.get_by_label("For each").select_option("month")
    expect(chart.locator(".bar")).to_have_count(12)
    expect(chart.locator(".label").first).to_have_text("January")
    frame.get_by_label("Estimate").select_option("late_share")
    expect(chart.locator(".estimate").first).to_contain_text("%")
    frame.get_by_label("From").select_option("LGA")
    expect(frame.get_by_role("region", name="Intervals", exact=True)).to_contain_text("101,140 flights")


# --- Notes ----------------------------------------------------------------------------------------------------------


def test_a_note_is_written_by_keyboard_alone_and_carries_its_author(open_as: Open) -> None:
    page, frame = open_as("Noor", "/notes")
    frame.get_by_role("navigation").get_by_role("link").last.focus()
    page.keyboard.press("Tab")
    expect(frame.get_by_label("Airline or route")).to_be_focused()
    page.keyboard.type("ewr-sfo")
    page.keyboard.press("Tab")
    page.keyboard.type("Full on Fridays <b>&amp;</b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.get_by_text("Saved as noor@example.com.")).to_be_visible()
    first = frame.get_by_role("region", name="All notes").get_by_role("listitem").first
    expect(first).to_contain_text("EWR-SFO")
    expect(first).to_contain_text("Full on Fridays <b>&amp;</b>")
    expect(first).to_contain_text("noor@example.com")
    expect(first.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))


def test_somebody_else_reads_the_note_with_its_author(open_as: Open, pair: Pair) -> None:
    visitor(pair, "Noor").call("add_note", {"subject": "UA", "text": "for others"})
    _, frame = open_as("Chris", "/notes")
    first = frame.get_by_role("region", name="All notes").get_by_role("listitem").first
    expect(first).to_contain_text("for others")
    expect(first).to_contain_text("noor@example.com")


@pytest.mark.parametrize(
    ("subject", "text", "label", "says"),
    [("ZZ", "hello", "Airline or route", "No airline or route 'ZZ'"), ("UA", "  ", "Note", "The note has no text")],
)
def test_a_mistake_is_told_at_its_field(open_as: Open, subject: str, text: str, label: str, says: str) -> None:
    _, frame = open_as("Noor", "/notes")
    frame.get_by_label("Airline or route").fill(subject)
    frame.get_by_label("Note", exact=True).fill(text)
    frame.get_by_role("button", name="Save the note").click()
    field = frame.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(frame.get_by_role("alert").filter(has_text=says)).to_be_visible()
    frame.get_by_label("Airline or route").fill("UA")
    frame.get_by_label("Note", exact=True).fill("mended")
    frame.get_by_role("button", name="Save the note").click()
    expect(frame.get_by_text("Saved as noor@example.com.")).to_be_visible()
    expect(frame.locator("[aria-invalid]")).to_have_count(0)


def test_a_user_of_another_group_cannot_write(open_as: Open) -> None:
    _, frame = open_as("Chris", "/notes")
    frame.get_by_label("Airline or route").fill("UA")
    frame.get_by_label("Note", exact=True).fill("not mine to write")
    frame.get_by_role("button", name="Save the note").click()
    expect(frame.get_by_role("form")).to_contain_text("not_in_group")
    expect(frame.get_by_label("Note", exact=True)).to_have_value("not mine to write")
    expect(frame.get_by_role("region", name="All notes")).not_to_contain_text("not mine to write")


# --- Refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "button", "rule", "fix"),
    [
        ("In the wrong group", "Approve December 2013", "not_in_group", "Ask a Looker admin to add you"),
        ("Without proof", "Read the notes as nobody", "credential_missing", "Call through serverProxy"),
        ("With an unknown tag", "Send an unknown tag", "unsubstituted_tag", "flights_delays_no_such_attribute"),
    ],
)
def test_a_refusal_names_its_rule_and_the_fix(open_as: Open, card: str, button: str, rule: str, fix: str) -> None:
    _, frame = open_as("Chris", "/refused")
    region = frame.get_by_role("region", name=card)
    region.get_by_role("button", name=button).click()
    expect(region.locator("code.rule")).to_have_text(rule)
    expect(region.locator("dd.fix")).to_contain_text(fix)
    expect(region.get_by_role("button")).to_be_focused()


def test_a_user_who_may_is_told_whom_to_switch_to(open_as: Open) -> None:
    _, frame = open_as("Noor", "/refused")
    region = frame.get_by_role("region", name="In the wrong group")
    region.get_by_role("button").click()
    expect(region).to_contain_text("Approved in the name of noor@example.com.")
    expect(region).to_contain_text("switch in Looker to Chris")


def test_a_user_without_a_handle_is_told_what_is_missing(open_as: Open, pair: Pair) -> None:
    looker, vera = api(pair, "Ada"), person(pair, "Vera")
    looker.call("DELETE", f"/users/{vera.id}/attribute_values/{looker.attribute_id('flights_delays_lookgate_handle')}")
    try:
        _, frame = open_as("Vera")
        card = frame.get_by_role("region", name="With your handle")
        expect(card.locator("code.rule")).to_have_text("unsubstituted_tag")
        expect(card).to_contain_text("flights_delays_lookgate_handle")
    finally:
        issue_handles(pair.stage, vera.id)


# --- Moving about ---------------------------------------------------------------------------------------------------


def test_back_forward_reload_and_deep_links_work(open_as: Open) -> None:
    page, frame = open_as("Vera", "/notes")
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_have_text("Notes")
    frame.get_by_role("link", name="Delays").click()
    expect(heading).to_have_text("How late, and how sure?")
    expect(frame.get_by_role("link", name="Delays")).to_have_attribute("aria-current", "page")
    page.wait_for_url(re.compile(r"/delays$"))
    frame.get_by_role("link", name="Refused").click()
    page.wait_for_url(re.compile(r"/refused$"))
    page.go_back()
    expect(heading).to_have_text("How late, and how sure?")
    page.go_back()
    expect(heading).to_have_text("Notes")
    page.go_forward()
    expect(heading).to_have_text("How late, and how sure?")
    page.reload()
    expect(heading).to_have_text("How late, and how sure?")


@pytest.mark.parametrize("route", ["", "/delays", "/notes", "/refused", "/claim", "/credentials"])
def test_a_phone_shows_every_page_without_scrolling_sideways_in_light_and_dark(open_as: Open, route: str) -> None:
    page, frame = open_as("Chris", route)
    page.set_viewport_size({"width": 360, "height": 740})
    expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    for where in (page.locator("html"), frame.locator("html")):
        assert where.evaluate("element => element.scrollWidth <= element.clientWidth")
    background = "body => getComputedStyle(body).backgroundColor"
    page.emulate_media(color_scheme="light")
    assert frame.locator("body").evaluate(background) == "rgb(246, 246, 244)"
    page.emulate_media(color_scheme="dark")
    assert frame.locator("body").evaluate(background) == "rgb(20, 22, 26)"


def test_the_dashboards_tile_follows_its_filter(open_as: Open, pair: Pair) -> None:
    page, _ = open_as("Noor")
    page.goto(f"{pair.stage.looker_url}/dashboards/flights::punctuality")
    tile = page.frame_locator("iframe")
    expect(tile.locator(".bar")).to_have_count(16)
    expect(tile.get_by_role("navigation")).to_have_count(0)
    page.get_by_label("Origin").fill("LGA")
    page.get_by_role("button", name="Apply").click()
    expect(tile.locator(".bar")).to_have_count(13)


def test_nothing_is_reported_to_the_console(context: BrowserContext, open_as: Open) -> None:
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    _, frame = open_as("Chris")
    for link in ("Delays", "Notes", "Refused", "Claim", "Credentials"):
        frame.get_by_role("link", name=link).click()
        expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    assert said == []


def test_pressing_enter_often_writes_one_note(open_as: Open, pair: Pair) -> None:
    _, frame = open_as("Noor", "/notes")
    frame.get_by_label("Note", exact=True).fill("only once")
    frame.get_by_label("Airline or route").fill("AA")
    press = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})"
    frame.get_by_label("Airline or route").evaluate(
        f"field => {{ for (let i = 0; i < 5; i++) field.dispatchEvent({press}) }}"
    )
    expect(frame.get_by_text("Saved as noor@example.com.")).to_be_visible()
    expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    notes = visitor(pair, "Vera").call("list_notes", {"subject": "AA"}).body["notes"]
    assert [note["text"] for note in notes] == ["only once"]
