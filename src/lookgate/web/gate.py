"""Who calls an app of one's own: the gateway's straight line around a handler that is not an action.

A gate takes the one credential, has it verified, asks the policy, searches what came in for secrets, and stores one
outcome for each request. What goes in and out by which protocol is the business of ``middleware`` and ``functions``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lookgate.actions.base import rules_of
from lookgate.actions.journal import Journal
from lookgate.actions.run import closed, decide
from lookgate.compose import Gateway, embed
from lookgate.core.facts import NO_FACTS, Need
from lookgate.core.identity import Assurance
from lookgate.core.policy import Policy, Request, at_least
from lookgate.errors import BadRequest, Denied, LookgateError, RegistryError, Unauthenticated
from lookgate.settings.model import Settings
from lookgate.web.admission import Admission
from lookgate.web.asgi import RawHeaders, Scope
from lookgate.web.authn import CREDENTIALS, presented
from lookgate.web.entrance import opened, refusal_of, refuse_large_headers
from lookgate.web.exchange import Exchange
from lookgate.web.readiness import Readiness

Source = Gateway | Settings | Path | str
"""A gateway that somebody else closes, or what to build one from: the settings, or where lookgate.toml is."""

KNOWN: Sequence[Policy] = (at_least(Assurance.SHARED_SECRET),)
"""The policy where none is given: somebody was proven. ``[public()]`` lets everybody in, and must be written out."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
LONG = 32_768
"""A body beyond this many bytes is searched in a thread, so that the others need not wait."""
_BAD, _FAILED = 400, 500
_REFUSALS = {401: Unauthenticated, 403: Denied}


class Refusal(NamedTuple):
    """An answer to what was refused or failed."""

    status: int
    headers: RawHeaders
    body: bytes


