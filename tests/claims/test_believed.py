"""In every engine, from the key to the caller: the gateway makes it, the engine signs, the gateway knows who calls."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claim_engines import TABLE, Connected, Engine, ask, row
from claim_maker import EVE, SAM, verifier
from contract.hostile_tokens import b64
from lookgate.claims.install import SigningKey, install
from lookgate.compose import SYSTEM_CLOCK
from lookgate.core.identity import Assurance
from lookgate.errors import Unauthenticated
from lookgate.keys.ring import Key, retire, rotate
from lookgate.keys.store import FileRings
from lookgate.verify.claim import ClaimVerifier
from lookgate.verify.claim_keys import RING, RingKeys
from lower_rooms import StillClock, credential, run


def bring(engine: Engine, key: Key, now: datetime) -> None:
    """Bring the key's blocks to the engine; to the one without a connection as ``install`` would write them."""
    if isinstance(engine, Connected):
        signing = SigningKey(key.kid, key.raw, key.not_before, key.retire_after)
        assert install(engine.connection, engine.dialect, TABLE, [signing], now=now) == 1
    else:
        engine.add(row(key.kid, key.raw, int(key.not_before.timestamp())))


def refused(claims: ClaimVerifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as raised:
        run(claims.verify(credential("bearer", token)))
    return raised.value.code


def test_the_gateway_knows_the_user_for_whom_the_engine_signed_once_and_nobody_else(
    engine: Engine, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    rings = FileRings(tmp_path, encryption_key=None, random=os.urandom)
    (key,) = rings.change(RING, lambda ring: rotate(ring, "HS256", now=now, random=os.urandom)).keys
    bring(engine, key, now)
    claims = verifier(SYSTEM_CLOCK, keys=RingKeys(rings))  # the engines have a clock of their own

    first = ask(engine, user=EVE.id, nonce="first")
    who = run(claims.verify(credential("bearer", first)))
    assert who is not None
    assert (who.subject, who.email, who.assurance) == (EVE.id, EVE.email, Assurance.USER)
    assert refused(claims, first) == "claim_used"

    unused = ask(engine, user=EVE.id, nonce="second")
    header, said, mac = unused.split(".")
    changed = urlsafe_b64decode(said + "==").replace(f'"{EVE.id}"'.encode(), f'"{SAM.id}"'.encode())
    assert SAM.id.encode() in changed
    assert refused(claims, f"{header}.{b64(changed)}.{mac}") == "claim_signature"
    assert refused(claims, ask(engine, user=EVE.id, audience="other_test")) == "claim_audience"
    assert refused(claims, ask(engine, user="31337")) == "user_missing"

    late = verifier(StillClock(datetime.now(UTC) + timedelta(seconds=331)), keys=RingKeys(rings))
    assert refused(late, unused) == "claim_expired"

    now = datetime.now(UTC)
    rings.change(RING, lambda ring: rotate(ring, "HS256", now=now, random=os.urandom, delay=timedelta()))
    rings.change(RING, lambda ring: retire(ring, key.kid, now=now))
    assert refused(claims, unused) == "claim_key_unknown"
