"""Looker's own OAuth: the browser's part, the token endpoint, and what must not work."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from looker_sdk.rtl import auth_session, requests_transport, serialize
from looker_sdk.sdk.api40 import methods

from local_looker import Looker, served_looker
from looker_client import Settings
from lookgate.emulator.pages import session as sessions

CALLBACK = "http://localhost:4999/callback?x=1"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
APP = {"redirect_uri": CALLBACK, "display_name": "Notes & <b>", "description": "Takes notes", "enabled": True}
ASK = {
    "client_id": "notes.app",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "cors_api",
    "state": "s p&ce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Browser:
    """Somebody's browser: a session cookie, and no following of redirects."""

    def __init__(self, looker: Looker, first_name: str | None) -> None:
        self.looker = looker
        self.http = requests.Session()
        if first_name:
            session = sessions.start(looker.instance, looker.user(first_name).id)
            self.http.cookies.set(sessions.COOKIE, session.id)

    def ask(self, **changes: Any) -> requests.Response:
        asked = {name: value for name, value in (ASK | changes).items() if value is not None}
        url = f"{self.looker.instance.base_url}/auth"
        return self.http.get(url, params=asked, allow_redirects=False, timeout=10)

    def decide(self, page: requests.Response, decision: str, **changes: str) -> requests.Response:
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        form = {name: unescape(value) for name, value in found} | {"decision": decision} | changes
        base_url = self.looker.instance.base_url
        headers = {"origin": base_url}
        return self.http.post(f"{base_url}/auth", data=form, headers=headers, allow_redirects=False, timeout=10)

    def code(self, **changes: str) -> str:
        answer = self.ask(**changes)
        answer = self.decide(answer, "allow") if answer.status_code == 200 else answer
        return back(answer)["code"]


def back(answer: requests.Response) -> dict[str, str]:
    """Return what the redirect to the app carries."""
    assert answer.status_code == 303, answer.text
    target = answer.headers["location"]
    assert target.startswith(CALLBACK + "&")
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def redeem(looker: Looker, **form: Any) -> requests.Response:
    known = {"grant_type": "authorization_code", "client_id": "notes.app", "redirect_uri": CALLBACK}
    body = known | {"code_verifier": VERIFIER} | form
    return requests.post(f"{looker.instance.base_url}/api/token", json=body, timeout=10)


@pytest.fixture
def looker() -> Iterator[Looker]:
    with served_looker() as served:
        assert served.call("Ada", "POST", "/oauth_client_apps/notes.app", APP).status == 200
        yield served


@pytest.fixture
def eve(looker: Looker) -> Iterator[Browser]:
    browser = Browser(looker, "Eve")
    yield browser
    browser.http.close()


def test_a_user_agrees_once_and_the_app_calls_the_api_as_them(looker: Looker, eve: Browser) -> None:
    page = eve.ask()
    assert page.status_code == 200
    assert "Notes &amp; &lt;b&gt;" in page.text
    assert "form-action 'self' http://localhost:4999" in page.headers["content-security-policy"]
    answer = back(eve.decide(page, "allow"))
    assert answer["state"] == "s p&ce"
    granted = redeem(looker, code=answer["code"])
    assert granted.headers["cache-control"] == "no-store"
    token = granted.json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    me = looker.api.handle("GET", "/user", token=token["access_token"]).value
    assert me["id"] == looker.user("Eve").id
    assert "code" in back(eve.ask())


def test_the_official_client_logs_in_with_its_hex_challenge_and_refreshes(looker: Looker, eve: Browser) -> None:
    settings: Any = Settings(looker.instance.base_url, "notes.app", "")
    own = {"client_id": "notes.app", "redirect_uri": CALLBACK, "looker_url": looker.instance.base_url}
    settings.read_config = lambda: own
    transport: Any = requests_transport.RequestsTransport.configure(settings)
    session = auth_session.OAuthSession(
        settings=settings,
        transport=transport,
        deserialize=serialize.deserialize40,
        serialize=serialize.serialize40,
        crypto=auth_session.CryptoHash(),
        version="4.0",
    )
    url = session.create_auth_code_request_url("cors_api", "state")
    page = eve.http.get(url, allow_redirects=False, timeout=10)
    session.redeem_auth_code(back(eve.decide(page, "allow"))["code"])
    sdk = methods.Looker40SDK(session, serialize.deserialize40, serialize.serialize40, transport, "4.0")
    first = session.token.access_token
    assert sdk.me().id == looker.user("Eve").id
    session.token.expires_in = 0
    session.token.expires_at = session.token.expires_at.replace(year=2000)
    assert sdk.me().id == looker.user("Eve").id
    assert session.token.access_token != first
    transport.session.close()


def test_nobody_signed_in_is_sent_to_choose_a_user_and_back(looker: Looker) -> None:
    answer = Browser(looker, None).ask()
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?return_to=%2Fauth%3Fclient_id%3Dnotes.app")


