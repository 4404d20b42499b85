"""The straight line from a known caller and a body to an answer, with its audit event.

Web, CLI and worker all come through here. The policy is asked before the input is read: a caller who may not call
learns nothing of the input's fields and costs no decoding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from lookgate.actions.base import Action, Context
from lookgate.actions.decode import decode_input
from lookgate.actions.journal import Journal
from lookgate.core.audit import AuditEvent
from lookgate.core.facts import NO_FACTS, Facts
from lookgate.core.identity import Principal
from lookgate.core.policy import Deny, Policy, Request
from lookgate.core.ports import NO_STORED_TOKENS, Clock, RandomBytes, Records, StoredTokenReader
from lookgate.errors import Denied, InvalidInput, LookgateError, Unauthenticated

_HANDLERS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="action")
"""Threads of plain handlers. They are not the event loop's own, so that slow handlers hold up neither the audit of
refusals nor the look-up of host names. A thread starts when it is first needed."""

Inspect = Callable[[bytes], None]
"""Looks at what is about to go out, and raises ``Reflected`` when it must not."""


async def run(  # noqa: PLR0913 - one argument for each thing that comes from outside
    action: Action,
    body: bytes,
    *,
    principal: Principal,
    event: AuditEvent,
    journal: Journal,
    clock: Clock,
    random: RandomBytes,
    facts: Facts = NO_FACTS,
    tokens: StoredTokenReader = NO_STORED_TOKENS,
    inspect: Inspect = lambda _: None,
) -> bytes:
    """Call ``action`` and return its output as JSON. Whatever happens, exactly one outcome is audited.

    Args:
        action: what to call.
        body: its input, a JSON text; empty counts as ``{}``.
        principal: who calls.
        event: the request's audit event, already carrying time, request id and origin; it is filled in.
        journal: where audit events go, and whose store keeps the records.
        clock: tells the handler the time.
        random: gives the handler randomness.
        facts: what the directory said to ``action.needs``; without it, rules that need it deny.
        tokens: tells the handler of stored tokens.
        inspect: sees the encoded output, or the text of a refusal, before anything is committed.

    Raises:
        Unauthenticated: nobody was proven and the policy asks for somebody.
        Denied: the policy refuses.
        BadRequest, InvalidInput: the body cannot be read or does not fit.
        LookgateError: what the handler raised; ``handler_failed`` for an unexpected exception and ``output_invalid``
            for an output that does not fit its type, both with the cause chained for the log.
    """
    event.action, event.principal = action.name, principal
    line = _Line(action, event, journal, inspect)
    try:
        ask(action, principal, event, facts)
        given = decode_input(body, action.input)
    except LookgateError as error:
        await line.close(error)
        raise
    context = Context(principal, event.request_id, clock.now(), action.name, journal.store.records, random, tokens)
    future: Future[bytes] | None = None
    try:
        if action.effect == "remote":
            await journal.write(event.copy())
        if action.is_async:
            return await line.on_loop(given, context)
        future = _HANDLERS.submit(line.in_thread, given, context)
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        # A handler that runs in a thread goes on, and stores how it really ended; one that still waited never starts.
        if not line.is_closed and (future is None or future.cancel()):
            await line.close(LookgateError("cancelled", "The call was cancelled; its effect may have begun."))
        raise


def closed(event: AuditEvent, error: LookgateError | None) -> AuditEvent:
    """Fill in how ``event`` ended, and return a copy to store."""
    if error is None:
        event.outcome = "allowed"
    else:
        event.outcome = "denied" if isinstance(error, Denied | Unauthenticated) else "failed"
        event.rule = error.code
        # What the caller wrote may be quoted in the refusal of an input; it is not for the log.
        event.detail = "The input does not fit." if isinstance(error, InvalidInput) else error.detail
        if isinstance(error, Denied) and error.evidence:
            event.detail += f" {error.evidence}"
    return event.copy()


def ask(action: Action, principal: Principal, event: AuditEvent, facts: Facts = NO_FACTS) -> None:
    """Ask the policy of ``action``; ``run`` does so itself, and a caller of it may before it reads a long body.

    Args:
        action: what is called.
        principal: who calls.
        event: the request's audit event.
        facts: what the directory said to ``action.needs``.

    Raises:
        Unauthenticated: nobody was proven and the policy asks for somebody.
        Denied: the policy refuses.
    """
    decide(action.policy, principal, Request(action.name, event.request_id, event.origin, facts), action.source.name)


def decide(policy: Policy, principal: Principal, request: Request, where: str) -> None:
    """Ask a policy.

    Args:
        policy: the rules.
        principal: who calls.
        request: what is called, and what was looked up for the rules.
        where: where the rules are written, for admins.

    Raises:
        Unauthenticated: nobody was proven and the policy asks for somebody.
        Denied: the policy refuses.
    """
    decision = policy.check(principal, request)
    if not isinstance(decision, Deny):
        return
    if principal.kind == "anonymous":
        raise Unauthenticated(
            "credential_missing",
            f"{request.action} asks for a credential, and none was presented.",
            decision.hint or "Present an API key, an ID token or a handle.",
        )
    from lookgate.core.policy.explain import explain  # noqa: PLC0415 - only a denial pays for it

    evidence = f"{explain(policy, principal, request).evidence()}, in {where}."
    raise Denied(decision.code, decision.detail, decision.hint, evidence=evidence)


class _Line(msgspec.Struct):
    """One call, from its handler to its outcome."""

    action: Action
    event: AuditEvent
    journal: Journal
    inspect: Inspect
    is_closed: bool = False

    def in_thread(self, given: msgspec.Struct, context: Context) -> bytes:
        """Run a plain function. Effect, check of the answer and audit event are one transaction if it is local.

        All of it happens in this thread, so a caller who goes away changes nothing of what is stored.
        """
        try:
            if self.action.effect == "local":
                with self.journal.store.begin() as unit:
                    encoded = self.answer(self.action.handler(given, _with(context, unit.records)))
                    unit.record(closed(self.event, None))
                return encoded
            encoded = self.answer(self.action.handler(given, context))
        except BaseException as error:  # sys.exit(), a cancelled inner loop: none may pass unaudited
            refusal = self.refusal(error)
            self.close_in_thread(refusal)
            if refusal is error:
                raise
            raise refusal from error
        self.close_in_thread(None)
        return encoded

    async def on_loop(self, given: msgspec.Struct, context: Context) -> bytes:
        """Run a coroutine function on the event loop."""
        try:
            encoded = self.answer(await self.action.handler(given, context))
        except BaseException as error:
            if isinstance(error, GeneratorExit) or (isinstance(error, asyncio.CancelledError) and _is_cancelled()):
                raise
            refusal = self.refusal(error)
            await self.close(refusal)
            if refusal is error:
                raise
            raise refusal from error
        await self.close(None)
        return encoded

    def answer(self, output: Any) -> bytes:
        """Encode the output, prove that it fits its type and that it may go out."""
        try:
            if not isinstance(output, self.action.output):
                message = f"the handler returned {type(output).__name__}, not {self.action.output.__name__}"
                raise TypeError(message)  # noqa: TRY301 - msgspec's own refusals take the same way out
            encoded = msgspec.json.encode(output)
            _decoder(self.action.output).decode(encoded)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise LookgateError(
                "output_invalid",
                f"{self.action.name} gave an answer that does not fit its declared output; it was withheld.",
                "Tell whoever wrote the action; the gateway's log has the reason.",
            ) from error
        self.inspect(encoded)
        return encoded

    def refusal(self, error: BaseException) -> LookgateError:
        """Return what the caller may know of ``error``."""
        if not isinstance(error, LookgateError):
            return LookgateError(
                "handler_failed",
                f"{self.action.name} failed unexpectedly.",
                "Give the request id to whoever runs the gateway; its log has the reason.",
            )
        try:
            self.inspect(f"{error.code} {error.detail} {error.hint}".encode())
        except LookgateError as withheld:
            return withheld
        return error

    async def close(self, error: LookgateError | None) -> None:
        """Store the outcome."""
        self.is_closed = True
        await self.journal.write(closed(self.event, error))

    def close_in_thread(self, error: LookgateError | None) -> None:
        """Store the outcome from a worker thread."""
        self.is_closed = True
        self.journal.store.record(closed(self.event, error))


def _is_cancelled() -> bool:
    """Whether this call itself is being cancelled, and not something that its handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _with(context: Context, records: Records) -> Context:
    return replace(context, records=records)


@cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
