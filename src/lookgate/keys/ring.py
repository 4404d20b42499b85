"""A key ring as a value. The newest key whose time has come signs; every key that is not retired verifies.

Time and randomness are passed in, so each function is pure and a rotation can be tried at any moment.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from lookgate.core.ports import RandomBytes
from lookgate.core.secret import Secret
from lookgate.errors import Conflict, LookgateError, NotFound

Algorithm = Literal["HS256", "ES256", "EdDSA"]
State = Literal["signing", "live", "waiting", "retired"]
KID = re.compile(r"[A-Za-z0-9_]{8,32}")
RING_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
PROPAGATION = timedelta(seconds=60)
"""How long a new key only verifies: every gateway of the same ring has read it before anything is signed with it."""
OVERLAP = timedelta(hours=24)
"""How long the keys before it still verify once a new key signs."""
LONGEST_WAIT = timedelta(days=3650)
SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes in base64url."""
_LIVE_AT_MOST = 64
# The order of the group of P-256 (FIPS 186-5; SEC 2, section 2.4.2): a private key lies below it.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Key:
    """One key."""

    kid: str
    alg: Algorithm
    not_before: datetime
    """From when on it signs. It verifies before that: a clock or a cache that runs ahead loses nothing."""
    retire_after: datetime | None
    """From when on it neither signs nor verifies; None as long as nothing replaces it."""
    secret: Secret
    """32 bytes in base64url: the HMAC key (RFC 2104), or the private key (RFC 8032 seed, or the scalar of P-256)."""

    def verifies(self, now: datetime) -> bool:
        """Whether what was signed with it is still believed."""
        return self.retire_after is None or now < self.retire_after

    def signs(self, now: datetime) -> bool:
        """Whether it may sign now."""
        return self.not_before <= now and self.verifies(now)

    @property
    def raw(self) -> bytes:
        """The 32 secret bytes."""
        return base64.urlsafe_b64decode(self.secret.reveal() + "=")

    @property
    def fingerprint(self) -> str:
        """8 hex digits that tell two keys apart and give nothing away."""
        return hashlib.sha256(b"lookgate key fingerprint\0" + self.raw).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one purpose, in the order in which they were made."""

    name: str
    keys: tuple[Key, ...] = ()

    def signer(self, now: datetime) -> Key | None:
        """Return the newest key whose time has come."""
        able = [key for key in reversed(self.keys) if key.signs(now)]  # of one second, the one made last
        return max(able, key=lambda key: key.not_before) if able else None

    def verifying(self, now: datetime) -> tuple[Key, ...]:
        """Return every key that is not retired."""
        return tuple(key for key in self.keys if key.verifies(now))

    def find(self, kid: str, now: datetime) -> Key | None:
        """Return the key of exactly this name, unless it is retired."""
        return next((key for key in self.keys if key.kid == kid and key.verifies(now)), None)

    def state(self, key: Key, now: datetime) -> State:
        """Say what a key does now."""
        if not key.verifies(now):
            return "retired"
        if key.not_before > now:
            return "waiting"
        return "signing" if key == self.signer(now) else "live"


def rotate(
    ring: Ring,
    alg: Algorithm,
    *,
    now: datetime,
    random: RandomBytes,
    delay: timedelta = PROPAGATION,
    overlap: timedelta = OVERLAP,
) -> Ring:
    """Return the ring with a new key, and the keys before it on their way out.

    The new key verifies at once and signs after ``delay``; the others verify until ``overlap`` after that, or until
    their own end. A ring that cannot sign now gets a key that signs at once: there is nothing to overlap with.

    Raises:
        Conflict: there are 64 live keys already, so something rotates in a loop.
        ValueError: a duration is negative or longer than ten years.
    """
    if not (timedelta() <= delay <= LONGEST_WAIT and timedelta() <= overlap <= LONGEST_WAIT):
        raise ValueError("a duration lies between nothing and ten years")
    if len(ring.verifying(now)) >= _LIVE_AT_MOST:
        raise Conflict(
            "ring_rotates_too_often",
            f"The ring '{ring.name}' already has {_LIVE_AT_MOST} live keys.",
            "Rotate less often, or with a shorter overlap.",
        )
    now = now.replace(microsecond=0)  # as it is stored
    begins = now + delay if ring.signer(now) else now
    ends = begins + overlap
    kept = tuple(replace(key, retire_after=min(key.retire_after or ends, ends)) for key in ring.keys)
    taken = {key.kid for key in ring.keys}
    key = Key(_new_kid(random, taken), alg, begins, None, _new_secret(alg, random))
    return replace(ring, keys=(*kept, key))


def retire(ring: Ring, kid: str, *, now: datetime) -> Ring:
    """Return the ring with one key retired from ``now`` on.

    Raises:
        NotFound: there is no such key, or it is retired already.
        Conflict: no other key could sign now.
    """
    key = ring.find(kid, now)
    if key is None:
        raise NotFound(
            "key_unknown",
            f"The ring '{ring.name}' has no live key '{kid}'.",
            f"See the names: lookgate keys list --ring {ring.name}.",
        )
    left = replace(ring, keys=tuple(replace(one, retire_after=now) if one == key else one for one in ring.keys))
    if ring.signer(now) is not None and left.signer(now) is None:
        raise Conflict(
            "last_key",
            f"'{kid}' is the only key of the ring '{ring.name}' that can sign now.",
            f"Rotate first, with --delay 0 if it must be at once: lookgate keys rotate --ring {ring.name}.",
        )
    return left


def prune(ring: Ring, *, now: datetime, keep: timedelta) -> Ring:
    """Return the ring without the keys that were retired longer than ``keep`` ago."""
    return replace(
        ring, keys=tuple(key for key in ring.keys if key.retire_after is None or now < key.retire_after + keep)
    )


def checked(ring: Ring) -> Ring:
    """Return the ring if its keys are well formed and no name stands twice.

    Raises:
        LookgateError: they are not.
    """
    kids = [key.kid for key in ring.keys]
    whole = RING_NAME.fullmatch(ring.name) and all(KID.fullmatch(kid) for kid in kids) and len(set(kids)) == len(kids)
    if not whole or not all(_SECRET.fullmatch(key.secret.reveal()) for key in ring.keys):
        raise LookgateError(
            "ring_damaged", f"The ring '{ring.name}' is damaged.", "Restore its file from a backup, or move it away."
        )
    return ring


def _new_kid(random: RandomBytes, taken: set[str]) -> str:
    while True:
        kid = "k" + random(10).hex()
        if kid not in taken:
            return kid


def _new_secret(alg: Algorithm, random: RandomBytes) -> Secret:
    raw = random(SECRET_BYTES)
    while alg == "ES256" and not 0 < int.from_bytes(raw) < _P256_ORDER:
        raw = random(SECRET_BYTES)
    return Secret(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
