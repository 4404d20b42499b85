"""The known updater's routes, for schedulers that call them: ``POST /identity_token``, ``POST`` and ``DELETE /value``.

Its bodies and its answer, ``{success, message}``; its defects are in tests/contract/test_predecessor_updater.py. Who
calls is known as at the trigger. The target is found, and looked at, before anything is written, and nothing is written
where a sync rule writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from lookgate.actions.journal import Journal
from lookgate.compose_sync import build_callers
from lookgate.core.identity import Credential
from lookgate.core.ports import Json
from lookgate.core.renewal import Target
from lookgate.core.secret import Secret
from lookgate.errors import Conflict, InvalidInput, LookgateError, NotFound, Refused
from lookgate.looker.values import GONE, ValueWriter
from lookgate.net.address import same_host
from lookgate.sync.rule import Rule
from lookgate.sync.sources.forwarded import forwardable
from lookgate.verify import jwt
from lookgate.web.asgi import Receive
from lookgate.web.body import read_json
from lookgate.web.callers import Callers
from lookgate.web.exchange import IDENTITY_TOKEN, VALUE, Exchange
from lookgate.web.known_updater_order import Order, read_order, refuse_foreign, rule_of
from lookgate.web.page import Answer, Page

if TYPE_CHECKING:
    from lookgate.compose import Gateway
    from lookgate.compose_sync import Renewals

LEAST = 300
"""Seconds of life that a token must have left to be stored."""
Do = Callable[[Target], Awaitable[None]]


class KnownUpdater:
    """Answers its routes."""

    def __init__(self, gateway: Gateway, renewals: Renewals) -> None:
        settings = gateway.settings
        sync = settings.sync
        self._gateway = gateway
        self._renewals = renewals
        self._journal = Journal(gateway.store)
        self._writer = ValueWriter(renewals.client)
        ours = {rule.audience for rule in (*renewals.rules, *renewals.forwarded)} | sync.known_updater_audiences
        # A stored token that Looker may send to the gateway itself opens nothing here: any user can have it sent.
        own = (sync.audience, settings.tokens.issuer)
        self._audiences = tuple(
            sorted(each for each in ours - {"", sync.audience} if not any(same_host(each, one) for one in own))
        )
        self._values = self._callers(sync.audience)
        self._tokens = self._callers(*self._audiences)

    def listed(self) -> list[Page]:
        """Return the routes."""
        return [Page(IDENTITY_TOKEN, ("POST",), self.identity_token), Page(VALUE, ("POST", "DELETE"), self.value)]

    async def identity_token(self, exchange: Exchange, receive: Receive) -> Answer:
        """Store the caller's own token, verified, without its ``Bearer``."""
        return await self._told(exchange, self._store_token(exchange, receive))

    async def value(self, exchange: Exchange, receive: Receive) -> Answer:
        """Store a value, or take one away."""
        return await self._told(exchange, self._change_value(exchange, receive))

    async def _told(self, exchange: Exchange, work: Awaitable[str]) -> Answer:
        """Answer in the known updater's shape, failures too; these are never a success."""
        try:
            message = await work
        except LookgateError as error:
            exchange.report = {"success": False, "message": f"{error.detail} {error.hint}".strip()}
            raise
        except Exception:
            exchange.report = {"success": False, "message": "The gateway failed unexpectedly."}
            raise
        told: dict[str, Json] = {"success": True, "message": message}
        return Answer(msgspec.json.encode(told))

    async def _store_token(self, exchange: Exchange, receive: Receive) -> str:
        credential, _ = await self._tokens.admit(exchange)
        order = await self._order(exchange, receive)
        if order.value is not None:
            raise InvalidInput(
                "input_invalid", "The value is the caller's token; none is sent.", "Call POST /value.", pointer="/value"
            )
        ends = self._refuse_short(credential)
        target = await self._do(exchange, order, lambda found: self._writer.write(found, credential.secret))
        return f"Stored the caller's token in {target.attribute} for {target.label}; it ends at {ends.isoformat()}."

    async def _change_value(self, exchange: Exchange, receive: Receive) -> str:
        await self._values.admit(exchange)
        order = await self._order(exchange, receive)
        if exchange.method == "DELETE":
            target = await self._do(exchange, order, self._writer.clear)
            return f"Cleared {target.attribute} for {target.label}."
        if not order.value:
            raise InvalidInput(
                "input_invalid", "There is no value.", "Send it; DELETE takes one away.", pointer="/value"
            )
        value = Secret(order.value)
        target = await self._do(exchange, order, lambda found: self._writer.write(found, value))
        return f"Stored the value of {target.attribute} for {target.label}."

    async def _order(self, exchange: Exchange, receive: Receive) -> Order:
        settings = self._gateway.settings
        body = await read_json(exchange.headers, receive, settings.web.max_body_bytes)
        exchange.guard.refuse_in(body, "body")
        order = read_order(body)
        refuse_foreign(order, settings.instance)
        return order

    def _refuse_short(self, credential: Credential) -> datetime:
        """Return when the token ends.

        Raises:
            Conflict: too little of its life is left.
        """
        claims = jwt.read(credential.secret.reveal()).claims
        issued, ends = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
        forwardable(credential.secret, issued, ends, self._gateway.clock.now(), LEAST)
        return ends

    async def _do(self, exchange: Exchange, order: Order, do: Do) -> Target:
        """Find the target, announce what is done, and do it; once more if the ids that are kept are out of date."""
        rule = rule_of(order)
        target = await self._target(rule)
        await self._refuse_owned(rule, target)
        exchange.event.detail = f"{target.attribute} for {target.label}"
        await self._journal.write(exchange.event.copy())
        try:
            await self._once(target, do)
        except Refused as refused:
            if refused.code != GONE:
                raise
            target = await self._target(rule, fresh=True)
            try:
                await self._once(target, do)
            except Refused as again:
                # The group or user is there, and has no value of its own: what was asked for is so.
                if again.code != GONE or exchange.method != "DELETE":
                    raise
        return target

    async def _once(self, target: Target, do: Do) -> None:
        month, states = self._gateway.clock.now().strftime("%Y-%m"), self._renewals.world.states
        await asyncio.to_thread(states.spend, target.instance, month, 1)
        await do(target)

    async def _target(self, rule: Rule, *, fresh: bool = False) -> Target:
        """Return the one place that a rule names.

        Raises:
            NotFound, Conflict: it leads nowhere, or where no secret may stand.
            Unavailable: Looker does not answer.
        """
        names = frozenset({rule.name}) if fresh else frozenset[str]()
        found = await self._renewals.finder.find((rule,), fresh=names)
        for problem in found.problems:
            if problem.code.endswith("_unknown"):  # its sentence quotes what was sent
                what = problem.code.removesuffix("_unknown")
                raise NotFound(problem.code, f"Looker has no such {what}.", f"Send the {what} as Looker shows it.")
            raise Conflict(problem.code, problem.detail, problem.hint)
        return found.targets[0]

    async def _refuse_owned(self, rule: Rule, target: Target) -> None:
        """Refuse to write where the gateway itself writes.

        Raises:
            Conflict: ``sync_rule_owns`` or ``handle_attribute``.
        """
        rules = (*self._renewals.rules, *self._renewals.forwarded)
        owned = {found.key: found.rule for found in (await self._renewals.finder.find(rules)).targets}
        named = {(each.attribute, each.whom): each.name for each in rules}
        owner = owned.get(target.key) or named.get((rule.attribute, rule.whom))
        if owner:
            raise Conflict(
                "sync_rule_owns",
                f"The sync rule '{owner}' keeps {target.attribute} for {target.label} fresh.",
                "Remove the scheduler's job for it, or the rule.",
            )
        if target.attribute == self._gateway.settings.handle.attribute:
            raise Conflict(
                "handle_attribute",
                f"{target.attribute} carries the handles that this gateway issues.",
                "Name another attribute.",
            )

    def _callers(self, *audiences: str) -> Callers:
        gateway = self._gateway
        known = build_callers(gateway.settings, audiences, gateway.clock)
        return Callers(known, serverless=gateway.settings.web.serverless)
