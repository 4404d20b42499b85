"""The predecessors' defects about claims, tokens and headers, tried at the product's doors.

Each test is named after one. Those about one room alone are held there, by the same kind of name:

* the MAC over 32-byte blocks, claims of joined strings: ``verify/test_claim.py``
* RAND() as the secret: ``claims/test_mint.py``, ``claims/test_sql.py``
* a consent link without the ``state``: ``claims/test_lookml.py``
* all that is not about claims, tokens or headers: ``contract/test_predecessor_defects.py``
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from itertools import permutations

import pytest

from claim_maker import NOW, SECRET, HonestClaim
from contract.doors import DOORS, EXCHANGE, HANDLE, KEY, NOT_LET_IN, Gatehouse
from contract.hostile_tokens import Honest, sign_hs256
from contract.token_verifiers import VERIFIERS
from gateway_site import JSON, Reply
from lookgate.claims.blocks import BLOCK_BYTES
from lookgate.keys.ring import SECRET_BYTES, Algorithm, Ring, rotate
from lower_rooms import START
from token_maker import HonestToken

STANDARD, ID_TOKEN = VERIFIERS["standard"]
KINDS: Mapping[str, Honest] = {"claim": HonestClaim(), "own token": HonestToken(), "ID token": ID_TOKEN}
CREDENTIALS = {"x-lookgate-handle": HANDLE, "x-api-key": KEY}
ORDER = ("an action", "POST /token", "the ASGI middleware")
every_kind = pytest.mark.parametrize("kind", KINDS)


def house() -> Gatehouse:
    return Gatehouse(STANDARD)


def act(gatehouse: Gatehouse, header: tuple[str, str], body: bytes = b"{}", path: str = "/actions/known") -> Reply:
    return gatehouse.call("POST", path, body, [JSON, header])


def bearer(token: str) -> tuple[str, str]:
    return "authorization", f"Bearer {token}"


def knocks(gatehouse: Gatehouse, headers: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Present the same at every door in turn; return how each answered."""

    async def work() -> dict[str, int]:
        return {name: await door(gatehouse)(list(headers)) for name, door in DOORS.items()}

    return asyncio.run(work())


# --- the updater ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@every_kind
def test_defect_of_the_updater_authorization_was_looked_for_among_lower_cased_names(
    kind: str, scheme: str, name: str
) -> None:
    assert act(house(), (name, f"{scheme} {KINDS[kind].token()}")).status == 200


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("written", [str.title, str.upper, str.lower])
def test_defect_of_the_updater_other_headers_are_found_however_their_name_is_written(
    name: str, written: object
) -> None:
    assert callable(written)
    assert act(house(), (written(name), CREDENTIALS[name])).status == 200


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "Basic "])
@every_kind
def test_defect_of_the_updater_a_token_was_stored_with_its_scheme(kind: str, prefix: str) -> None:
    token = KINDS[kind].token()
    reply = act(house(), bearer(prefix + token))
    assert (reply.status, reply.json["code"]) == (401, "doubled_scheme")
    assert token.encode() not in reply.body
    assert set(knocks(house(), [bearer(prefix + token)]).values()) <= NOT_LET_IN


@pytest.mark.parametrize("body", ['{"days": "%s"}', '{"%s": 1}', '{"text": ["%s"]}', '["%s"]', '{"text": "%s'])
@pytest.mark.parametrize("path", ["/actions/known", "/token"])
@every_kind
def test_defect_of_the_updater_a_validation_error_echoed_the_token(kind: str, path: str, body: str) -> None:
    gatehouse, token = house(), KINDS[kind].token()
    reply = act(gatehouse, bearer(token), (body % token).encode(), path)
    assert reply.status >= 400
    seen = reply.body.decode() + gatehouse.log.getvalue() + repr(gatehouse.store.tail(limit=9))
    assert token not in seen
    assert token.rpartition(".")[2] not in seen


def test_defect_of_the_updater_no_route_that_makes_tokens_is_open_and_no_refusal_is_a_success() -> None:
    gatehouse, grant = house(), json.dumps(EXCHANGE).encode()
    refusals = [
        gatehouse.call("POST", "/token", grant, [JSON]),
        act(gatehouse, ("x-api-key", KEY), grant, "/token"),
        act(gatehouse, bearer(ID_TOKEN.token()), grant, "/token"),
        act(gatehouse, bearer("x.y.z"), grant, "/token"),
        act(gatehouse, bearer(HonestClaim().token()), b"{}", "/token"),
        act(gatehouse, bearer(HonestClaim().token()), b"[", "/token"),
    ]
    assert [reply.status for reply in refusals] == [401, 403, 403, 401, 400, 400]
    assert all("access_token" not in reply.json and reply.json["hint"] for reply in refusals)


# --- the script runner ----------------------------------------------------------------------------------------------


def ended(kind: str) -> list[dict[str, object]]:
    """Return times at which a token of this kind is over, as the defect would have let them pass."""
    hour, life = 3600, 240
    past = NOW - hour
    in_seconds = {"iat": past - life, "nbf": past - life, "exp": past}
    in_milliseconds = {"iat": (past - life) * 1000, "nbf": (past - life) * 1000, "exp": past * 1000}
    only_the_end = {**in_seconds, "exp": past * 1000}
    turned_round = {"iat": NOW + hour, "nbf": NOW + hour, "exp": NOW - hour}
    written = {**in_seconds, "exp": str(NOW + life)}
    given = KINDS[kind].claims.keys() | {"iat", "exp"}
    times = (in_seconds, in_milliseconds, only_the_end, turned_round, written)
    return [{name: value for name, value in one.items() if name in given} for one in times]


