"""What a freshly made token, or a failure, makes of a target's state: pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from lookgate.core.renewal import Minted, Target, TargetState
from lookgate.core.secret import sha256_hex
from lookgate.errors import LookgateError, Unavailable
from lookgate.sync.margin import SLACK, fits
from lookgate.sync.plan import Step

_WRONG = {
    "token_expired": "The token that was stored has ended by this machine's clock.",
    "margin_too_long": "The token that was stored is too short-lived for the rule's margin; a shorter one is kept.",
}


def fresh_state(target: Target, before: TargetState, minted: Minted, now: datetime, every: float) -> TargetState:
    """Return what will be known of a target once the token is written.

    A token that does not keep its promise is written all the same, when it lives longer than what stands there: an
    outage would help nobody. The state's code says what is wrong with it.
    """
    ends, life, code = minted.expires_at, 0.0, ""
    if ends is not None:
        issued = minted.issued_at or now
        life = max(0.0, (ends - issued).total_seconds())
        # Issued in the future: this clock is behind its source's, and by this clock the token ends earlier.
        ends = min(ends, now + timedelta(seconds=life))
        code = "token_expired" if ends <= now else "" if fits(life, target.margin, every) else "margin_too_long"
    return TargetState(
        key=target.key,
        fingerprint=target.fingerprint,
        generation=before.generation + 1,
        digest=sha256_hex(minted.value),
        renewed_at=now,
        expires_at=ends,
        life=life,
        code=code,
        detail=_WRONG.get(code, ""),
        canary=before.canary,
        canary_at=before.canary_at,
    )


def is_better(step: Step, fresh: TargetState, every: float) -> bool:
    """Return whether a token is worth an API call: not the stored one, and with a later end by a tick's slack."""
    before = step.state
    if step.why in {"new", "changed", "overtaken"}:
        return True
    if fresh.digest == before.digest:
        return False
    if step.why == "clock" or fresh.expires_at is None or before.expires_at is None:
        return True
    return fresh.expires_at > before.expires_at + timedelta(seconds=SLACK * every)


def kept_state(step: Step, fresh: TargetState) -> TargetState:
    """Return what is known of a target whose source has nothing better than what stands there."""
    before = step.state
    same = fresh.digest == before.digest
    return TargetState(
        key=before.key,
        fingerprint=before.fingerprint,
        generation=before.generation,
        digest=before.digest,
        renewed_at=min(before.renewed_at or fresh.renewed_at, fresh.renewed_at) if fresh.renewed_at else None,
        expires_at=fresh.expires_at if same else before.expires_at,
        life=before.life,
        code=fresh.code if same else "",
        detail=fresh.detail if same else "",
        canary=before.canary,
        canary_at=before.canary_at,
    )


def after_failure(step: Step, error: LookgateError, now: datetime, detail: str) -> TargetState:
    """Return what is known of a target after a failure; when it is tried again is not part of it."""
    before = step.state
    return replace(
        before,
        # After an older token may have been written over a newer one, nothing is known of what stands there.
        fingerprint="" if step.why == "overtaken" else before.fingerprint,
        failures=before.failures + 1,
        failed_at=now,
        tried=step.target.fingerprint,
        code=error.code,
        detail=detail,
        retry_at=None,
        paused_until=None,
        stopped=not isinstance(error, Unavailable),
    )
