from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway_site import ANALYST, LOOKER, NOW, Clock, Said, Sequential, Text
from lookgate.actions import Action, Context, Output, action
from lookgate.actions.journal import Journal
from lookgate.actions.run import run
from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS, Principal
from lookgate.core.policy import AllOf, in_group, public
from lookgate.errors import Conflict, Denied, InvalidInput, LookgateError, Reflected, Unauthenticated, Unavailable
from lookgate.store.sqlite import SqliteStore


def event() -> AuditEvent:
    return AuditEvent(at=NOW, request_id="r1")


def start(
    act: Action,
    store: SqliteStore,
    *,
    body: bytes = b"{}",
    principal: Principal = ANALYST,
    inspect: Callable[[bytes], None] = lambda _: None,
) -> Any:
    return run(
        act,
        body,
        principal=principal,
        event=event(),
        journal=Journal(store),
        clock=Clock(),
        random=Sequential(),
        inspect=inspect,
    )


def stored(store: SqliteStore) -> list[tuple[str, str]]:
    return [(each.event.outcome, each.event.rule) for each in store.tail(limit=10)]


@pytest.fixture
def store() -> SqliteStore:
    return SqliteStore(None)


def says(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
    return Said(input.text)


async def says_later(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    return Said(input.text)


def breaks(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    raise ValueError("the database password is hunter2")


async def breaks_later(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
    raise ValueError("the database password is hunter2")


def writes(input: Text, context: Context) -> Said:  # noqa: A002
    context.records.append("notes", "k", {"text": input.text}, actor=context.principal, at=context.now)
    if input.text == "conflict":
        raise Conflict("closed", "The budget is closed.")
    if input.text == "exit":
        raise SystemExit(3)
    return Said(input.text) if input.text != "wrong" else Output()  # type: ignore[return-value]


BOTH = pytest.mark.parametrize("handler", [says, says_later])


@BOTH
def test_an_allowed_call_answers_and_is_audited_with_its_caller(store: SqliteStore, handler: Any) -> None:
    answer = asyncio.run(start(action(policy=[public()])(handler), store, body=b'{"text": "hi"}'))
    assert answer == b'{"text":"hi"}'
    (only,) = store.tail(limit=10)
    assert (only.event.action, only.event.outcome, only.event.rule) == (handler.__name__, "allowed", "")
    assert (only.event.principal.subject, only.event.principal.issuer) == ("7", LOOKER)


def test_a_plain_handler_leaves_the_event_loop_free_and_a_coroutine_runs_on_it(store: SqliteStore) -> None:
    seen: list[int] = []

    def plain(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        seen.append(threading.get_ident())
        return Said("")

    async def coroutine(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        seen.append(threading.get_ident())
        return Said("")

    for handler in (plain, coroutine):
        asyncio.run(start(action(policy=[public()])(handler), store))
    assert seen[0] != threading.get_ident() == seen[1]


class Odd(BaseException):
    """Of no kind that programs usually catch."""


@pytest.mark.parametrize("kind", [Odd, asyncio.CancelledError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("effect", ["none", "local", "async"])
def test_whatever_a_handler_raises_the_call_fails_and_is_audited(
    store: SqliteStore, kind: type[BaseException], effect: str
) -> None:
    def plain(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        if effect == "local":
            context.records.append("notes", "k", {}, actor=context.principal, at=context.now)
        raise kind

    async def coroutine(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        raise kind

    act = action(policy=[public()])(coroutine) if effect == "async" else _plain(plain, effect)
    with pytest.raises(LookgateError) as failed:
        asyncio.run(start(act, store))
    assert failed.value.code == "handler_failed"
    assert stored(store) == [("failed", "handler_failed")]
    assert not store.records.list("notes")


def _plain(handler: Any, effect: str) -> Action:
    return action(policy=[public()], effect="local" if effect == "local" else "none")(handler)


@BOTH
def test_a_denied_caller_never_reaches_the_handler_nor_learns_the_inputs_fields(
    store: SqliteStore, handler: Any
) -> None:
    act = action(policy=[in_group("Finance")])(handler)
    with pytest.raises(Denied) as caught:
        asyncio.run(start(act, store, body=b'{"unknown": 1}'))
    assert caught.value.code == "not_in_group"
    assert stored(store) == [("denied", "not_in_group")]


def test_an_anonymous_caller_whom_the_policy_refuses_is_told_to_present_a_credential(store: SqliteStore) -> None:
    with pytest.raises(Unauthenticated) as caught:
        asyncio.run(start(action(policy=[in_group("Finance")])(says), store, principal=ANONYMOUS))
    assert caught.value.code == "credential_missing"
    assert stored(store) == [("denied", "credential_missing")]


def test_an_action_that_lost_its_policy_denies_everyone(store: SqliteStore) -> None:
    act = replace(action(policy=[public()])(says), policy=AllOf(()))
    with pytest.raises(Denied):
        asyncio.run(start(act, store))
    assert stored(store) == [("denied", "no_policy")]


def test_an_input_that_does_not_fit_is_audited_without_its_words(store: SqliteStore) -> None:
    with pytest.raises(InvalidInput):
        asyncio.run(start(action(policy=[public()])(says), store, body=b'{"private words": 1}'))
    (only,) = store.tail(limit=10)
    assert (only.event.outcome, only.event.rule) == ("failed", "input_invalid")
    assert "private" not in only.event.detail


def test_a_local_effect_and_its_audit_event_are_stored_together(store: SqliteStore) -> None:
    asyncio.run(start(action(policy=[public()], effect="local")(writes), store, body=b'{"text": "kept"}'))
    assert [row.body for row in store.records.list("notes")] == [{"text": "kept"}]
    assert stored(store) == [("allowed", "")]


@pytest.mark.parametrize(
    ("text", "rule"), [("conflict", "closed"), ("wrong", "output_invalid"), ("exit", "handler_failed")]
)
def test_a_local_effect_that_fails_leaves_nothing_but_its_audit(store: SqliteStore, text: str, rule: str) -> None:
    with pytest.raises(LookgateError) as caught:
        asyncio.run(
            start(action(policy=[public()], effect="local")(writes), store, body=f'{{"text": "{text}"}}'.encode())
        )
    assert caught.value.code == rule
    assert store.records.list("notes") == []
    assert stored(store) == [("failed", rule)]


def test_a_local_effect_whose_answer_may_not_go_out_is_rolled_back(store: SqliteStore) -> None:
    def withhold(encoded: bytes) -> None:
        if encoded == b'{"text":"echo"}':
            raise Reflected("secret_reflected", "Withheld.")

    with pytest.raises(Reflected):
        asyncio.run(
            start(action(policy=[public()], effect="local")(writes), store, body=b'{"text": "echo"}', inspect=withhold)
        )
    assert store.records.list("notes") == []
    assert stored(store) == [("failed", "secret_reflected")]


@pytest.mark.parametrize("effect", ["none", "remote"])
def test_records_are_read_only_without_a_local_effect(store: SqliteStore, effect: Any) -> None:
    with pytest.raises(LookgateError) as caught:
        asyncio.run(start(action(policy=[public()], effect=effect)(writes), store))
    assert caught.value.code == "handler_failed"
    assert store.records.list("notes") == []


@pytest.mark.parametrize("handler", [breaks, breaks_later])
def test_an_unexpected_exception_is_told_to_nobody_but_the_log(store: SqliteStore, handler: Any) -> None:
    with pytest.raises(LookgateError) as caught:
        asyncio.run(start(action(policy=[public()])(handler), store))
    error = caught.value
    assert (error.code, error.status) == ("handler_failed", 500)
    assert "hunter2" not in f"{error.detail} {error.hint}"
    assert isinstance(error.__cause__, ValueError)
    (only,) = store.tail(limit=10)
    assert (only.event.outcome, only.event.rule) == ("failed", "handler_failed")
    assert "hunter2" not in only.event.detail


@BOTH
def test_the_intent_of_a_remote_effect_is_stored_before_it_runs_and_its_outcome_after(
    store: SqliteStore, handler: Any
) -> None:
    asyncio.run(start(action(policy=[public()], effect="remote")(handler), store))
    assert stored(store) == [("pending", ""), ("allowed", "")]
    assert {each.event.request_id for each in store.tail(limit=10)} == {"r1"}


@pytest.mark.parametrize("handler", [breaks, breaks_later])
def test_a_remote_effect_that_raises_is_stored_as_failed(store: SqliteStore, handler: Any) -> None:
    with pytest.raises(LookgateError):
        asyncio.run(start(action(policy=[public()], effect="remote")(handler), store))
    assert stored(store) == [("pending", ""), ("failed", "handler_failed")]


def test_a_remote_effect_that_is_cancelled_still_gets_its_outcome(store: SqliteStore) -> None:
    async def story() -> None:
        begun = asyncio.Event()

        async def waits(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
            begun.set()
            await asyncio.Event().wait()
            return Said("")

        task = asyncio.create_task(start(action(policy=[public()], effect="remote")(waits), store))
        await begun.wait()
        assert stored(store) == [("pending", "")]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert stored(store) == [("pending", ""), ("failed", "cancelled")]


def test_a_plain_remote_effect_whose_caller_goes_away_is_stored_as_it_really_ended() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    class Watched(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:
            stored = super().record(*events, wait=wait)
            if any(event.outcome == "allowed" for event in events):
                ended.set()
            return stored

    def waits(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        begun.set()
        go_on.wait(10)
        return Said("done")

    store = Watched(None)

    async def story() -> None:
        task = asyncio.create_task(start(action(policy=[public()], effect="remote")(waits), store))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    go_on.set()
    assert ended.wait(10)
    assert stored(store) == [("pending", ""), ("allowed", "")]


def test_a_remote_effect_that_is_cancelled_before_it_began_gets_its_outcome_and_never_begins() -> None:
    go_on, intended = threading.Event(), threading.Event()
    ran: list[str] = []

    class Watched(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:
            stored = super().record(*events, wait=wait)
            if stored:
                intended.set()
            return stored

    store = Watched(None)

    def slow(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        go_on.wait(10)
        return Said("")

    def never(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        ran.append("ran")
        return Said("")

    async def story() -> None:
        waiting = [asyncio.create_task(start(action(policy=[public()])(slow), store)) for _ in range(100)]
        task = asyncio.create_task(start(action(policy=[public()], effect="remote")(never), store))
        await asyncio.to_thread(intended.wait, 10)
        for _ in range(10):  # until it waits for a thread
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stored(store) == [("pending", ""), ("failed", "cancelled")]
        go_on.set()
        await asyncio.gather(*waiting)

    asyncio.run(story())
    assert ran == []


@BOTH
def test_a_call_that_is_cancelled_while_its_intent_is_stored_gets_its_outcome(handler: Any) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:
            if events[0].outcome == "pending" and wait:
                begun.set()
                go_on.wait(10)
            return super().record(*events, wait=wait)

    store = Slow(None)

    async def story() -> None:
        task = asyncio.create_task(start(action(policy=[public()], effect="remote")(handler), store))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert stored(store) == [("pending", ""), ("failed", "cancelled")]


@BOTH
def test_a_call_that_is_cancelled_while_its_outcome_is_stored_has_that_one_outcome(handler: Any) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    class Slow(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:
            if not wait:
                return False
            begun.set()
            go_on.wait(10)
            super().record(*events)
            ended.set()
            return True

    store = Slow(None)

    async def story() -> None:
        task = asyncio.create_task(start(action(policy=[public()])(handler), store))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert ended.wait(10)
    assert stored(store) == [("allowed", "")]


def test_slow_handlers_do_not_hold_up_the_refusal_of_others(store: SqliteStore) -> None:
    go_on = threading.Event()

    def slow(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        go_on.wait(10)
        return Said("")

    async def story() -> None:
        act = action(policy=[public()])(slow)
        waiting = [asyncio.create_task(start(act, store)) for _ in range(100)]
        await asyncio.sleep(0)
        with pytest.raises(Denied):
            await start(action(policy=[in_group("Finance")])(says), store)
        assert stored(store) == [("denied", "not_in_group")]
        go_on.set()
        await asyncio.gather(*waiting)

    asyncio.run(story())


@pytest.mark.parametrize("effect", ["none", "local"])
def test_an_output_of_another_type_is_withheld(store: SqliteStore, effect: Any) -> None:
    def wrong(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        return Said(12)  # type: ignore[arg-type]

    with pytest.raises(LookgateError) as caught:
        asyncio.run(start(action(policy=[public()], effect=effect)(wrong), store))
    assert (caught.value.code, caught.value.status) == ("output_invalid", 500)
    assert "12" not in caught.value.detail
    assert stored(store) == [("failed", "output_invalid")]


def test_a_refusal_by_the_handler_that_carries_a_secret_is_withheld_and_not_stored(store: SqliteStore) -> None:
    def tells(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        raise Conflict("taken", "s3cr3t is taken.")

    def inspect(data: bytes) -> None:
        if b"s3cr3t" in data:
            raise Reflected("secret_reflected", "Withheld.")

    with pytest.raises(Reflected):
        asyncio.run(start(action(policy=[public()])(tells), store, inspect=inspect))
    assert stored(store) == [("failed", "secret_reflected")]
    assert "s3cr3t" not in store.tail(limit=1)[0].event.detail


def test_a_handler_may_deny_and_is_audited_as_a_denial(store: SqliteStore) -> None:
    def denies(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        raise Denied("not_yours", "This note is somebody else's.")

    with pytest.raises(Denied):
        asyncio.run(start(action(policy=[public()])(denies), store))
    assert stored(store) == [("denied", "not_yours")]


@BOTH
def test_a_call_that_cannot_be_audited_is_not_answered(tmp_path: Path, handler: Any) -> None:
    class Full(SqliteStore):
        def record(self, *events: AuditEvent, wait: bool = True) -> bool:  # noqa: ARG002 - the port's signature
            raise Unavailable("store_full", "The disk is full.")

    with pytest.raises(Unavailable):
        asyncio.run(start(action(policy=[public()])(handler), Full(tmp_path / "s.sqlite3")))


def test_a_handler_knows_who_calls_when_and_as_what(store: SqliteStore) -> None:
    seen: list[Context] = []

    def looks(input: Text, context: Context) -> Said:  # noqa: A002, ARG001
        seen.append(context)
        return Said(context.random(2).hex())

    asyncio.run(start(action(policy=[public()])(looks), store))
    (context,) = seen
    assert (context.principal, context.request_id, context.now, context.action) == (ANALYST, "r1", NOW, "looks")