class Gate:
    """One app's gate.

    Args:
        source: a gateway, or what to build one from.
        policy: who may come in at all; every rule must allow.
        asks: further rules that the app asks later; named here if they ask Looker for roles' permissions or for user
            attributes, so that these are looked up.

    Raises:
        RegistryError: the policy is no list of rules, or asks what the gateway does not look up.
        SettingsError, LookgateError: the gateway cannot be built.
    """

    def __init__(self, source: Source, policy: Sequence[Policy], asks: Sequence[Policy] = ()) -> None:
        self._rules = rules_of(policy, "The gate of this app")
        needs = self._rules.needs().union(*(rule.needs() for rule in asks))
        self.is_owner = not isinstance(source, Gateway)
        """Whether the gateway is closed with this gate."""
        self.gateway = source if isinstance(source, Gateway) else embed(source, needs)
        self._refuse_unknown(needs)
        gateway = self.gateway
        readiness = Readiness(gateway.store, gateway.directory, gateway.clock)
        serverless, first_handles = gateway.settings.web.serverless, gateway.first_handles
        self._admission = Admission(gateway.chain, readiness, serverless=serverless, first_handles=first_handles)
        self._journal = Journal(gateway.store)

    @property
    def max_body_bytes(self) -> int:
        """How long a request's body may be."""
        return self.gateway.settings.web.max_body_bytes

    def open(self, scope: Scope) -> Exchange:
        """Begin with a request; nothing of it is believed yet."""
        exchange = opened(scope, self.gateway.clock, self.gateway.random)
        exchange.is_audited = True
        name_route(exchange, "")
        return exchange

    async def admit(self, exchange: Exchange, scope: Scope) -> None:
        """Let a request in, of which the body was not read yet; ``exchange.principal`` is who calls.

        Raises:
            BadRequest, Unauthenticated, Denied, Unavailable: it is not let in.
        """
        refuse_large_headers(scope["headers"])
        url = scope.get("raw_path") or scope["path"].encode()
        exchange.guard.refuse_in(url + b"?" + scope["query_string"], "url")
        others = b"\0".join(
            value for name, value in scope["headers"] if name.decode("latin-1").lower() not in CREDENTIALS
        )
        if exchange.guard.found_in(others):
            raise BadRequest(
                "secret_in_header",
                "Another header repeats the credential.",
                "Send it in one credential header only; a {{secret tag}} is replaced wherever it stands.",
            )
        await self._admission.admit(exchange)
        await self.ask(exchange, self._rules, "the gate of the app")

    async def ask(self, exchange: Exchange, rules: Policy, where: str) -> None:
        """Ask further rules of the caller.

        Raises:
            Unauthenticated, Denied: they refuse.
            Unavailable: Looker does not say what they ask.
            RegistryError: they ask what the gateway does not look up.
        """
        facts, needs, directory = NO_FACTS, rules.needs(), self.gateway.directory
        self._refuse_unknown(needs)
        if needs and directory is not None:
            facts = await directory.facts(exchange.principal, needs)
        event = exchange.event
        decide(rules, exchange.principal, Request("this app", event.request_id, event.origin, facts), where)

    async def search(self, exchange: Exchange, body: bytes) -> None:
        """Search a request's body, and announce what may have an effect before it begins.

        Raises:
            BadRequest: it carries a secret.
            Unavailable: the announcement cannot be stored.
        """
        if len(body) > LONG:
            await asyncio.to_thread(exchange.guard.refuse_in, body, "body")
        else:
            exchange.guard.refuse_in(body, "body")
        if exchange.method not in _SAFE:
            await self._journal.write(exchange.event.copy())

    async def close(self, exchange: Exchange, status: int) -> None:
        """Store how a request ended that the app answered with ``status``: no failure is written down as a success.

        Raises:
            Unavailable: it cannot be stored, so the answer must not go out.
        """
        if exchange.is_closed:
            return
        error: LookgateError | None = None
        if status >= _BAD:
            kind = _REFUSALS.get(status, LookgateError)
            error = kind(f"app_answered_{status}", f"The app itself answered with {status}.")
        exchange.is_closed = True
        await self._journal.write(closed(exchange.event, error))

    async def refuse(self, exchange: Exchange, error: BaseException) -> Refusal:
        """Store how a request ended that was refused or failed, and return the answer to it."""
        if not isinstance(error, LookgateError):
            error = LookgateError(
                "app_failed", "The app failed unexpectedly.", "Give the request id to whoever runs the app."
            )
        status, headers, body, _ = await refusal_of(exchange, error, self._journal)
        exchange.is_closed = True
        more = ((b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store"))
        return Refusal(status, [*headers, *more, (b"x-request-id", exchange.request_id.encode())], body)

    def _refuse_unknown(self, needs: frozenset[Need]) -> None:
        if unknown := needs - self.gateway.needs:
            words = ", ".join(sorted(need.name or need.kind for need in unknown))
            raise RegistryError(
                "rule_not_announced",
                f"A rule asks Looker for what this gateway does not look up: {words}.",
                "Name the rule in the gate's 'asks', or give the gateway these needs.",
            )


def is_guarded(exchange: Exchange) -> bool:
    """Whether the request carries anything that must not be seen again."""
    return bool(presented(exchange.headers))


def without_credentials(headers: Iterable[tuple[bytes, bytes]], *, is_guarded: bool) -> RawHeaders:
    """Return the headers that the app may see: what proved the caller is not for it.

    An answer that must be searched must not be compressed, so the app is not told that the caller could read it.
    """
    dropped = (*CREDENTIALS, "accept-encoding") if is_guarded else CREDENTIALS
    return [pair for pair in headers if pair[0].decode("latin-1").lower() not in dropped]


def name_route(exchange: Exchange, template: str) -> None:
    """Name the request for the audit log: by method and route template, never by its path, which callers write."""
    method = exchange.method if exchange.method.isalpha() and exchange.method.isascii() else "?"
    exchange.route = template
    exchange.event.action = f"{method[:16]} {template or '(route unknown)'}"
