"""The gateway as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lookgate.actions.journal import Journal
from lookgate.actions.run import ask, run
from lookgate.core.facts import NO_FACTS
from lookgate.core.ports import NO_STORED_TOKENS, StoredTokenReader
from lookgate.errors import NotFound
from lookgate.web.admission import Admission
from lookgate.web.asgi import Receive
from lookgate.web.body import read_json
from lookgate.web.entrance import Entrance
from lookgate.web.exchange import ACTIONS, Exchange
from lookgate.web.log import Log
from lookgate.web.metrics import Metrics
from lookgate.web.page import Answer, Page
from lookgate.web.pages import Pages
from lookgate.web.readiness import Readiness

if TYPE_CHECKING:
    from lookgate.compose import Gateway
    from lookgate.compose_sync import Renewals


_LONG = 32_768
"""A body beyond this many bytes is searched in a thread, so that the others need not wait."""


def build_app(gateway: Gateway, log: Log | None = None, renewals: Renewals | None = None) -> Entrance:
    """Return the ASGI application of ``gateway``.

    Args:
        gateway: the adapters, built by ``compose``.
        log: where request lines go; standard error by default.
        renewals: what a scheduler may start, built by ``compose_sync``; without it there is no such route.
    """
    readiness = Readiness(gateway.store, gateway.directory, gateway.clock)
    serverless, first_handles = gateway.settings.web.serverless, gateway.first_handles
    admission = Admission(gateway.chain, readiness, serverless=serverless, first_handles=first_handles)
    metrics = Metrics()
    pages = Pages(gateway, admission, metrics, readiness, renewals)
    journal = Journal(gateway.store)
    calls = _Calls(gateway, admission, journal, renewals or NO_STORED_TOKENS)
    writer = log or Log()

    def report(exchange: Exchange, cause: BaseException | None) -> None:
        seconds = gateway.clock.monotonic() - exchange.started
        metrics.count(exchange, seconds)
        writer.write(exchange, seconds, cause)

    others = pages.listed()
    if gateway.tokens is not None:
        from lookgate.web.tokens import TokenPages  # noqa: PLC0415 - only what is set up is imported

        others += TokenPages(gateway, gateway.tokens, admission).listed()
    if renewals is not None:
        from lookgate.web.run_log import RunLog  # noqa: PLC0415 - only what is set up is imported

        renewals.runs.tell.append(RunLog(writer).write)
        if gateway.settings.sync.audience:
            from lookgate.web.sync import SyncPage  # noqa: PLC0415 - only what is set up is imported

            others += SyncPage(gateway, renewals).listed()
        if gateway.settings.sync.known_updater_routes:
            from lookgate.web.known_updater import KnownUpdater  # noqa: PLC0415 - only what is set up is imported

            others += KnownUpdater(gateway, renewals).listed()
    return Entrance(
        Routes(Page(f"{ACTIONS}{{name}}", ("POST",), calls.answer), others),
        origins=gateway.settings.web.origins,
        journal=journal,
        clock=gateway.clock,
        random=gateway.random,
        report=report,
    )


class _Calls:
    """``POST /actions/{name}``."""

    def __init__(self, gateway: Gateway, admission: Admission, journal: Journal, tokens: StoredTokenReader) -> None:
        self._gateway = gateway
        self._admission = admission
        self._journal = journal
        self._tokens = tokens

    async def answer(self, exchange: Exchange, receive: Receive) -> Answer:
        gateway = self._gateway
        action = gateway.actions.get(exchange.path.removeprefix(ACTIONS))
        if action is not None:
            exchange.action = exchange.event.action = action.name
        principal = await self._admission.admit(exchange)
        if action is None:
            exchange.is_audited = False  # names that strangers make up are not worth a row each
            raise NotFound("unknown_action", "There is no such action here.", "See /docs for the ones there are.")
        facts = NO_FACTS
        if action.needs and gateway.directory is not None:
            facts = await gateway.directory.facts(principal, action.needs)
        ask(
            action, principal, exchange.event, facts
        )  # so that a stranger cannot make the gateway read and search a body
        body = await read_json(exchange.headers, receive, gateway.settings.web.max_body_bytes)
        if len(body) > _LONG:
            await asyncio.to_thread(exchange.guard.refuse_in, body, "body")
        else:
            exchange.guard.refuse_in(body, "body")
        exchange.is_closed = True  # from here on, run() stores the outcome
        exchange.inspected = await run(
            action,
            body,
            principal=principal,
            event=exchange.event,
            journal=self._journal,
            clock=gateway.clock,
            random=gateway.random,
            facts=facts,
            tokens=self._tokens,
            inspect=exchange.guard.refuse_out,
        )
        return Answer(exchange.inspected)


class Routes:
    """Finds the page of a path: actions by what it begins with, the few others exactly."""

    def __init__(self, calls: Page, others: Iterable[Page]) -> None:
        self._calls = calls
        self._others = {page.path: page for page in others}
        self.pages = (calls, *self._others.values())

    async def __call__(self, exchange: Exchange, receive: Receive) -> Answer:
        start, name, rest = exchange.path.partition(ACTIONS)
        page = self._calls if name and not start and rest and "/" not in rest else self._others.get(exchange.path)
        if page is None:
            exchange.is_audited = False
            raise NotFound("unknown_path", "There is no such page here.", "See /docs for the ones there are.")
        return await page(exchange, receive)
