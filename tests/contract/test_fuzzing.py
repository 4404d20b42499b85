"""Whatever comes in, made up by hypothesis: a refusal in words or an honest answer, and nothing in between."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import claim_maker
from claim_maker import HonestClaim
from contract.doors import EXCHANGE, HANDLE, Gatehouse
from contract.hostile_tokens import part, sign_hs256
from contract.token_verifiers import VERIFIERS
from gateway_site import JSON, LOOKER
from lookgate.claims.dialect import Dialect, dialects
from lookgate.core.identity import Principal
from lookgate.errors import LookgateError, Unauthenticated
from lookgate.keys.ring import Ring
from lookgate.keys.store import FileRings
from lookgate.verify.chain import Chain
from lookgate.verify.tag import refuse_unsubstituted
from lower_rooms import StillClock, credential, run
from token_maker import HonestToken, verifier

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
NAMES = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "instance", "handle", "claim", "assurance", "typ", "x"]
CLAIMS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
HEADER = st.text(st.characters(codec="latin-1", exclude_categories=()), max_size=200)
PIECES = st.sampled_from(["{{", "}}", "{", "}", "_", " ", "Bearer ", "name", "a.b", "\n", "lgh_", "é"])
ENDS = st.sampled_from(["", ".", ":443", "/", "@evil.example", "%00", " "])
HOUSE = Gatehouse(VERIFIERS["standard"][0])


def caught(work: Callable[[], object]) -> object:
    """Return what comes of it: an answer, or an error of ours. Any other error goes on and fails the test."""
    try:
        return work()
    except LookgateError as error:
        return error


def refused_or_proven(chain: Chain, token: str) -> Principal | None:
    """Return who was proven; fail on anything but a refusal that keeps the token to itself."""
    found = caught(lambda: run(chain.verify(credential("bearer", token))))
    if isinstance(found, Principal):
        return found
    assert isinstance(found, Unauthenticated)
    assert token[-20:] not in found.detail + found.hint
    return None


@settings(deadline=None)
@given(claims=CLAIMS, drop=st.sets(st.sampled_from(NAMES), max_size=2))
def test_a_claim_that_says_anything_else_proves_nobody_else(claims: dict[str, object], drop: set[str]) -> None:
    honest = HonestClaim()
    said = {name: value for name, value in {**honest.claims, "jti": "n_1", **claims}.items() if name not in drop}
    found = refused_or_proven(
        Chain([claim_maker.verifier(StillClock())]), sign_hs256(honest.header, said, honest.secret)
    )
    if found is not None:
        assert (found.subject, said["aud"], said["iss"]) == (said["sub"], "gateway_test", "looker_test")
        assert said.keys() == {*honest.claims, "jti"}


@settings(deadline=None)
@given(claims=CLAIMS)
def test_a_token_of_our_own_that_says_anything_else_proves_nobody_else(claims: dict[str, object]) -> None:
    honest = HonestToken()
    found = refused_or_proven(Chain([verifier(StillClock())]), honest.token(claims=claims))
    if found is not None:
        said = {**honest.claims, **claims}
        assert (found.subject, said["iss"], said["aud"]) == (said["sub"], honest.claims["iss"], honest.claims["aud"])


@settings(deadline=None)
@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "zip"]), VALUES, max_size=4))
def test_no_header_of_a_token_makes_up_for_its_signature(header: dict[str, object]) -> None:
    for honest, chain in (
        (HonestClaim(), Chain([claim_maker.verifier(StillClock())])),
        (HonestToken(), Chain([verifier(StillClock())])),
    ):
        text = f"{part({**honest.header, **header})}.{part({**honest.claims, 'sub': '99'})}"
        assert refused_or_proven(chain, f"{text}.{honest.token().rpartition('.')[2]}") is None
        assert refused_or_proven(chain, f"{text}.") is None


@settings(deadline=None)
@given(
    name=st.sampled_from(["authorization", "x-api-key", "x-lookgate-handle", "x-serverless-authorization", "origin"]),
    value=HEADER | HEADER.map(lambda text: f"Bearer {text}"),
    path=st.sampled_from(["/actions/known", "/token", "/metrics"]),
)
@example(name="authorization", value="Bearer a.b.c", path="/token")
def test_no_header_value_lets_anybody_in_or_breaks_the_gateway(name: str, value: str, path: str) -> None:
    method = "GET" if path == "/metrics" else "POST"
    body = json.dumps(EXCHANGE if path == "/token" else {}).encode()
    reply = HOUSE.call(method, path, body, [JSON, (name, value)])
    assert reply.status in {400, 401, 403, 431}
    assert reply.json["code"]
    assert reply.status != 403 or name == "origin"


@settings(deadline=None)
@given(body=st.binary(max_size=100) | VALUES.map(lambda value: json.dumps(value).encode()) | CLAIMS.map(
    lambda more: json.dumps({**EXCHANGE, **more}).encode()))  # fmt: skip
def test_no_body_of_an_exchange_gets_a_token_unless_it_asks_for_what_is_offered(body: bytes) -> None:
    reply = HOUSE.call("POST", "/token", body, [JSON, ("x-lookgate-handle", HANDLE)])
    asked = None
    with contextlib.suppress(ValueError):
        asked = json.loads(body)
    assert (reply.status == 200) == (asked == EXCHANGE)
    assert reply.status in {200, 400}


@settings(deadline=None)
@given(
    origin=HEADER | st.sampled_from(["", ".", ":443", "/", "@evil.example", "%00", " "]).map(lambda end: LOOKER + end)
)
def test_an_origin_is_allowed_only_if_it_is_exactly_one_that_is_listed(origin: str) -> None:
    for method in ("OPTIONS", "GET", "POST"):
        headers = [JSON, ("origin", origin), ("access-control-request-method", "POST")]
        reply = HOUSE.call(method, "/actions/echo", b"{}", headers)
        assert ("access-control-allow-origin" in reply.headers) == (origin == LOOKER)
        assert reply.status < 500


@settings(deadline=None)
@given(value=st.text(max_size=60) | st.lists(PIECES, max_size=8).map("".join))
def test_a_secret_tag_is_told_from_a_credential_and_only_plain_names_are_repeated(value: str) -> None:
    refused = caught(lambda: refuse_unsubstituted(credential("handle", value, "x-lookgate-handle")))
    if refused is None:
        assert not re.search(r"\{\{.*?\}\}", value, re.DOTALL)
        return
    assert isinstance(refused, Unauthenticated)
    assert refused.code in {"unsubstituted_tag", "doubled_scheme"}
    told = re.findall(r"attribute '([^']*)'", refused.detail)
    assert all(re.fullmatch(r"[a-z0-9_.]{1,120}", name) for name in told)


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
@settings(deadline=None)
@given(name=st.text(max_size=70) | st.text(alphabet="ab_1.-`\"'; ", max_size=20))
def test_a_name_of_a_table_is_an_identifier_or_is_refused(dialect: Dialect, name: str) -> None:
    try:
        written = dialect.table(name)
    except ValueError:
        return
    assert re.fullmatch(r"`[a-z0-9_.-]+`|[a-z0-9_.]+", written, re.ASCII)
    assert written.strip("`") == name


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()) | st.lists(
    st.dictionaries(st.sampled_from(["kid", "alg", "not_before", "retire_after", "secret"]), VALUES), max_size=2).map(
    lambda keys: json.dumps({"format": 1, "ring": "claims", "keys": keys}).encode()))  # fmt: skip
def test_a_key_file_is_a_ring_or_is_told_to_be_none_and_is_left_as_it_is(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "claims.json")
        file.touch(mode=0o600)
        file.write_bytes(content)
        ring = caught(lambda: FileRings(Path(folder), encryption_key=None, random=os.urandom).load("claims"))
        if isinstance(ring, Ring):
            assert all(key.kid and key.raw for key in ring.keys)
        else:
            assert isinstance(ring, LookgateError)
            assert ring.code in {"ring_damaged", "ring_sealed"}
        assert file.read_bytes() == content