@every_kind
def test_defect_of_the_script_runner_expiry_was_compared_in_the_wrong_unit_and_direction(kind: str) -> None:
    honest = KINDS[kind]
    for claims in ended(kind):
        answers = knocks(house(), [bearer(honest.token(claims=claims))])
        assert set(answers.values()) <= NOT_LET_IN, (claims, answers)
    assert act(house(), bearer(honest.token(claims={"iat": NOW - 1, "exp": NOW + 1}))).status == 200


@pytest.mark.parametrize(("first", "second"), list(permutations(ORDER, 2)))
def test_defect_of_the_script_runner_the_same_claim_gave_token_after_token(first: str, second: str) -> None:
    gatehouse, claim = house(), [bearer(HonestClaim().token())]

    async def story() -> list[int]:
        return [await DOORS[door](gatehouse)(claim) for door in (first, first, second, second)]

    assert asyncio.run(story()) == [200, 401, 401, 401]


def test_defect_of_the_script_runner_a_claim_at_the_exchange_gives_one_token() -> None:
    gatehouse, claim, grant = house(), bearer(HonestClaim().token()), json.dumps(EXCHANGE).encode()
    given = [act(gatehouse, claim, grant, "/token").json for _ in range(5)]
    assert ["access_token" in one for one in given] == [True, False, False, False, False]
    assert {one["code"] for one in given[1:]} == {"claim_used"}
    again = act(gatehouse, bearer(given[0]["access_token"]), grant, "/token")
    assert (again.status, again.json["code"]) == (403, "not_exchangeable")


@pytest.mark.parametrize("audience", ["other", "", None, [], "https://evil.example", {"aud": "gateway_test"}])
@every_kind
def test_defect_of_the_script_runner_aud_was_never_checked(kind: str, audience: object) -> None:
    honest = KINDS[kind]
    right = honest.claims["aud"]
    for wrong in (audience, [right, "other"], f"{right} ", f"{right}/", str(right).upper()):
        answers = knocks(house(), [bearer(honest.token(claims={"aud": wrong}))])
        assert set(answers.values()) <= NOT_LET_IN, (wrong, answers)


@pytest.mark.parametrize("block", [16, 32, 63, 64, 65, 128])
def test_defect_of_the_script_runner_the_mac_used_a_32_byte_block(block: int) -> None:
    text = HonestClaim().token().rpartition(".")[0]
    padded = SECRET[:block].ljust(block, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    mac = hashlib.sha256(outer + hashlib.sha256(inner + text.encode()).digest()).digest()
    forged = f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    if block == BLOCK_BYTES:  # the one that is HMAC-SHA256
        assert act(house(), bearer(forged)).status == 200
        return
    assert act(house(), bearer(forged)).json["code"] == "claim_signature"
    assert set(knocks(house(), [bearer(forged)]).values()) <= NOT_LET_IN


@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_defect_of_the_script_runner_a_key_is_256_bits_of_the_operating_systems_generator(alg: Algorithm) -> None:
    asked: list[int] = []

    def random(size: int, /) -> bytes:
        asked.append(size)
        return hashlib.sha512(str(len(asked)).encode()).digest()[:size]

    ring = rotate(rotate(Ring("claims"), alg, now=START, random=random), alg, now=START, random=random)
    assert asked.count(SECRET_BYTES) == 2
    assert SECRET_BYTES * 8 >= 256
    assert len({key.raw for key in ring.keys}) == 2
    assert all(math.log2(64) * len(key.secret.reveal()) >= 256 for key in ring.keys)


@pytest.mark.parametrize(
    "joined",
    [
        '{"sub":"99",%s',  # a second member of one name, before and after
        '%s,"sub":"99"}',
        '%s}{"sub":"99"}',
        '%s,"aud":["gateway_test"]}',
    ],
)
def test_defect_of_the_script_runner_claims_were_built_by_joining_strings(joined: str) -> None:
    honest = HonestClaim()
    text = json.dumps({**honest.claims, "jti": "n_joined"})
    written = joined % (text[1:] if joined.startswith("{") else text.removesuffix("}"))
    reply = act(house(), bearer(sign_hs256(honest.header, written, SECRET)))
    assert (reply.status, reply.json["code"]) == (401, "token_malformed")
    assert act(house(), bearer(sign_hs256(honest.header, text, SECRET))).status == 200


@pytest.mark.parametrize("parameter", ["token", "claim", "access_token", "x"])
@every_kind
def test_defect_of_the_script_runner_the_token_stood_in_the_url(kind: str, parameter: str) -> None:
    gatehouse, token = house(), KINDS[kind].token()
    reply = gatehouse.call("POST", f"/actions/known?{parameter}={token}", b"{}", [JSON, ("x-api-key", KEY)])
    assert (reply.status, reply.json["code"]) == (400, "secret_in_url")
    assert token not in gatehouse.log.getvalue() + repr(gatehouse.store.tail(limit=9))
    made = act(house(), bearer(HonestClaim().token()), json.dumps(EXCHANGE).encode(), "/token")
    assert made.headers["cache-control"] == "no-store"
    assert "location" not in made.headers
