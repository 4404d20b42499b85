"""Each defect of the known updater, held not to come back: at the routes that bear its names, and in renewals."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from asgi import Reply
from local_google import SCHEDULER, claims_of
from lookgate.errors import SettingsError
from lookgate.settings import load
from lower_rooms import run
from sync_site import SERVICE
from trigger_site import AUDIENCE, SYNC, Served, TriggerSite, trigger_site

ROUTES = (("POST", "/identity_token"), ("POST", "/value"), ("DELETE", "/value"))
WHERE = {"user_attribute": "other_token", "update_type": "default"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there
SECRET = "Zq7-planted-secret-" + "x9" * 12


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TriggerSite]:
    with trigger_site(tmp_path) as site:
        yield site


@asynccontextmanager
async def updater(site: TriggerSite) -> AsyncIterator[Served]:
    async with site.served(sync="known_updater_routes = true") as served:
        yield served


async def ask(served: Served, method: str, path: str, token: str | None = None, **body: Any) -> Reply:
    """Call a route, with the token that opens it unless another is given."""
    if token is None:
        token = served.site.token(SERVICE if path == "/identity_token" else AUDIENCE)
    if (method, path) == ("POST", "/value"):
        body = {"value": SECRET} | body
    return await served.post(token, path, WHERE | body, method=method)


def told(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.body)
    return found


async def raw(served: Served, name: str, value: str) -> int:
    """Send a header's name as it is written, which ``asgi.call`` would put in lower case."""
    body, sent = json.dumps(WHERE).encode(), list[Any]()
    headers = [(name.encode(), value.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/identity_token", "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await served.app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_authorization_compared_with_lower_case_names_so_identity_token_always_fails(
    site: TriggerSite, name: str
) -> None:
    async def story() -> None:
        async with updater(site) as served:
            assert await raw(served, name, f"Bearer {site.token(SERVICE)}") == 200
            assert claims_of(site.stored("other_token"))["email"] == SCHEDULER

    run(story())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_writes_before_it_checks_the_allow_list(site: TriggerSite, method: str, path: str) -> None:
    async def story() -> None:
        async with updater(site) as served:
            reply = await ask(served, method, path, base_url="https://other.looker.example")
            assert (reply.status, told(reply)["code"]) == (403, "foreign_instance")
            assert site.wire.calls == []

    run(story())


def test_an_instance_that_the_environments_allow_list_does_not_name_is_never_called(site: TriggerSite) -> None:
    key = site.looker.user("Gus").api3[0]
    environ = {"ID": key.client_id, "SECRET": key.client_secret}
    site.settings(more=site.tables("known_updater_routes = true"))
    path, here = site.folder / "lookgate.toml", site.looker.instance.base_url
    for allowed in ("https://other.example", f"{here}.evil.example, https://other.example"):
        with pytest.raises(SettingsError, match="LOOKER_WHITELISTED_BASE_URLS does not allow it"):
            load(path, environ | {"LOOKER_WHITELISTED_BASE_URLS": allowed})
    assert load(path, environ | {"LOOKER_WHITELISTED_BASE_URLS": f"https://other.example, {here}/"})


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("POST", SYNC)])
def test_no_authentication_on_any_route(site: TriggerSite, method: str, path: str) -> None:
    wrong = {
        "/identity_token": AUDIENCE,  # a token that starts runs writes nothing
        "/value": SERVICE,  # one that lies in Looker opens no route that takes values
        SYNC: SERVICE,
    }

    async def story() -> None:
        async with updater(site) as served:
            for token in ("", "a.b.c", site.token(wrong[path]), site.token("https://other.example")):
                reply = await ask(served, method, path, token)
                assert reply.status == 401, reply.text
            assert site.wire.calls == []
            assert {outcome for _, outcome, _ in served.events()} == {"denied"}

    run(story())


