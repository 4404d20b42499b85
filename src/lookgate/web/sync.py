"""``POST /api/sync-attributes``: a scheduler starts a run of renewals, and learns whether it has to come again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from lookgate.compose_sync import build_callers
from lookgate.core.identity import Credential
from lookgate.core.renewal import Minted
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.sync.failures import failures, sentence
from lookgate.sync.margin import lead
from lookgate.sync.sources.forwarded import forwardable
from lookgate.sync.updater import RunReport
from lookgate.verify import jwt
from lookgate.web.asgi import Receive
from lookgate.web.callers import Callers
from lookgate.web.exchange import SYNC, Exchange
from lookgate.web.page import Answer, Page

if TYPE_CHECKING:
    from lookgate.compose import Gateway
    from lookgate.compose_sync import Renewals


class SyncPage:
    """Answers the trigger.

    A token for ``sync.audience`` runs the rules that need nobody's token. One for the audience of rules that store the
    scheduler's own runs these, and nothing else.
    """

    def __init__(self, gateway: Gateway, renewals: Renewals) -> None:
        self._clock = gateway.clock
        self._every = gateway.settings.sync.every
        self._audience = gateway.settings.sync.audience
        self._renewals = renewals
        behind_iam = gateway.settings.sync.behind_iam
        # What Cloud Run took the signature of is worth nothing in Looker, so none is taken to be stored.
        forwarded = () if behind_iam else tuple(rule.audience for rule in renewals.forwarded)
        known = build_callers(gateway.settings, (self._audience, *forwarded), gateway.clock, behind_iam=behind_iam)
        # Beside a token of its own Cloud Run does not look at ``Authorization``, so anybody may have written that one.
        self._callers = Callers(known, serverless=gateway.settings.web.serverless and not behind_iam)

    def listed(self) -> list[Page]:
        """Return the route."""
        return [Page(SYNC, ("POST",), self.sync)]

    async def sync(self, exchange: Exchange, receive: Receive) -> Answer:  # noqa: ARG002 - the body says nothing
        """Run what is due; 200 only when every target is as it should be."""
        credential, audience = await self._callers.admit(exchange)
        renewals, name = self._renewals, ""
        updater = renewals.updater()
        if audience != self._audience:
            exchange.event.detail = f"the scheduler's own token, for {audience}"
            updater, name = renewals.forwarding(audience, self._forwarded(credential, audience)), audience
        report = await renewals.runs.run(updater, by="request", name=name)
        told = report.as_json()
        if not report.ok:
            exchange.report = told
            raise failed(report)
        return Answer(msgspec.json.encode(told))

    def _forwarded(self, credential: Credential, audience: str) -> Minted:
        """Return the caller's token, whose claims have been verified, as one to be stored.

        Raises:
            Conflict: too little of its life is left.
        """
        claims = jwt.read(credential.secret.reveal()).claims
        issued_at, expires_at = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
        margin = max(rule.margin for rule in self._renewals.forwarded if rule.audience == audience)
        least = lead(margin, self._every)
        return forwardable(credential.secret, issued_at, expires_at, self._clock.now(), least)


def failed(report: RunReport) -> LookgateError:
    """Return the error for a run that is no success: 503 when another try may help, else 502."""
    found = failures(report)
    hint = next((each.hint for each in found if each.hint), "See the report's results, and lookgate sync status.")
    kind = Unavailable if any(each.passes for each in found) else Refused
    return kind("sync_failed", sentence(found), hint)
