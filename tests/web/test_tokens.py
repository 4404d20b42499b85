"""Exchanging a handle for a token, and what anyone may read about it."""

from __future__ import annotations

import base64
import json
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway_site import JSON, KEY, LOOKER, TOKEN, Reply, Site
from lookgate.core.ports import Clock, HandleRecord, LookerUser
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import LookgateError
from lookgate.keys.ring import PROPAGATION, Ring, rotate
from lookgate.keys.store import FileRings, Rings
from lookgate.keys.token import TokenIssuer
from lookgate.verify.chain import Chain
from lookgate.verify.handle import HandleVerifier, new_handle
from lookgate.verify.token import TokenVerifier
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lookgate.web.tokens import CACHE_SECONDS
from lower_rooms import CountedBytes, DictDirectory, StillClock
from security_counts import Counted
from token_maker import EVE, GATEWAY, INSTANCE, PLACE, OneRing

HANDLE = new_handle(CountedBytes()).reveal()
WITH_HANDLE = ("x-lookgate-handle", HANDLE)
GRANT = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}


class TokenSite(Site):
    """A gateway with handles and tokens for Eve."""

    def __init__(self, rings: Rings | None = None, clock: Clock | None = None, user: LookerUser = EVE) -> None:
        super().__init__()
        self.rings = rings or OneRing()
        self.time = StillClock()
        self.directory = DictDirectory(user)
        now = clock or self.time
        self.store.handles.add(HandleRecord(sha256_hex(Secret(HANDLE)), user.id, now.now()))
        verifiers = (
            HandleVerifier(self.store.handles, self.directory, INSTANCE, now),
            TokenVerifier(PLACE, self.rings, self.store.handles, self.directory, now),
            self.verifier,
        )
        issuer = TokenIssuer(self.rings, PLACE, 300)
        self.gateway = replace(self.gateway, clock=now, chain=Chain(verifiers), tokens=issuer, random=os.urandom)
        self.app = build_app(self.gateway, Log(self.log))

    def exchange(self, fields: Any = GRANT, *headers: tuple[str, str]) -> Reply:
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return self.call("POST", "/token", body, [JSON, *(headers or (WITH_HANDLE,))])

    def token(self) -> str:
        reply = self.exchange()
        assert reply.status == 200, reply.body
        return str(reply.json["access_token"])

    def by_token(self, token: str, origin: str = LOOKER) -> Reply:
        return self.act("known", {"text": "x"}, ("authorization", f"Bearer {token}"), ("origin", origin))


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.fixture
def site() -> TokenSite:
    return TokenSite()


def test_a_handle_is_exchanged_for_a_token_of_minutes_that_a_page_may_use(site: TokenSite) -> None:
    reply = site.exchange()
    assert reply.status == 200
    assert {name: reply.json[name] for name in ("token_type", "expires_in", "issued_token_type")} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    assert reply.headers["cache-control"] == "no-store"
    called = site.by_token(reply.json["access_token"])
    assert (called.status, called.json) == (200, {"text": "eve@example.com"})
    assert called.headers["access-control-allow-origin"] == LOOKER
    site.time.move(300 + 30)
    assert site.by_token(reply.json["access_token"]).json["code"] == "token_expired"


def test_a_token_says_who_and_where_and_nothing_of_groups_or_of_the_handle(site: TokenSite) -> None:
    token = site.token()
    claims = claims_of(token)
    assert {name: claims[name] for name in ("iss", "aud", "instance", "sub", "assurance")} == {
        "iss": GATEWAY,
        "aud": GATEWAY,
        "instance": INSTANCE,
        "sub": "1234",
        "assurance": "user",
    }
    assert claims["exp"] - claims["iat"] == 300
    decoded = json.dumps(claims)
    assert "East" not in decoded
    assert HANDLE not in decoded
    assert sha256_hex(Secret(HANDLE)) not in decoded
    assert claims_of(site.token())["jti"] != claims["jti"]


def test_a_host_header_changes_nothing_in_a_token(site: TokenSite) -> None:
    forged = [WITH_HANDLE, ("host", "evil.example"), ("x-forwarded-host", "evil.example")]
    claims = claims_of(site.exchange(GRANT, *forged).json["access_token"])
    assert (claims["iss"], claims["aud"]) == (GATEWAY, GATEWAY)


