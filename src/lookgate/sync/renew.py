"""One renewal, in one straight line: lease, mint, intent, write, record, canary."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from lookgate.core.audit import AuditEvent
from lookgate.core.audit import Outcome as AuditOutcome
from lookgate.core.identity import Assurance, Principal
from lookgate.core.renewal import Minted, Target, TargetState
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.sync.backoff import ATTEMPTS, asked, pause, retry_at
from lookgate.sync.fresh import after_failure, fresh_state, is_better, kept_state
from lookgate.sync.instance import Instance
from lookgate.sync.mints import Mints
from lookgate.sync.plan import Plan, Step, is_urgent
from lookgate.sync.report import Outcome, Result
from lookgate.sync.world import World, unexpected

SYNC = Principal(
    issuer="lookgate", subject="sync", kind="service", assurance=Assurance.WORKLOAD, authenticated_by="sync"
)
"""Whom the audit log names for what a tick does."""
_TRIES = 6


class _Overtaken(Exception):
    """Another process took the lease before this one had recorded what it wrote."""


class Renewer:
    """Renews the steps of one tick."""

    def __init__(self, world: World, mints: Mints, plan: Plan, *, quiet: bool) -> None:
        self._world = world
        self._states = world.states
        self._mints = mints
        self._started = plan.now
        self._quiet = quiet
        self._owner = world.random(16).hex()
        self._ranks = {step.target.key: rank for rank, step in enumerate(plan.due)}
        self._trials: dict[tuple[str, str], str] = {}
        self._trying: dict[tuple[str, str], asyncio.Lock] = {}

    async def renew(self, step: Step, instance: Instance) -> Result:
        """Do one step to its end. Whatever goes wrong is told in the result."""
        target = step.target
        try:
            for _ in range(_TRIES):
                try:
                    result = await self._renew(step, instance)
                except _Overtaken:
                    self._mints.drop(target.source, target.audience)
                else:
                    if step.why != "overtaken" or result.outcome != "elsewhere":
                        return result
                    await self._world.sleep(self._world.lease_seconds / 3)
                # This process, held up for longer than its lease, may have put an older token over a newer one. What
                # is recorded may then live longer than what stands there: it is renewed at once.
                step = replace(step, why="overtaken", state=await self._state(target.key))
            error: LookgateError = Unavailable("overtaken", "Other processes keep renewing it.", "Start fewer of them.")
        except LookgateError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - one target's surprise must not stop the others
            error = unexpected("The renewal", raised)
        return _result(step, "failed", error)

    async def _renew(self, step: Step, instance: Instance) -> Result:
        target, state = step.target, step.state
        if instance.closed and step.why != "overtaken":
            return _result(step, "paused", instance.closed)
        if instance.exhausted and not is_urgent(step, self._now()):
            return Result(target, "saved", "budget_exhausted", _SAVED, _RAISE, state.expires_at)
        now, until = self._lease()
        lease = self._states.lease
        if not await self._world.blocking(lease, target.key, state.generation, self._owner, now=now, until=until):
            return Result(target, "elsewhere")
        return await self._leased(step, instance)

    async def _leased(self, step: Step, instance: Instance) -> Result:
        target, state = step.target, step.state
        try:
            minted = await self._mints.get(target.source, target.audience)
        except LookgateError as error:
            return await self._failed(step, error)
        async with instance.turns.taken(self._ranks[target.key]):
            fresh = fresh_state(target, state, minted, self._now(), self._world.every)
            unwritten = await self._stored(step, instance, minted, fresh)
        if unwritten is not None:
            return unwritten
        canary = await self._try(target, fresh, minted, state.canary)
        hint = _MARGIN if fresh.code == "margin_too_long" else _CLOCK if fresh.code else ""
        return Result(target, "renewed", fresh.code, fresh.detail, hint, fresh.expires_at, canary)

    async def _stored(self, step: Step, instance: Instance, minted: Minted, fresh: TargetState) -> Result | None:
        """Write the token and record it; return why not, if it was not."""
        target, state, overtaken = step.target, step.state, step.why == "overtaken"
        if instance.exhausted and not is_urgent(step, self._now()):  # since the lease was taken
            await self._finish(state)
            return Result(target, "saved", "budget_exhausted", _SAVED, _RAISE, state.expires_at)
        if not overtaken and not is_better(step, fresh, self._world.every):
            return await self._kept(step, fresh)
        try:
            await instance.ready()
        except Unavailable as error:  # closed meanwhile, by another target: this one has not failed
            await self._finish(replace(state, fingerprint="") if overtaken else state)  # then it is due at once
            return _result(step, "paused", error)
        if not await self._extend(target, self._event(target, fresh, "pending")):
            return Result(target, "elsewhere")
        failure = await self._write(target, minted.value, instance)
        if failure is not None:
            return await self._failed(step, failure, minted.value)
        if not await self._finish(fresh, self._event(target, fresh, "allowed", fresh.code, fresh.detail)):
            raise _Overtaken
        return None

    async def _write(self, target: Target, value: Secret, instance: Instance) -> LookgateError | None:
        """Write, several times if need be; return why it was not written."""
        for attempt in range(ATTEMPTS):
            await instance.count()
            error = await self._call(target, value)
            if not isinstance(error, Unavailable):
                instance.answered()
                return error
            instance.failed(error)
            if instance.closed or attempt + 1 == ATTEMPTS:
                return error
            try:
                if error.retry_after is None:
                    await self._world.sleep(pause(attempt, self._world.random))
                await instance.ready()
            except Unavailable:
                return error
            if not await self._extend(target):
                raise _Overtaken
        return None

    async def _call(self, target: Target, value: Secret) -> LookgateError | None:
        try:
            await self._world.writer.write(target, value)
        except LookgateError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a writer's mistake must not stop the other targets
            return unexpected("The writer", error)
        return None

    async def _kept(self, step: Step, fresh: TargetState) -> Result:
        """Leave what stands there: the source has nothing better."""
        kept = kept_state(step, fresh)
        if kept.expires_at is not None and kept.expires_at <= self._now():
            return await self._failed(step, Unavailable("token_expired", _EXPIRED, _CLOCK))
        if not await self._finish(kept):
            return Result(step.target, "elsewhere")
        return Result(step.target, "unchanged", expires_at=kept.expires_at)

    async def _failed(self, step: Step, error: LookgateError, written: Secret | None = None) -> Result:
        """Record a failure: of the source, or of the write of ``written``."""
        target, before, now = step.target, step.state, self._now()
        asked_for = error.retry_after if isinstance(error, Unavailable) else None
        failed = after_failure(step, error, now, _without(written, error.detail))
        if not failed.stopped:
            again = retry_at(failed.failures, now, self._started, self._world.every, self._world.random, asked_for)
            failed = replace(failed, retry_at=again)
        if written is not None and asked_for is not None:
            failed = replace(failed, paused_until=now + asked(asked_for))
        told_before = before.failures > 0 and before.code == error.code and before.tried == target.fingerprint
        # What was announced is always answered; else the log names each failure once, however often it is met.
        events = (
            ()
            if told_before and written is None
            else (
                self._event(
                    target, replace(failed, generation=before.generation + 1), "failed", error.code, failed.detail
                ),
            )
        )
        if not await self._finish(failed, *events):
            if written is not None:
                raise _Overtaken
            return Result(target, "elsewhere")
        quiet = self._quiet and failed.stopped and before.stopped and told_before
        outcome: Outcome = "stopped" if quiet else "failed"
        hint, passes = _without(written, error.hint), not failed.stopped
        return Result(target, outcome, error.code, failed.detail, hint, before.expires_at, passes=passes)

    async def _try(self, target: Target, fresh: TargetState, minted: Minted, before: str) -> str:
        """Try the stored token where it is meant to work."""
        canary, trial = self._world.canary, (target.rule, fresh.digest)
        if canary is None:
            return ""
        async with self._trying.setdefault(trial, asyncio.Lock()):  # one trial of a rule's token tells for all targets
            if trial not in self._trials:
                try:
                    self._trials[trial] = await canary.check(target, minted.value)
                except Exception:  # noqa: BLE001 - the token is written; that its trial broke is a finding, no failure
                    self._trials[trial] = "canary_failed"
        result = self._trials[trial]
        if result:
            now = self._now()
            events = (
                ()
                if result in {"ok", before}
                else (
                    self._event(
                        target, fresh, "failed", result, "The token was stored and does not work.", "sync.canary"
                    ),
                )
            )
            await self._world.blocking(self._states.canary, target.key, fresh.generation, result, now, *events)
        return result

    def _event(
        self, target: Target, state: TargetState, outcome: AuditOutcome, code: str = "", detail: str = "",
        action: str = "sync.renew",
    ) -> AuditEvent:  # fmt: skip
        """Return an event whose request id is the renewal's idempotency key: no generation is recorded twice."""
        about = f"{target.attribute} for {target.label}"
        until = f", until {state.expires_at.isoformat(timespec='seconds')}" if state.expires_at else ""
        what = detail or f"digest {state.digest[:8]}{until}"
        request_id = f"{target.key}#{state.generation}"
        return AuditEvent(self._now(), request_id, action, SYNC, outcome, code, f"{about}: {what}")

    async def _extend(self, target: Target, *events: AuditEvent) -> bool:
        _, until = self._lease()
        return await self._world.blocking(self._states.extend, target.key, self._owner, *events, until=until)

    async def _finish(self, state: TargetState, *events: AuditEvent) -> bool:
        return await self._world.blocking(self._states.finish, state, self._owner, *events)

    async def _state(self, key: str) -> TargetState:
        states = await self._world.blocking(self._states.all)
        return next((state for state in states if state.key == key), TargetState(key))

    def _now(self) -> datetime:
        return self._world.clock.now()

    def _lease(self) -> tuple[datetime, datetime]:
        now = self._now()
        return now, now + timedelta(seconds=self._world.lease_seconds)


_SAVED = "The month's API calls are used up, and its token still has more than half its margin."
_RAISE = "Raise sync.calls_per_month, or lower a margin."
_MARGIN = "Lower the rule's margin, or sync.every."
_EXPIRED = "The source gives a token that has ended by this machine's clock."
_CLOCK = "Set this machine's clock, or mend the source."


def _without(secret: Secret | None, text: str) -> str:
    """Return the text without the token, should another's error message hold it."""
    return text if secret is None else text.replace(secret.reveal(), str(secret))


def _result(step: Step, outcome: Outcome, error: LookgateError) -> Result:
    passes, ends = isinstance(error, Unavailable), step.state.expires_at
    return Result(step.target, outcome, error.code, error.detail, error.hint, ends, passes=passes)