FAILURES: dict[str, tuple[dict[str, Any], int, str]] = {
    "no such attribute": ({"user_attribute": "nothing"}, 404, "attribute_unknown"),
    "no such group": ({"update_type": "group", "group_name": "Nowhere"}, 404, "group_unknown"),
    "no such user": ({"update_type": "user", "looker_user_id": "99999"}, 404, "user_unknown"),
    "an attribute that shows its values": ({"user_attribute": "shown_token"}, 409, "attribute_unsafe"),
    "a number": ({"user_attribute": "number_token"}, 409, "attribute_type"),
    "no group": ({"update_type": "group"}, 422, "input_invalid"),
    "two groups": ({"update_type": "group", "group_name": "East", "group_id": 1}, 422, "input_invalid"),
    "no such type": ({"update_type": "everyone"}, 422, "input_invalid"),
    "an unknown field": ({"attribute": "x"}, 422, "input_invalid"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_failure_is_http_200_so_the_scheduler_never_retries(
    site: TriggerSite, method: str, path: str, failure: str
) -> None:
    changes, status, code = FAILURES[failure]

    async def story() -> None:
        async with updater(site) as served:
            reply = await ask(served, method, path, **changes)
            answer = told(reply)
            assert (reply.status, answer["code"], answer["success"]) == (status, code, False), answer
            assert answer["message"].startswith(answer["detail"])
            assert not [call for call in site.wire.calls if call.startswith(("PATCH", "DELETE /u", "DELETE /g"))]

    run(story())


@pytest.mark.parametrize(("answered", "status"), [(403, 502), (429, 503), (500, 503)])
def test_what_looker_refuses_is_http_200(site: TriggerSite, answered: int, status: int) -> None:
    async def story() -> None:
        async with updater(site) as served:
            site.wire.statuses = [answered]
            reply = await ask(served, "POST", "/value")
            assert (reply.status, told(reply)["success"]) == (status, False)
            assert SECRET not in reply.text
            assert [outcome for _, outcome, _ in served.events()] == ["pending", "failed"]

    run(story())


def test_delete_of_a_default_value_does_nothing_and_reports_success(site: TriggerSite) -> None:
    async def story() -> None:
        async with updater(site) as served:
            assert (await ask(served, "POST", "/value")).status == 200
            assert site.stored("other_token") == SECRET
            reply = await ask(served, "DELETE", "/value")
            assert (reply.status, told(reply)["success"]) == (200, True)
            found = site.looker.instance.attribute_named("other_token")
            assert found is not None
            assert found.default_value is None
            assert site.stored("other_token") == ""
            assert [outcome for _, outcome, _ in served.events()] == ["pending", "allowed"] * 2

    run(story())


@pytest.mark.parametrize("name", ["%", "_ast", "Eas%", "east", "EAST", "East ", "All%"])
def test_a_group_is_found_by_like_and_the_first_hit_is_taken(site: TriggerSite, name: str) -> None:
    async def story() -> None:
        async with updater(site) as served:
            for method, path in ROUTES:
                reply = await ask(served, method, path, update_type="group", group_name=name)
                assert reply.status in {404, 422}, reply.text
            assert site.wire.writes == []
            assert not any(call.startswith("DELETE /groups") for call in site.wire.calls)

    run(story())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_callers_base_url_with_credentials_is_fetched_and_its_error_body_returned(
    site: TriggerSite, method: str, path: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.05)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}"

        async def story() -> None:
            async with updater(site) as served:
                bodies = [
                    {"base_url": url, "client_id": "id", "client_secret": SECRET},
                    {"base_url": f"{site.looker.instance.base_url}@{url[7:]}"},
                    {"base_url": "http://169.254.169.254/latest"},
                    {"client_id": "id", "client_secret": SECRET},
                ]
                for body in bodies:
                    reply = await ask(served, method, path, **body)
                    assert (reply.status, told(reply)["code"].startswith("foreign_")) == (403, True)
                    assert SECRET not in reply.text
                    assert url not in reply.text
                key = site.looker.user("Gus").api3[0]
                own = {"base_url": f"{site.looker.instance.base_url}/", "client_id": key.client_id}
                reply = await ask(served, method, path, **own, client_secret=key.client_secret)
                assert reply.status == 200, reply.text

        run(story())
        with pytest.raises(TimeoutError):
            trap.accept()


def test_each_call_leaves_a_live_admin_token_behind(site: TriggerSite) -> None:
    async def story() -> None:
        async with updater(site) as served:
            for _ in range(5):
                assert (await ask(served, "POST", "/value")).status == 200
            assert site.wire.calls.count("POST /login") == 1

    run(story())
    assert site.wire.calls.count("DELETE /logout") == 1


@pytest.mark.parametrize(("method", "path"), ROUTES[:2])
def test_four_or_five_api_calls_per_write(site: TriggerSite, method: str, path: str) -> None:
    async def story() -> None:
        async with updater(site) as served:
            group = {"update_type": "group", "group_name": "East"}
            assert (await ask(served, method, path, **group)).status == 200
            before = len(site.wire.calls)
            assert (await ask(served, method, path, **group)).status == 200
            (call,) = site.wire.calls[before:]
            assert call.startswith("PATCH /groups/")

    run(story())


def test_the_health_route_is_404(site: TriggerSite) -> None:
    async def story() -> None:
        async with updater(site) as served:
            assert [(await served.post(path=path, method="GET")).status for path in ("/healthz", "/readyz")] == [
                200
            ] * 2

    run(story())


def test_binds_127_0_0_1_by_default_where_nobody_can_reach_it(tmp_path: Path) -> None:
    file = tmp_path / "lookgate.toml"
    file.write_text("")
    assert load(file, {"HOST": "elsewhere"}).web.host == "127.0.0.1"  # on one's own machine that is right
    on_cloud_run = load(file, {"K_SERVICE": "lookgate", "PORT": "9000"}).web
    assert (on_cloud_run.host, on_cloud_run.port) == (EVERYWHERE, 9000)
    file.write_text('[web]\nhost = "10.0.0.1"')
    assert load(file, {"K_SERVICE": "lookgate"}).web.host == "10.0.0.1"


def test_host_and_port_of_the_known_updater_count_where_its_routes_are(site: TriggerSite) -> None:
    site.settings(more=site.tables("known_updater_routes = true"))
    web = load(site.folder / "lookgate.toml", {"ID": "x", "SECRET": "x", "HOST": EVERYWHERE, "PORT": "9001"}).web
    assert (web.host, web.port) == (EVERYWHERE, 9001)


def test_stores_bearer_or_basic_with_its_prefix(site: TriggerSite) -> None:
    async def story() -> None:
        async with updater(site) as served:
            token = site.token(SERVICE)
            assert await raw(served, "authorization", f"bEARER  {token}") == 200
            assert site.stored("other_token") == token
            for value in (f"Basic {token}", token, f"Bearer Bearer {token}"):
                assert await raw(served, "authorization", value) == 401

    run(story())


@pytest.mark.parametrize(
    "body",
    [
        {"value": [SECRET]},
        {"value": {"secret": SECRET}},
        {"update_type": SECRET},
        {"group_id": SECRET + " ", "update_type": "group"},
        {"user_attribute": f"{SECRET} {SECRET}"},
        {"client_secret": SECRET},
        {"email": SECRET, "update_type": "user"},
        {"looker_user_id": f"{SECRET}/../1", "update_type": "user"},
        {"looker_user_id": SECRET, "update_type": "user"},
        {"external_user_id": SECRET, "update_type": "user"},
        {"email": f"{SECRET}@air.example", "update_type": "user"},
        {"group_name": SECRET, "update_type": "group"},
        {"group_id": SECRET, "update_type": "group"},
        {"user_attribute": SECRET},
        {"user_attribute": None, "user_attribute_id": SECRET},
    ],
)
def test_a_validation_error_echoes_the_secret(site: TriggerSite, body: dict[str, Any]) -> None:
    async def story() -> None:
        async with updater(site) as served:
            for method, path in ROUTES:
                reply = await ask(served, method, path, **body)
                assert 400 <= reply.status < 500
                kept = repr(served.gateway.store.tail(limit=100))
                assert SECRET not in reply.text + served.log.getvalue() + kept

    run(story())


def test_hourly_renewal_of_one_hour_tokens_leaves_a_gap_every_hour(site: TriggerSite) -> None:
    with pytest.raises(SettingsError, match="too short for a run every 3600 s"):
        site.settings(more="[sync]\nevery = 3600")
    with pytest.raises(SettingsError, match="leaves 3600 s between two runs"):
        site.settings(more='[sync]\nschedule = "0 * * * *"')

    async def story() -> None:
        async with site.served() as served:
            left = []
            for _ in range(40):
                assert (await served.post(site.token())).status == 200
                left.append(claims_of(site.stored())["exp"] - site.clock.now().timestamp())
                site.later(300)
            assert min(left) >= 1800

    run(story())


def test_a_missed_run_leaves_an_hour_without_a_token(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            left = []
            for number in range(40):
                if number % 7 == 0:  # six of seven are missed: half an hour between two, as long as the margin
                    assert (await served.post(site.token())).status == 200
                left.append(claims_of(site.stored())["exp"] - site.clock.now().timestamp())
                site.later(300)
            assert min(left) > 0

    run(story())