def test_a_form_is_taken_as_well_as_json(site: TokenSite) -> None:
    form = [("content-type", "application/x-www-form-urlencoded"), WITH_HANDLE]
    body = urlencode(GRANT | {"audience": GATEWAY}).encode()
    assert site.call("POST", "/token", body, form).status == 200
    twice = site.call("POST", "/token", body + b"&audience=x", form)
    assert (twice.status, twice.json["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (b"", "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ["x"]}, "unsupported_grant_type"),
        (b"[]", "invalid_request"),
        (b"{", "invalid_request"),
        (b"[" * 3000, "invalid_request"),
        (b'{"grant_type": "\xff"}', "invalid_request"),
        (GRANT | {"subject_token": "7"}, "invalid_request"),
        (GRANT | {"actor_token": "7"}, "invalid_request"),
        (GRANT | {"scope": "admin"}, "invalid_request"),
        (GRANT | {"sub": "1"}, "invalid_request"),
        (GRANT | {"lifetime": 86400}, "invalid_request"),
        (GRANT | {"audience": "https://other.example.com"}, "invalid_target"),
        (GRANT | {"audience": [GATEWAY]}, "invalid_target"),
        (GRANT | {"resource": f"{GATEWAY}/"}, "invalid_target"),
        (GRANT | {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        (GRANT | {"subject_token": HANDLE}, "secret_in_body"),
        (b"x" * 5000, "body_too_large"),
    ],
)
def test_an_exchange_of_anything_else_is_refused_with_the_fix_and_audited(
    site: TokenSite, fields: Any, code: str
) -> None:
    reply = site.exchange(fields)
    assert reply.status in {400, 413}
    assert reply.json["code"] == code
    assert reply.json["hint"]
    (event,) = site.events()
    assert event[0] == "POST /token"
    assert event[1] != "allowed"
    assert event[2] == code


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ((("accept", "*/*"),), 401, "credential_missing"),
        ((("x-api-key", KEY),), 403, "not_exchangeable"),
        ((("authorization", f"Bearer {TOKEN}"),), 403, "not_exchangeable"),
        ((("x-lookgate-handle", "lgh_" + "B" * 43),), 401, "unknown_handle"),
        ((("x-lookgate-handle", "{{air_crew_lookgate_handle}}"),), 401, "unsubstituted_tag"),
        ((WITH_HANDLE, ("x-api-key", KEY)), 400, "two_credentials"),
        ((WITH_HANDLE, ("origin", "https://evil.example")), 403, "origin_not_allowed"),
    ],
)
def test_only_a_live_handle_is_exchanged_and_every_refusal_is_audited(
    site: TokenSite, headers: tuple[tuple[str, str], ...], status: int, code: str
) -> None:
    reply = site.exchange(GRANT, *headers)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert site.events() == [("POST /token", "denied", code)]


def test_a_token_cannot_be_exchanged_for_another(site: TokenSite) -> None:
    reply = site.exchange(GRANT, ("authorization", f"Bearer {site.token()}"))
    assert (reply.status, reply.json["code"]) == (403, "not_exchangeable")


def test_an_exchange_is_audited_with_the_user_who_was_proven(site: TokenSite) -> None:
    site.exchange()
    (stored,) = site.store.tail(limit=10)
    event = stored.event
    assert (event.action, event.outcome, event.principal.subject) == ("POST /token", "allowed", "1234")
    assert "eyJ" not in str(stored) + site.log.getvalue()


def test_an_answer_that_would_carry_the_handle_inside_a_token_is_withheld() -> None:
    # A user whose id is the handle itself: it would stand in the token's claims, in base64.
    site = TokenSite(user=replace(EVE, id=HANDLE))
    reply = site.exchange()
    assert (reply.status, reply.json["code"]) == (500, "secret_reflected")
    assert b"eyJ" not in reply.body


def test_a_revoked_handle_ends_its_tokens_at_once(site: TokenSite) -> None:
    token = site.token()
    assert site.by_token(token).status == 200
    site.store.handles.remove(sha256_hex(Secret(HANDLE)))
    reply = site.by_token(token)
    assert (reply.status, reply.json["code"]) == (401, "token_revoked")


def test_a_page_of_another_origin_cannot_use_a_token(site: TokenSite) -> None:
    assert site.by_token(site.token(), "https://evil.example").json["code"] == "origin_not_allowed"


def test_a_token_in_a_body_is_refused_so_that_nobody_can_store_it(site: TokenSite) -> None:
    reply = site.act("echo", {"text": site.token()}, WITH_HANDLE)
    assert (reply.status, reply.json["code"]) == (400, "secret_in_body")


def test_without_a_key_the_exchange_says_which_command_makes_one() -> None:
    reply = TokenSite(OneRing(Ring("tokens"))).exchange()
    assert (reply.status, reply.json["code"]) == (503, "no_token_key")
    assert "lookgate keys rotate --ring tokens" in reply.json["hint"]


