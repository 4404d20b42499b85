"""Exchanging a claim for a token: once, for its user, and never in vain."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claim_maker import EVE, INSTANCE, SAM, HonestClaim, verifier
from contract.hostile_tokens import FAMILIES
from gateway_site import JSON, LOOKER, Reply, Site
from lookgate.core.identity import Assurance, Credential, Principal
from lookgate.core.ports import Consumed, LookerUser, Store
from lookgate.errors import LookgateError, Unavailable
from lookgate.keys.ring import Ring
from lookgate.keys.token import TokenIssuer
from lookgate.verify.chain import Chain, Verifier
from lookgate.verify.token import TokenVerifier
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import DictDirectory, StillClock
from postgres import postgres_url  # noqa: F401 - a fixture
from security_counts import Counted
from store_places import new_place, open_at
from token_maker import GATEWAY, PLACE, OneRing

GRANT = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}


class ClaimSite(Site):
    """A gateway with claims and tokens for Eve and Sam, and no handles."""

    def __init__(
        self,
        *,
        store: Store | None = None,
        rings: OneRing | None = None,
        consumed: Consumed | None = None,
        others: tuple[Verifier, ...] = (),
    ) -> None:
        super().__init__(store=store)
        self.time, self.rings = StillClock(), rings or OneRing()
        self.directory = DictDirectory(EVE, SAM)
        claims = verifier(self.time, consumed=consumed or self.store.consumed, directory=self.directory)
        tokens = TokenVerifier(PLACE, self.rings, self.store.handles, self.directory, self.time)
        issuer = TokenIssuer(self.rings, PLACE, 300)
        chain = Chain([*others, claims, tokens, self.verifier])
        self.gateway = replace(self.gateway, clock=self.time, chain=chain, tokens=issuer, random=os.urandom)
        self.app = build_app(self.gateway, Log(self.log))

    def exchange(self, claim: str, fields: Any = GRANT, *headers: tuple[str, str]) -> Reply:
        return self.call("POST", "/token", json.dumps(fields).encode(), [JSON, bearer(claim), *headers])

    def by_token(self, token: str) -> Reply:
        return self.act("known", {"text": "x"}, bearer(token), ("origin", LOOKER))


def bearer(token: str) -> tuple[str, str]:
    return "authorization", f"Bearer {token}"


@pytest.fixture
def site() -> ClaimSite:
    return ClaimSite()


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = open_at(new_place(request.param, request, tmp_path))
    yield made
    made.close()


def test_a_claim_is_exchanged_for_a_token_of_minutes_bound_to_audience_and_instance(site: ClaimSite) -> None:
    reply = site.exchange(HonestClaim().token(), GRANT | {"audience": GATEWAY}, ("origin", LOOKER))
    assert reply.status == 200, reply.body
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("Bearer", 300)
    token = reply.json["access_token"]
    called = site.by_token(token)
    assert (called.status, called.json) == (200, {"text": "eve@example.com"})
    site.time.move(300 + 30)
    assert site.by_token(token).json["code"] == "token_expired"


def test_a_page_of_looker_may_exchange_a_claim_itself_and_no_other_page(site: ClaimSite) -> None:
    asks = [("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")]
    allowed = site.call("OPTIONS", "/token", headers=[("origin", LOOKER), *asks])
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (204, LOOKER)
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert site.call("OPTIONS", "/token", headers=[("origin", "https://evil.example"), *asks]).status == 403
    reply = site.exchange(HonestClaim().token(), GRANT, ("origin", LOOKER))
    assert (reply.headers["access-control-allow-origin"], reply.headers["cache-control"]) == (LOOKER, "no-store")


def test_the_token_names_the_claim_and_lives_as_long_as_any_other_however_soon_the_claim_ends(site: ClaimSite) -> None:
    from base64 import urlsafe_b64decode  # noqa: PLC0415 - this test alone takes a token apart

    token = site.exchange(HonestClaim().token(claims={"jti": "n_seven", "exp": HonestClaim().now + 1})).json
    part = token["access_token"].split(".")[1]
    said = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    told = {name: said[name] for name in ("iss", "aud", "instance", "sub", "claim", "assurance")}
    assert told == {
        "iss": GATEWAY,
        "aud": GATEWAY,
        "instance": PLACE.instance,
        "sub": EVE.id,
        "claim": "n_seven",
        "assurance": "user",
    }
    assert "handle" not in said
    assert said["exp"] - said["iat"] == 300


def test_an_exchange_uses_the_claim_up_for_everything(site: ClaimSite) -> None:
    claim = HonestClaim().token()
    assert site.exchange(claim).status == 200
    assert site.exchange(claim).json["code"] == "claim_used"
    assert site.act("known", {}, bearer(claim)).json["code"] == "claim_used"
    used_by_an_action = HonestClaim().token()
    assert site.act("known", {}, bearer(used_by_an_action)).status == 200
    assert site.exchange(used_by_an_action).json["code"] == "claim_used"


def test_of_a_thousand_who_exchange_one_claim_exactly_one_gets_a_token(store: Store, counted: Counted) -> None:
    site, claim = ClaimSite(store=store), HonestClaim().token()

    async def race() -> list[Reply]:
        body, headers = json.dumps(GRANT).encode(), [JSON, bearer(claim)]
        return await asyncio.gather(*(site.ask("POST", "/token", body, headers) for _ in range(1000)))

    replies = asyncio.run(race())
    won = [reply for reply in replies if reply.status == 200]
    lost = {(reply.status, reply.json["code"]) for reply in replies if reply.status != 200}
    counted("replay", f"a claim at POST /token, {type(store).__name__}", tried=len(replies), bad=len(won) - 1)
    assert (len(replies), len(won), lost) == (1000, 1, {(401, "claim_used")})
    assert site.by_token(won[0].json["access_token"]).status == 200


@pytest.mark.parametrize(
    ("fields", "headers", "code"),
    [
        ({}, (), "unsupported_grant_type"),
        (GRANT | {"audience": "https://other.example.com"}, (), "invalid_target"),
        (GRANT | {"scope": "admin"}, (), "invalid_request"),
        (GRANT, (("origin", "https://evil.example"),), "origin_not_allowed"),
        (GRANT, (("x-api-key", "lgk_x"),), "two_credentials"),
        (GRANT, (("content-type", "text/plain"),), "not_json"),
    ],
)
def test_an_exchange_that_is_refused_does_not_use_up_the_claim(
    site: ClaimSite, fields: Any, headers: tuple[tuple[str, str], ...], code: str
) -> None:
    claim = HonestClaim().token()
    given = dict([JSON, bearer(claim), *headers])
    body = json.dumps(fields).encode()
    assert site.call("POST", "/token", body, list(given.items())).json["code"] == code
    assert site.exchange(claim).status == 200


def test_a_gateway_that_cannot_sign_does_not_use_up_the_claim(site: ClaimSite) -> None:
    claim, ring = HonestClaim().token(), site.rings.ring
    site.rings.ring = Ring("tokens")
    assert site.exchange(claim).json["code"] == "no_token_key"

    class Broken(OneRing):
        def load(self, name: str) -> Ring:
            raise LookgateError("ring_damaged", f"/secret/{name}.json is not a key ring.")

    unreadable = ClaimSite(store=site.store, rings=Broken())
    assert unreadable.exchange(claim).json["code"] == "token_keys_unavailable"
    site.rings.ring = ring
    assert site.exchange(claim).status == 200


def test_a_gateway_without_tokens_does_not_use_up_the_claim(site: ClaimSite) -> None:
    claim = HonestClaim().token()
    gateway, app = site.gateway, site.app
    site.app = build_app(replace(gateway, tokens=None), Log(site.log))
    assert site.exchange(claim).json["code"] == "unknown_path"
    site.app = app
    assert site.exchange(claim).status == 200


def test_a_store_that_does_not_answer_gives_no_token_and_uses_up_nothing(site: ClaimSite) -> None:
    class Away:
        def consume(self, *_: object) -> bool:
            raise Unavailable("store_unavailable", "The store does not answer.", "Try again.")

    claim = HonestClaim().token()
    reply = ClaimSite(store=site.store, consumed=Away()).exchange(claim)
    assert (reply.status, reply.json["code"]) == (503, "store_unavailable")
    assert site.exchange(claim).status == 200


def test_a_token_that_a_claim_was_exchanged_for_is_never_exchanged_again(site: ClaimSite) -> None:
    token = site.exchange(HonestClaim().token()).json["access_token"]
    reply = site.exchange(token)
    assert (reply.status, reply.json["code"]) == (403, "not_exchangeable")


@pytest.mark.parametrize("level", [Assurance.SHARED_SECRET, Assurance.WORKLOAD, Assurance.USER])
@pytest.mark.parametrize("name", ["api_key", "google-people", "looker_token"])
def test_what_was_proven_in_another_way_is_not_exchanged_however_strongly(level: Assurance, name: str) -> None:
    class Other:
        async def verify(self, credential: Credential) -> Principal | None:  # noqa: ARG002 - the port's signature
            return Principal(INSTANCE, EVE.id, "user", level, name)

        @property
        def name(self) -> str:
            return name

    reply = ClaimSite(others=(Other(),)).exchange(HonestClaim().token())
    assert (reply.status, reply.json["code"]) == (403, "not_exchangeable")


@pytest.mark.parametrize("family", FAMILIES)
def test_no_hostile_claim_is_exchanged(site: ClaimSite, family: str) -> None:
    for token in FAMILIES[family](HonestClaim()):
        reply = site.exchange(token)
        assert reply.status in {400, 401, 413, 431}, (token, reply.body)
        assert b"access_token" not in reply.body
    assert site.exchange(HonestClaim().token()).status == 200


@pytest.mark.parametrize(("users", "code"), [((replace(EVE, enabled=False),), "user_disabled"), ((), "user_missing")])
def test_a_user_who_may_not_sign_in_any_more_gets_no_token_and_loses_the_one_there_is(
    site: ClaimSite, users: tuple[LookerUser, ...], code: str
) -> None:
    token = site.exchange(HonestClaim().token()).json["access_token"]
    site.directory.users = {user.id: user for user in users}
    assert site.exchange(HonestClaim().token()).json["code"] == code
    assert site.by_token(token).json["code"] == code


def test_the_exchange_of_a_claim_is_audited_with_its_user_and_without_the_claim(site: ClaimSite) -> None:
    claim = HonestClaim().token()
    for _ in range(2):
        site.exchange(claim)
    told = [(one.event.action, one.event.outcome, one.event.rule) for one in site.store.tail(limit=10)]
    assert told == [("POST /token", "allowed", ""), ("POST /token", "denied", "claim_used")]
    assert site.store.tail(limit=10)[0].event.principal.authenticated_by == "claim"
    assert claim not in repr(site.store.tail(limit=10)) + site.log.getvalue()
