"""The page Claim in real Chromium: the warehouse signs for whoever runs the explore; misuse is refused and audited."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Request, expect

from demo_pair import api, person, running_demo
from lookgate.claims.blocks import blocks_of
from lookgate.cli.demo import child
from lookgate.cli.demo.pair import Pair, rotate_keys
from lookgate.keys.store import FileRings

pytestmark = pytest.mark.browser

Open = Callable[[str], tuple[Page, FrameLocator]]
OLD = 45_000
"""Milliseconds: a claim that was signed for a second is refused after thirty more, because clocks differ."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_demo(tmp_path_factory.mktemp("claims")) as running:
        yield running


@pytest.fixture
def open_as(context: BrowserContext, pair: Pair) -> Open:
    return lambda name: sign_in(context, pair, name)


@pytest.fixture(scope="module", autouse=True)
def opened_early(chromium: Browser, pair: Pair) -> Iterator[FrameLocator]:
    """Open the page before all tests: the claim that it has signed for a second grows old meanwhile."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield sign_in(context, pair, "Chris")[1]
    context.close()


def sign_in(context: BrowserContext, pair: Pair, name: str) -> tuple[Page, FrameLocator]:
    """Choose a user on the sign-in page, and open the page."""
    page = context.new_page()
    page.goto(f"{pair.stage.looker_url}/login")
    page.get_by_role("button", name=re.compile(name)).click()
    page.wait_for_url(re.compile(r"/(?!login)"))
    page.goto(f"{pair.stage.looker_url}/extensions/flights::delays/claim")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_be_visible(timeout=15_000)
    expect(frame.locator("[aria-busy=true]")).to_have_count(0, timeout=15_000)
    return page, frame


def events(pair: Pair) -> dict[str, tuple[str, str, str, str]]:
    """Read the audit log with the command: request → outcome, rule, who and by what."""
    arguments = ["audit", "tail", "--settings", str(pair.stage.settings), "--number", "1000", "--json"]
    printed = child.run(arguments, environment=pair.stage.environment())
    found = [json.loads(line) for line in printed.splitlines()]
    return {
        one["request_id"]: (
            one["outcome"],
            one["rule"],
            one["principal"]["subject"],
            one["principal"]["authenticated_by"],
        )
        for one in found
    }


@pytest.mark.parametrize(
    ("name", "user_id", "email"),
    [
        ("Ada Larsen", "1", "ada@example.com"),
        ("Noor Haddad", "2", "noor@example.com"),
        ("Vera Lind", "4", "vera@example.com"),
    ],
)
def test_each_user_is_known_by_the_claim_that_the_warehouse_signed(
    open_as: Open, pair: Pair, name: str, user_id: str, email: str
) -> None:
    _, frame = open_as(name)
    seen = frame.get_by_role("region", name="Who the gateway saw")
    expect(seen).to_contain_text(name)
    expect(seen).to_contain_text(email)
    facts = seen.locator("dl")
    expect(facts).to_contain_text(f"Looker user{user_id} at {pair.stage.looker_url}")
    expect(facts).to_contain_text("Assuranceuser")
    expect(facts).to_contain_text("Proven byclaim")
    request_id = facts.locator("code").last.inner_text()
    assert events(pair)[request_id] == ("allowed", "", user_id, "claim")


def test_the_claim_is_shown_decoded_and_without_its_signature(open_as: Open) -> None:
    page, frame = open_as("Chris")
    facts = frame.get_by_role("region", name="What the warehouse signed").locator("dl")
    shown = dict(zip(facts.locator("dt").all_inner_texts(), facts.locator("dd code").all_inner_texts(), strict=True))
    assert shown | {"iat": "", "exp": "", "jti": "", "kid": ""} == {
        "sub": "3",
        "iss": "flights_looker",
        "aud": "flights_gateway",
        "iat": "",
        "exp": "",
        "jti": "",
        "alg": "HS256",
        "kid": "",
        "typ": "lookgate-claim+jwt",
    }
    assert re.fullmatch(r"[0-9a-f]{32}_\d{16}", shown["jti"])
    assert re.fullmatch(r"k[0-9a-f]{20}", shown["kid"])
    expect(facts).to_contain_text("good for 300 seconds")
    assert "eyJ" not in frame.locator("html").inner_html()
    assert "eyJ" not in page.url


def test_a_new_claim_is_signed_for_each_use(open_as: Open) -> None:
    _, frame = open_as("Chris")
    jti = frame.get_by_role("region", name="What the warehouse signed").locator("dt:has-text('jti') + dd code")
    first = jti.inner_text()
    again = frame.get_by_role("button", name="Sign a new claim")
    again.click()
    expect(jti).not_to_have_text(first)
    expect(again).to_be_focused()
    expect(frame.get_by_role("region", name="Who the gateway saw")).to_contain_text("chris@example.com")


def test_a_rotation_beside_the_running_demo_is_seen_in_the_next_claim(open_as: Open, pair: Pair) -> None:
    _, frame = open_as("Chris")
    kid = frame.get_by_role("region", name="What the warehouse signed").locator("dt:has-text('kid') + dd code")
    before = kid.inner_text()
    rotate_keys(pair.stage, "claims")
    frame.get_by_role("button", name="Sign a new claim").click()
    expect(kid).not_to_have_text(before)
    expect(frame.get_by_role("region", name="Who the gateway saw")).to_contain_text("chris@example.com")


def test_the_claim_travels_once_and_one_is_exchanged_for_a_token(open_as: Open, context: BrowserContext) -> None:
    requests: list[Request] = []
    context.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    _, frame = open_as("Noor")
    card = frame.get_by_role("region", name="One claim, then a token")
    expect(card).to_contain_text("Noor Haddad")
    expect(card).to_contain_text("One claim was signed for six calls. They were proven by token")
    explored = [one for one in requests if one.url.endswith("/core_api")]
    models = sorted(json.loads(one.post_data or "{}")["body"]["model"] for one in explored)
    assert models == ["brief_claims", "lookgate_claims", "lookgate_claims"]
    proxied = [json.loads(one.post_data or "{}") for one in requests if one.url.endswith("/server_proxy")]
    assert [one["resource"].rpartition("/")[2] for one in proxied] == ["whoami", "token"]
    presented = [one["init"]["headers"]["authorization"] for one in proxied]
    assert len(set(presented)) == 2
    assert all(one.startswith("Bearer eyJ") for one in presented)
    straight = [one for one in requests if one.url.endswith("/actions/whoami") and one.method == "POST"]
    assert len(straight) == 6
    assert len({one.headers["authorization"] for one in straight}) == 1


def test_no_key_and_no_block_of_one_ever_reaches_the_browser(open_as: Open, pair: Pair) -> None:
    page, frame = open_as("Ada")
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    for name in ("Sign a new claim", "Use the other Looker’s", "Be somebody else"):
        frame.get_by_role("button", name=name).click()
    expect(frame.locator("code.rule")).to_have_text(["claim_signature", "claim_issuer"])
    expect(frame.locator("[aria-busy=true]")).to_have_count(0)
    answered = "\n".join(f"{got.headers} {got.body()!r}" for one in requests if (got := one.response()) is not None)
    seen = answered + page.content() + frame.locator("html").inner_html()
    assert "eyJ" in answered  # the claims themselves
    ring = FileRings(pair.stage.keys, encryption_key=None, random=os.urandom).load("claims")
    secrets = [secret for key in ring.keys for secret in (key.raw, blocks_of(key.raw).inner, blocks_of(key.raw).outer)]
    assert len(secrets) >= 3
    for secret in secrets:
        for form in (secret.hex(), base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()):
            assert form.rstrip("=") not in seen


@pytest.mark.parametrize(
    ("card", "button", "rule", "fix"),
    [
        ("A second use", "Use it a second time", "claim_used", "Run the explore again"),
        ("For another audience", "Use the other gateway’s", "claim_audience", "Run the explore with"),
        ("Another user’s claim", "Be somebody else", "claim_signature", "Run the explore again"),
        ("From another Looker", "Use the other Looker’s", "claim_issuer", "issuer"),
    ],
)
def test_misuse_is_refused_by_its_rule_with_a_fix_and_audited(
    open_as: Open, pair: Pair, card: str, button: str, rule: str, fix: str
) -> None:
    _, frame = open_as("Chris")
    refused_and_audited(pair, frame, card, button, rule, fix)


def refused_and_audited(pair: Pair, frame: FrameLocator, card: str, button: str, rule: str, fix: str) -> None:
    region = frame.get_by_role("region", name=card)
    region.get_by_role("button", name=button).click()
    expect(region.locator("code.rule")).to_have_text(rule, timeout=OLD)
    expect(region).to_contain_text("HTTP 401")
    expect(region.locator("dd.fix")).to_contain_text(fix)
    expect(region.get_by_role("button")).to_be_focused()
    request_id = region.locator("dl code").last.inner_text()
    assert events(pair)[request_id] == ("denied", rule, "", "")


def test_misuse_is_tried_by_keyboard_alone(open_as: Open) -> None:
    page, frame = open_as("Chris")
    frame.get_by_role("navigation").get_by_role("link").last.focus()
    for name in ("Sign a new claim", "Use it a second time"):
        page.keyboard.press("Tab")
        expect(frame.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    region = frame.get_by_role("region", name="A second use")
    expect(region.locator("code.rule")).to_have_text("claim_used")
    for name in ("Wait until it is old", "Use the other gateway’s"):
        page.keyboard.press("Tab")
        expect(frame.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Space")
    expect(frame.get_by_role("region", name="For another audience").locator("code.rule")).to_have_text("claim_audience")


def test_waiting_for_an_old_claim_shows_how_long_it_still_takes(open_as: Open) -> None:
    _, frame = open_as("Chris")
    region = frame.get_by_role("region", name="An old claim")
    region.get_by_role("button").click()
    expect(region).to_contain_text(re.compile(r"It will be old in [123]?\d seconds"))
    expect(region.get_by_role("progressbar", name="Age of the claim")).to_be_visible()
    expect(region.get_by_role("button")).to_be_disabled()


def test_a_user_who_may_not_run_the_explore_gets_no_claim_and_is_told(open_as: Open, pair: Pair) -> None:
    ada, vera = api(pair, "Ada"), person(pair, "Vera")
    roles = {role["name"]: role["id"] for role in ada.call("GET", "/roles")}
    with_claims = [roles["Viewer"], roles["Claims"]]
    ada.call("PUT", f"/users/{vera.id}/roles", [roles["Viewer"]])
    try:
        _, frame = open_as("Vera")
        seen = frame.get_by_role("region", name="Who the gateway saw")
        expect(seen.locator("code.rule")).to_have_text("claim_not_signed")
        expect(seen.locator("dd.fix")).to_contain_text("may run the explore")
    finally:
        ada.call("PUT", f"/users/{vera.id}/roles", with_claims)


def test_an_old_claim_is_refused_by_its_rule_with_a_fix_and_audited(opened_early: FrameLocator, pair: Pair) -> None:
    card, button = "An old claim", "Wait until it is old"
    refused_and_audited(pair, opened_early, card, button, "claim_expired", "Run the explore again")