def test_a_ring_that_cannot_be_read_is_told_without_its_place() -> None:
    class Broken(OneRing):
        def load(self, name: str) -> Ring:
            raise LookgateError("ring_damaged", f"/secret/place/{name}.json is not a key ring.")

    site = TokenSite(Broken())
    for reply in (site.exchange(), site.call("GET", "/.well-known/jwks.json")):
        assert (reply.status, reply.json["code"]) == (503, "token_keys_unavailable")
        assert b"/secret" not in reply.body


def test_the_key_set_is_public_holds_no_private_part_and_is_kept_for_less_than_a_new_key_waits(site: TokenSite) -> None:
    reply = site.call("GET", "/.well-known/jwks.json")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/jwk-set+json"
    assert reply.headers["cache-control"] == f"public, max-age={CACHE_SECONDS}"
    assert timedelta(seconds=CACHE_SECONDS) < PROPAGATION
    (published,) = reply.json["keys"]
    assert published.keys() == {"kid", "alg", "use", "kty", "crv", "x", "y"}


def test_what_the_gateway_publishes_verifies_its_tokens_for_an_independent_library(site: TokenSite) -> None:
    keys = KeySet.import_key_set(site.call("GET", "/.well-known/jwks.json").json)
    assert jwt.decode(site.token(), keys, algorithms=["ES256"]).claims["sub"] == "1234"


def test_a_waiting_key_is_published_before_it_signs(site: TokenSite) -> None:
    site.rings.change("tokens", lambda ring: rotate(ring, "ES256", now=site.time.now(), random=os.urandom))
    published = {key["kid"] for key in site.call("GET", "/.well-known/jwks.json").json["keys"]}
    waiting = site.rings.load("tokens").keys[-1].kid
    assert waiting in published
    head = site.token().split(".")[0]
    assert waiting not in base64.urlsafe_b64decode(head + "==").decode()


def test_the_metadata_says_what_is_true_and_names_urls_below_the_issuer(site: TokenSite) -> None:
    found = site.call("GET", "/.well-known/lookgate").json
    assert found["issuer"] == GATEWAY
    assert found["grant_types_supported"] == [GRANT["grant_type"]]
    for name in ("token_endpoint", "jwks_uri"):
        path = found[name].removeprefix(GATEWAY)
        assert site.call("GET", path).status != 404
    assert site.call("POST", "/.well-known/lookgate").status == 405


def test_a_gateway_without_tokens_has_none_of_the_pages() -> None:
    site = Site()
    assert site.call("POST", "/token", b"{}", [JSON]).status == 404
    assert site.call("GET", "/.well-known/jwks.json").status == 404
    assert site.call("GET", "/.well-known/lookgate").status == 404


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return 0.0


class Load:
    """Calls that go on until they are ended: one gateway exchanges, the other is called."""

    def __init__(self, exchanger: TokenSite, caller: TokenSite) -> None:
        self.calls: list[int] = []
        self.ended = threading.Event()
        self._exchanger, self._caller = exchanger, caller
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        kept: list[str] = []
        while not self.ended.is_set():
            kept.append(self._exchanger.token())
            for token in {kept[0], kept[len(kept) // 2], kept[-1]}:  # the oldest, one between, the newest
                self.calls.append(self._caller.by_token(token).status)

    def go_on(self) -> None:
        """Wait for more calls."""
        before = len(self.calls)
        while len(self.calls) < before + 3 and self.thread.is_alive():
            self.ended.wait(0.001)


def test_rotations_while_requests_run_refuse_no_call(tmp_path: Path, counted: Counted) -> None:
    def rings() -> FileRings:
        return FileRings(tmp_path, encryption_key=None, random=os.urandom)

    def turn(ring: Ring) -> Ring:
        now, random = datetime.now(UTC), os.urandom
        return rotate(ring, "ES256", now=now, random=random, delay=timedelta(), overlap=timedelta(minutes=15))

    rings().change("tokens", turn)
    # Two gateways, each with its own view of one folder: what one signs, the other verifies.
    one, other = (TokenSite(rings(), MachineClock()) for _ in range(2))
    loads = [Load(one, other), Load(other, one)]
    rotations = 40
    try:
        for number in range(rotations):
            rings().change("tokens", turn)
            loads[number % 2].go_on()
    finally:
        for load in loads:
            load.ended.set()
            load.thread.join(20)
    calls = [status for load in loads for status in load.calls]
    refused = [status for status in calls if status != 200]
    counted("key rotation", f"our own tokens, two gateways, {rotations} rotations", tried=len(calls), bad=len(refused))
    assert len(calls) >= 3 * rotations
