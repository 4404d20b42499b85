from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import pytest
import requests

from content_site import FLIGHTS, make_content, served_content
from local_looker import Looker
from lookgate.emulator.pages.session import COOKIE

PERSON: dict[str, Any] = {
    "external_user_id": "customer-7",
    "first_name": "Cu",
    "permissions": ["access_data", "see_looks", "see_lookml_dashboards", "administer", "develop"],
    "models": ["air"],
    "external_group_id": "acme",
    "user_attributes": {"carrier": "DL", "unknown": "x"},
    "session_length": 900,
}
ACQUIRE = "/embed/cookieless_session/acquire"
GENERATE = "/embed/cookieless_session/generate_tokens"


@pytest.fixture
def sky(tmp_path: Path) -> Iterator[Looker]:
    with served_content(tmp_path / "sky") as served:
        yield served


def signed(sky: Looker, **changes: Any) -> str:
    target = f"{sky.instance.base_url}/embed/dashboards/air::delays?Carrier=UA"
    answer = sky.call("Ada", "POST", "/embed/sso_url", PERSON | {"target_url": target} | changes)
    assert answer.status == 200, answer
    return str(answer.value["url"])


def visit(url: str) -> requests.Response:
    return requests.get(url, allow_redirects=False, timeout=10)


def cookie_of(answer: requests.Response) -> str:
    return str(answer.cookies[COOKIE])


def user_of(sky: Looker, answer: requests.Response) -> Any:
    assert answer.status_code == 303, answer.text
    return sky.instance.users[sky.instance.sessions[cookie_of(answer)].user_id]


def test_a_signed_url_opens_its_page_once_as_the_embed_user(sky: Looker) -> None:
    url = signed(sky)
    answer = visit(url)
    user = user_of(sky, answer)
    assert answer.headers["location"] == "/embed/dashboards/air::delays?Carrier=UA"
    assert (user.display_name, user.credentials["embed"]) == ("Cu User", "customer-7")
    assert visit(url).status_code == 401


def test_an_embed_user_has_what_was_said_and_never_more(sky: Looker) -> None:
    user = user_of(sky, visit(signed(sky)))
    instance = sky.instance
    assert instance.permissions_of(user) == {"access_data", "see_looks", "see_lookml_dashboards"}
    assert instance.models_of(user) == {"air"}
    assert not instance.is_admin(user)
    assert instance.values_of(user)["carrier"] == "DL"
    assert "acme" in {instance.groups[group].external_group_id for group in user.group_ids}
    rows = sky.api.handle("POST", "/queries/run/json", body=FLIGHTS, token=instance.issue_token(user.id))
    assert rows.status == 200


def test_a_new_session_replaces_grants_and_ends_the_old_one(sky: Looker) -> None:
    first = visit(signed(sky))
    second = visit(signed(sky, models=["other"], user_attributes={}, external_group_id=None))
    user = user_of(sky, second)
    assert first.cookies[COOKIE] not in sky.instance.sessions
    assert sky.instance.models_of(user) == {"other"}
    assert sky.instance.values_of(user)["carrier"] == "UA"


def test_the_session_ends_when_its_length_is_over(sky: Looker) -> None:
    answer = visit(signed(sky))
    home, cookies = f"{sky.instance.base_url}/", {COOKIE: cookie_of(answer)}
    assert requests.get(home, cookies=cookies, allow_redirects=False, timeout=10).status_code == 200
    sky.clock.forward(seconds=900)
    ended = requests.get(home, cookies=cookies, allow_redirects=False, timeout=10)
    assert ended.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "name", ["external_user_id", "permissions", "models", "session_length", "user_attributes", "time"]
)
def test_no_signed_part_can_be_altered(sky: Looker, name: str) -> None:
    parts = urlsplit(signed(sky))
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    same = urlunsplit(parts._replace(query="&".join(f"{key}={quote(value)}" for key, value in query.items())))
    assert sky.call("Ada", "GET", "/embed/sso/validate", url=same).status == 200
    query[name] = query[name].replace(query[name][-2], "9") if name != "time" else str(int(query[name]) + 1)
    altered = urlunsplit(parts._replace(query="&".join(f"{key}={quote(value)}" for key, value in query.items())))
    assert visit(altered).status_code == 401
    assert sky.call("Ada", "GET", "/embed/sso/validate", url=altered).status == 422


