"""The verifier that lets Looker compute is attacked with the same hostile tokens, and with what only Looker refuses."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator

import pytest

from claim_check_site import Site, signing_looker
from claim_engines import signing_key
from claim_maker import ISSUER, KID, SECRET, WrittenClaim, verifier
from contract.hostile_tokens import FAMILIES, Honest, b64
from lookgate.claims.blocks import blocks_of
from lookgate.errors import Unauthenticated
from lookgate.looker.claim_check import LookerSignatures
from lookgate.verify.chain import Chain
from lower_rooms import StillClock, credential
from security_counts import Counted


def _forged(honest: Honest) -> Iterator[str]:
    """Claims without a fault but their signature: they reach the warehouse."""
    for secret in (b"", b"\0", b"\0" * 64, b"null", KID.encode(), SECRET[:31], SECRET + b"\1", SECRET.hex().encode()):
        yield WrittenClaim(secret=secret).token()
    text, _, _ = honest.token().rpartition(".")
    other = honest.token().rpartition(".")[2]
    blocks = blocks_of(SECRET)
    inside = hashlib.sha256(blocks.inner + text.encode()).digest()
    for mac in (
        bytes(32),
        hashlib.sha256(text.encode()).digest(),
        hashlib.sha256(SECRET + text.encode()).digest(),
        inside,
        hashlib.sha256(inside).digest(),
        hashlib.sha256(blocks.sign(text.encode())).digest(),
        hashlib.sha256(blocks.outer[:32] + hashlib.sha256(blocks.inner[:32] + text.encode()).digest()).digest(),
    ):
        yield f"{text}.{b64(mac)}"
    yield f"{text}.{other}"
    for changes in ({"sub": "99"}, {"jti": "n_0"}, {"aud": "second_audience"}, {"exp": honest.now + 199}):
        yield f"{honest.token(claims=changes).rpartition('.')[0]}.{other}"
    for kid in (KID.upper(), f"{KID}_", "k_other001", "lookgate_probe", "none", "NULL"):
        yield honest.token({"kid": kid})


ATTACKS = {**FAMILIES, "forged": _forged}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("looker")
    file = folder / "warehouse.duckdb"
    keys = [signing_key(KID, SECRET)]
    with signing_looker(folder, database=str(file), url=f"duckdb:{file}", issuer=ISSUER, keys=keys) as made:
        yield made


def accepted(site: Site, family: str) -> tuple[int, int]:
    """Present each token of the family; return how many were tried and how many accepted."""

    async def story() -> tuple[int, int]:
        honest, clock = WrittenClaim(), StillClock()
        client = site.client(clock)
        chain = Chain([verifier(clock, signatures=LookerSignatures(client, "lookgate_claims"))])
        tried = let_in = 0
        try:
            assert await chain.verify(credential("bearer", honest.token()))  # the key is known to sign
            for token in ATTACKS[family](honest):
                tried += 1
                try:
                    await chain.verify(credential("bearer", token))
                except Unauthenticated as refused:
                    let_in += token in refused.detail + refused.hint  # repeating it is as bad
                else:
                    let_in += 1
            assert (await chain.verify(credential("bearer", honest.token()))).subject == "1234"
        finally:
            await client.close()
        return tried, let_in

    return asyncio.run(story())


@pytest.mark.parametrize("family", ATTACKS)
def test_a_hostile_claim_is_refused_and_an_honest_one_let_in_after_it(
    site: Site, family: str, counted: Counted
) -> None:
    tried, let_in = accepted(site, family)
    counted("hostile tokens", "verifier: claim, checked by Looker", tried=tried, bad=let_in)


def test_only_what_could_be_a_claim_is_asked_about(site: Site) -> None:
    asked = {}
    for family in ATTACKS:
        before = site.wire.checks
        accepted(site, family)
        asked[family] = site.wire.checks - before - 2  # the honest ones
    assert asked.pop("forged") == 26
    assert sum(asked.values()) <= len(asked), asked
