"""What went wrong in the systems that Lookgate replaces, and must not happen again: one test for each defect.

Some are held elsewhere, in more detail:

* a user disabled or moved meanwhile lives on: ``flows/test_caller.py``
* an upstream's status is rewritten:
  ``looker/test_client.py::test_an_error_is_told_with_a_fix_and_nothing_is_sent_twice``; in the local Looker
  ``emulator/host/test_server_proxy.py::test_redirects_are_handed_back_and_bodies_shaped``
* codes that are reusable, unbound, or sent to a redirect that merely resembles the registered one, and a ``state`` that
  is not returned: ``emulator/test_oauth.py``
* those about claims, tokens and headers, such as ``aud`` never checked: ``contract/test_predecessor_claims.py``
* metadata addresses reached: ``net/test_address.py``
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from datetime import timedelta
from typing import Literal

import pytest

from gateway_site import HANDLE, JSON, KEY, LOOKER, NOW, Clock, Known, Site
from looker_double import LookerDouble, says, serving
from lookgate import errors
from lookgate.core.identity import Credential
from lookgate.core.secret import sha256_hex
from lookgate.errors import LookgateError, NotFound, Unauthenticated
from lookgate.looker.handles import HandleIssuer, Person
from lookgate.settings.model import Web
from lookgate.store.memory import MemoryStore
from lookgate.verify.api_key import ApiKeyVerifier, KnownKey, new_key
from lookgate.verify.handle import new_handle
from lookgate.web.authn import take
from lookgate.web.problem import problem_of
from lower_rooms import CountedBytes, StillClock, run

UNSAFE = {"id": "42", "name": "secret", "value_is_hidden": True, "user_can_view": False, "user_can_edit": False}
SAFE = UNSAFE | {"hidden_value_domain_whitelist": "https://gateway.example.com/*"}
ANA = Person("7", "Ana")


def issuer(client: object) -> HandleIssuer:
    return HandleIssuer(client, MemoryStore(), random=CountedBytes(), clock=StillClock())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "X-Api-Key"])
def test_a_header_is_found_however_its_name_is_written(name: str) -> None:
    assert Site().call("POST", "/actions/known", b"", [(name, KEY)]).status == 200


def test_the_allow_list_is_checked_before_anything_is_written() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.attributes = [UNSAFE]
        double.add_user("7")
        async with serving(double) as client:
            with pytest.raises(LookgateError) as refused:
                await issuer(client).attribute("secret")
        assert refused.value.code == "attribute_unsafe"
        assert not double.values
        assert not [asked for asked in double.asked if asked.startswith(("PATCH", "POST /user"))]

    run(story())


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/actions/known"), ("POST", "/actions/note"), ("GET", "/metrics"), ("GET", "/docs")]
)
def test_no_route_that_tells_or_does_anything_is_open_by_itself(method: str, path: str) -> None:
    assert Site().call(method, path).status == 401


def kinds_of(kind: type[LookgateError]) -> set[type[LookgateError]]:
    return {kind}.union(*(kinds_of(one) for one in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(kinds_of(errors.LookgateError), key=str))
def test_no_failure_is_answered_with_success(kind: type[LookgateError]) -> None:
    assert 400 <= kind.status <= 599
    error = LookgateError("x", "y")
    error.status = 200  # type: ignore[misc] # what a careless handler could do
    assert problem_of(error, "r")[0] == 500


def test_a_value_that_looker_does_not_delete_is_not_reported_as_deleted() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.attributes = [SAFE]
        double.add_user("7")
        async with serving(double) as client:
            work = issuer(client)
            await work.issue(ANA, "42")
            double.misbehave["DELETE /users/7/attribute_values/42"] = says(500)
            with pytest.raises(LookgateError):
                await work.revoke(ANA, "42")

    run(story())


@pytest.mark.parametrize("name", ["%", "_nalysts", "analysts", "Analyst", "Analysts%", "All"])
def test_a_group_is_never_found_by_pattern(name: str) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.add_user("7")
        async with serving(double) as client:
            with pytest.raises(LookgateError) as refused:
                await issuer(client).people(group=name)
        assert refused.value.code == "group_unknown"

    run(story())


@pytest.mark.parametrize("place", ["body", "query", "header"])
def test_a_callers_base_url_and_credentials_lead_nowhere(place: Literal["body", "query", "header"]) -> None:
    target = "http://169.254.169.254/latest"
    body = b'{"base_url": "http://169.254.169.254/latest", "client_secret": "theirs"}' if place == "body" else b""
    url = "/actions/known" + (f"?base_url={target}" if place == "query" else "")
    more = [("base_url", target), ("x-base-url", target)] if place == "header" else []
    site = Site()
    reply = site.call("POST", url, body, [("x-api-key", KEY), JSON, *more])
    assert reply.status == (422 if place == "body" else 200)
    assert b"169.254" not in reply.body
    assert b"theirs" not in reply.body
    assert "169.254" not in site.log.getvalue()


def test_no_admin_session_stays_behind() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.attributes = [SAFE]
        double.add_user("7")
        async with serving(double) as client:
            for _ in range(3):
                await issuer(client).issue(ANA, "42")
            assert len(double.live) == 1
            await client.close()
            assert not double.live

    run(story())


def test_a_write_costs_one_call() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.attributes = [SAFE]
        double.add_user("7")
        async with serving(double) as client:
            work = issuer(client)
            await work.issue(ANA, "42")  # logs in
            before = Counter(double.asked)
            await work.issue(ANA, "42")
        double.asked.subtract(before)
        double.asked.subtract({"DELETE /logout": 1})
        assert +double.asked == {"PATCH /users/7/attribute_values/42": 1}

    run(story())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_health_routes_are_there(path: str, method: str) -> None:
    assert Site().call(method, path).status == 200


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "Basic "])
@pytest.mark.parametrize("header", ["x-lookgate-handle", "x-api-key", "authorization"])
def test_a_value_stored_with_its_scheme_is_recognised_and_never_stored_so(prefix: str, header: str) -> None:
    value = ("Bearer " if header == "authorization" else "") + prefix + HANDLE
    with pytest.raises(Unauthenticated) as refused:
        take({header: [value]})
    assert refused.value.code == "doubled_scheme"
    assert new_handle(CountedBytes()).reveal().startswith("lgh_")


@pytest.mark.parametrize("body", ['{"days": "%s"}', '{"%s": 1}', '{"text": ["%s"]}', '["%s"]', '{"text": "%s'])
def test_a_validation_error_does_not_echo_the_secret(body: str) -> None:
    for secret in (KEY, HANDLE):
        site = Site()
        reply = site.call("POST", "/actions/known", (body % secret).encode(), [("x-api-key", KEY), JSON])
        assert reply.status >= 400
        assert secret.encode() not in reply.body
        assert secret not in site.log.getvalue()
        assert secret not in str([stored.event for stored in site.store.tail(limit=9)])


@pytest.mark.parametrize("origins", [(LOOKER,), (LOOKER, "https://two.example"), ()])
@pytest.mark.parametrize("origin", [LOOKER, "https://evil.example", "null", "*", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_allow_list_of_origins_breaks_no_request(origins: tuple[str, ...], origin: str, method: str) -> None:
    headers = [("origin", origin), ("access-control-request-method", "POST")] if origin else []
    for path in ("/healthz", "/actions/echo", "/nowhere"):
        assert Site(web=Web(origins=origins)).call(method, path, b"", headers).status < 500


@pytest.mark.parametrize(
    "origin",
    [
        LOOKER + ".evil.example",
        LOOKER + ":443",
        LOOKER + ".",
        LOOKER + "/",
        LOOKER.upper(),
        "https://evil.example/" + LOOKER,
        "https://notlooker.example",
        "null",
    ],
)
def test_an_origin_that_only_resembles_an_allowed_one_is_not_allowed(origin: str) -> None:
    reply = Site().call("POST", "/actions/echo", b"", [("origin", origin)])
    assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("path", ["/http://169.254.169.254/", "//evil.example/", "/proxy?url=http://evil.example/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_gateway_is_no_relay(path: str, method: str) -> None:
    reply = Site(web=Web(origins=())).call(method, path, b"", [("authorization", "Bearer x"), ("origin", LOOKER)])
    assert reply.status in {403, 404}


def test_what_is_not_found_upstream_is_no_success_here() -> None:
    answers: dict[str, Exception] = {HANDLE: NotFound("user_missing", "Looker has no such user.")}
    reply = Site(verifier=Known(answers)).call("POST", "/actions/known", b"", [("x-lookgate-handle", HANDLE)])
    assert (reply.status, reply.json["code"]) == (404, "user_missing")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/docs", "/metrics", "/openapi.json", "/actions/echo", "/actions/no"]
)
def test_a_request_without_a_body_is_no_failure(method: str, path: str) -> None:
    assert Site().call(method, path).status < 500


def test_no_secret_travels_in_a_url() -> None:
    for secret in (HANDLE, KEY):
        reply = Site().call("POST", f"/actions/known?token={secret}", b"", [("x-api-key", KEY)])
        assert (reply.status, reply.json["code"]) == (400, "secret_in_url")
        assert "location" not in reply.headers


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, False), (0, False), (1, True)])
def test_an_expired_key_is_refused_and_a_live_one_is_not(seconds: int, *, accepted: bool) -> None:
    key = new_key(CountedBytes())
    known = KnownKey("crm", sha256_hex(key), expires=NOW + timedelta(seconds=seconds))
    verifier = ApiKeyVerifier([known], Clock())
    credential = Credential("api_key", key, "x-api-key")
    if accepted:
        assert asyncio.run(verifier.verify(credential)) is not None
    else:
        with pytest.raises(Unauthenticated, match="ended"):
            asyncio.run(verifier.verify(credential))


def test_secrets_are_made_of_the_randomness_that_is_passed_in_all_256_bits_of_it() -> None:
    asked: list[int] = []

    def random(size: int, /) -> bytes:
        asked.append(size)
        return bytes(range(size))

    made = {new_key(random).reveal()[4:], new_handle(random).reveal()[4:]}
    assert asked == [32, 32]
    assert len(made) == 1
    assert math.log2(64) * len(made.pop()) >= 256


def test_who_calls_is_not_taken_from_what_the_caller_says() -> None:
    told = [("x-looker-user-id", "1"), ("x-forwarded-user", "admin"), ("cookie", "user=1"), ("x-api-key", KEY)]
    reply = Site().call("POST", "/actions/known?user_id=1", b"", told)
    assert reply.json == {"text": "nightly"}