def test_coming_from_the_apps_page_takes_one_hop_so_that_the_strict_cookie_is_sent(looker: Looker) -> None:
    url = f"{looker.instance.base_url}/auth"
    answer = requests.get(url, params=ASK, headers={"sec-fetch-site": "cross-site"}, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["refresh"].startswith("0; url=/auth?client_id=notes.app&")


def test_saying_no_tells_the_app_so(eve: Browser) -> None:
    assert back(eve.decide(eve.ask(), "deny"))["error"] == "access_denied"


def test_agreeing_needs_the_csrf_token_of_ones_own_page(looker: Looker, eve: Browser) -> None:
    answer = eve.decide(eve.ask(), "allow", csrf="guessed")
    assert answer.status_code == 403
    assert looker.user("Eve").id not in looker.instance.shelf("oauth_client_apps")["notes.app"].activated


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "http://localhost:4999/callback"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK.replace("localhost", "LOCALHOST")},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"state": ["a", "b"]},
    ],
)
def test_until_client_and_redirect_are_right_nothing_is_redirected(eve: Browser, change: dict[str, Any]) -> None:
    assert eve.ask(**change).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_other_mistakes_go_back_to_the_app_with_its_state(eve: Browser, change: dict[str, Any], error: str) -> None:
    answer = back(eve.ask(**change))
    assert (answer["error"], answer["state"]) == (error, "s p&ce")


def test_only_members_of_the_apps_group_may_use_it(looker: Looker, eve: Browser) -> None:
    looker.call("Ada", "PATCH", "/oauth_client_apps/notes.app", {"group_id": looker.group_id("West")})
    assert back(eve.ask())["error"] == "access_denied"
    wim = Browser(looker, "Wim")
    assert wim.ask().status_code == 200
    wim.http.close()


def test_a_code_is_good_for_one_use_within_a_minute(looker: Looker, eve: Browser) -> None:
    code = eve.code()
    assert redeem(looker, code=code).status_code == 200
    assert redeem(looker, code=code).json()["error"] == "invalid_grant"
    late = eve.code()
    looker.clock.forward(seconds=60)
    assert redeem(looker, code=late).json()["error"] == "invalid_grant"


def test_of_many_who_redeem_a_code_at_once_one_wins(looker: Looker, eve: Browser) -> None:
    code = eve.code()
    form = {"grant_type": "authorization_code", "client_id": "notes.app", "redirect_uri": CALLBACK}
    form |= {"code": code, "code_verifier": VERIFIER}
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: looker.api.handle("POST", "/token", body=form, token=None).status, range(1000))
        )
    assert (answers.count(200), answers.count(400)) == (1, 999)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "http://localhost:4999/"}, "invalid_grant"),
        ({"client_id": "other.app"}, "invalid_grant"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ["authorization_code"]}, "invalid_request"),
    ],
)
def test_a_code_is_bound_to_client_redirect_and_challenge(
    looker: Looker, eve: Browser, form: dict[str, Any], error: str
) -> None:
    looker.call("Ada", "POST", "/oauth_client_apps/other.app", APP)
    answer = redeem(looker, code=eve.code(), **form)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error"] == error


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b"grant_type=refresh_token", b"\xff"])
def test_a_request_that_cannot_be_read_is_a_400(looker: Looker, body: bytes) -> None:
    answer = requests.post(f"{looker.instance.base_url}/api/token", data=body, timeout=10)
    assert answer.status_code == 400


def test_a_form_is_as_good_as_json(looker: Looker, eve: Browser) -> None:
    form = {"grant_type": "authorization_code", "client_id": "notes.app", "redirect_uri": CALLBACK}
    form |= {"code": eve.code(), "code_verifier": VERIFIER}
    assert requests.post(f"{looker.instance.base_url}/api/token", data=form, timeout=10).status_code == 200


def test_a_refresh_token_is_replaced_and_its_return_ends_the_chain(looker: Looker, eve: Browser) -> None:
    first = redeem(looker, code=eve.code()).json()["refresh_token"]
    refresh = {"grant_type": "refresh_token"}
    second = redeem(looker, refresh_token=first, **refresh).json()["refresh_token"]
    assert second != first
    assert redeem(looker, refresh_token=first, **refresh).json()["error"] == "invalid_grant"
    assert redeem(looker, refresh_token=second, **refresh).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/oauth_client_apps/notes.app/tokens", None),
        ("PATCH", "/oauth_client_apps/notes.app", {"enabled": False}),
        ("PATCH", "/oauth_client_apps/notes.app", {"redirect_uri": "https://new.example/"}),
        ("DELETE", "/oauth_client_apps/notes.app", None),
        ("DELETE", "/oauth_client_apps/notes.app/users/{eve}", None),
    ],
)
def test_what_an_admin_takes_back_ends_at_once(
    looker: Looker, eve: Browser, method: str, path: str, body: dict[str, Any] | None
) -> None:
    token, unused = redeem(looker, code=eve.code()).json(), eve.code()
    assert looker.api.handle("GET", "/user", token=token["access_token"]).status == 200
    assert looker.call("Ada", method, path.format(eve=looker.user("Eve").id), body).status in {200, 204}
    assert looker.api.handle("GET", "/user", token=token["access_token"]).status == 401
    again = redeem(looker, grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert again.json()["error"] in {"invalid_grant", "invalid_client"}
    assert redeem(looker, code=unused).json()["error"] in {"invalid_grant", "invalid_client"}


def test_a_disabled_user_gets_no_token(looker: Looker, eve: Browser) -> None:
    token = redeem(looker, code=eve.code()).json()
    looker.user("Eve").is_disabled = True
    answer = redeem(looker, grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"


def test_a_user_whose_agreement_is_gone_gets_no_token(looker: Looker, eve: Browser) -> None:
    token = redeem(looker, code=eve.code()).json()
    looker.instance.shelf("oauth_client_apps")["notes.app"].activated.clear()
    answer = redeem(looker, grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"