def test_the_target_is_signed_too(sky: Looker) -> None:
    assert visit(signed(sky).replace("delays", "others")).status_code == 401


def test_a_signed_url_is_good_for_five_minutes(sky: Looker) -> None:
    url = signed(sky)
    sky.clock.forward(seconds=301)
    assert visit(url).status_code == 401


def test_validating_does_not_use_the_url_up(sky: Looker) -> None:
    url = signed(sky)
    assert sky.call("Ada", "GET", "/embed/sso/validate", url=url).status == 200
    assert visit(url).status_code == 303


def test_a_deleted_secret_signs_nothing_any_more(sky: Looker) -> None:
    secret = sky.call("Ada", "POST", "/embed_config/secrets", {"algorithm": "hmac/sha-1"}).value
    url = signed(sky, secret_id=secret["id"])
    assert sky.call("Ada", "DELETE", f"/embed_config/secrets/{secret['id']}").status == 204
    assert visit(url).status_code == 401
    assert sky.call("Ada", "DELETE", f"/embed_config/secrets/{secret['id']}").status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target_url": None}, "target_url"),
        ({"target_url": "https://evil.example/dashboards/1"}, "target_url"),
        ({"target_url": "{base}.evil.example/x"}, "target_url"),
        ({"target_url": "{base}//evil.example"}, "target_url"),
        ({"target_url": "{base}/\\evil.example"}, "target_url"),
        ({"session_length": 0}, "session_length"),
        ({"session_length": 2_592_001}, "session_length"),
        ({"session_length": "900"}, "session_length"),
        ({"external_user_id": None}, "external_user_id"),
        ({"permissions": None}, "group_ids"),
        ({"models": "air"}, "models"),
        ({"secret_id": "0"}, "secret_id"),
        ({"user_attributes": {"a": ["b"]}}, "user_attributes[...]"),
        ({"embed_domain": "javascript:x"}, "embed_config.domain_allowlist"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    looker = make_content(tmp_path / "sky")
    base = looker.instance.base_url
    filled = {key: value.format(base=base) if isinstance(value, str) else value for key, value in change.items()}
    answer = looker.call("Ada", "POST", "/embed/sso_url", PERSON | {"target_url": f"{base}/x"} | filled)
    assert answer.status == 422
    assert answer.value["errors"][0]["field"] == field


def test_others_than_admins_embed_only_themselves(sky: Looker) -> None:
    base = sky.instance.base_url
    assert sky.call("Eve", "POST", "/embed/sso_url", PERSON | {"target_url": f"{base}/x"}).status == 403
    assert sky.call("Eve", "POST", ACQUIRE, PERSON).status == 403
    assert sky.call("Eve", "POST", "/embed/token_url/me", {"target_url": f"{base}/dashboards/1"}).status == 422
    url = sky.call("Eve", "POST", "/embed/token_url/me", {"target_url": f"{base}/embed/dashboards/1"}).value["url"]
    assert visit(url.replace("dashboards", "looks")).status_code == 401
    assert visit(url).status_code == 401  # a try at another page has used it up
    url = sky.call("Eve", "POST", "/embed/token_url/me", {"target_url": f"{base}/embed/dashboards/1"}).value["url"]
    assert user_of(sky, visit(url)).first_name == "Eve"
    assert visit(url).status_code == 401


def test_an_embed_domain_joins_the_allow_list(sky: Looker) -> None:
    signed(sky, embed_domain="https://shop.example")
    assert sky.get("Ada", "/setting")["embed_config"]["domain_allowlist"] == ["https://shop.example"]


def test_a_cookieless_session_hands_out_short_tokens(sky: Looker) -> None:
    session = sky.call("Ada", "POST", ACQUIRE, PERSON).value
    ttls = {name: session[f"{name}_ttl"] for name in ("authentication_token", "api_token", "navigation_token")}
    assert ttls == {"authentication_token": 30, "api_token": 600, "navigation_token": 600}
    assert session["session_reference_token_ttl"] == 900
    url = (
        f"{sky.instance.base_url}/login/embed/%2Fembed%2Fx?embed_authentication_token={session['authentication_token']}"
    )
    assert user_of(sky, visit(url)).credentials["embed"] == "customer-7"
    assert visit(url).status_code == 401


def test_an_authentication_token_lives_30_seconds(sky: Looker) -> None:
    token = sky.call("Ada", "POST", ACQUIRE, PERSON).value["authentication_token"]
    sky.clock.forward(seconds=30)
    url = f"{sky.instance.base_url}/login/embed/%2Fx?embed_authentication_token={token}"
    assert visit(url).status_code == 401


def test_tokens_belong_to_their_session_alone(sky: Looker) -> None:
    first = sky.call("Ada", "POST", ACQUIRE, PERSON).value
    second = sky.call("Ada", "POST", ACQUIRE, PERSON | {"external_user_id": "customer-8"}).value
    reference = "session_reference_token"
    good = {name: first[name] for name in (reference, "api_token", "navigation_token")}
    fresh = sky.call("Ada", "PUT", GENERATE, good).value
    assert fresh["api_token"] != first["api_token"]
    mixed = sky.call("Ada", "PUT", GENERATE, good | {"api_token": second["api_token"]})
    assert mixed.status == 422
    assert sky.call("Ada", "PUT", GENERATE, {}).status == 422


def test_an_ended_session_is_no_error_but_has_no_time_left(sky: Looker) -> None:
    session = sky.call("Ada", "POST", ACQUIRE, PERSON).value
    sky.clock.forward(seconds=900)
    body = {"session_reference_token": session["session_reference_token"]}
    assert sky.call("Ada", "PUT", GENERATE, body).value == body | {"session_reference_token_ttl": 0}


def test_another_frame_attaches_to_the_session_without_changing_the_user(sky: Looker) -> None:
    session = sky.call("Ada", "POST", ACQUIRE, PERSON).value
    sky.clock.forward(seconds=100)
    again = PERSON | {"session_reference_token": session["session_reference_token"], "models": ["other"]}
    attached = sky.call("Ada", "POST", ACQUIRE, again).value
    assert attached["session_reference_token"] == session["session_reference_token"]
    assert attached["session_reference_token_ttl"] == 800
    user = next(user for user in sky.instance.users.values() if user.credentials.get("embed") == "customer-7")
    assert sky.instance.models_of(user) == {"air"}
    assert sky.call("Ada", "POST", ACQUIRE, again | {"external_user_id": "somebody"}).status == 404


def test_deleting_a_session_ends_its_browsers(sky: Looker) -> None:
    session = sky.call("Ada", "POST", ACQUIRE, PERSON).value
    url = f"{sky.instance.base_url}/login/embed/%2Fx?embed_authentication_token={session['authentication_token']}"
    cookie = visit(url).cookies[COOKIE]
    path = f"/embed/cookieless_session/{session['session_reference_token']}"
    assert sky.call("Ada", "DELETE", path).status == 204
    assert cookie not in sky.instance.sessions
    assert sky.call("Ada", "DELETE", path).status == 404


def test_looker_core_refuses_embedding(tmp_path: Path) -> None:
    core = make_content(tmp_path / "sky", edition="core")
    assert core.call("Ada", "POST", ACQUIRE, PERSON).status == 403
