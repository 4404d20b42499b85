"""Who calls the routes of schedulers: known by their own verifier, and by no other."""

from __future__ import annotations

from lookgate.core.identity import Credential
from lookgate.errors import LookgateError, Unavailable
from lookgate.verify.by_audience import ByAudience
from lookgate.web import authn
from lookgate.web.exchange import Exchange


class Callers:
    """Takes the one credential, has it verified, and notes on the exchange how that went."""

    def __init__(self, known: ByAudience, *, serverless: bool) -> None:
        self._known = known
        self._serverless = serverless

    async def admit(self, exchange: Exchange) -> tuple[Credential, str]:
        """Return the token, verified, and its audience.

        Raises:
            BadRequest, Unauthenticated, Unavailable: the caller is not known.
        """
        try:
            credential = authn.take(exchange.headers, serverless=self._serverless)
            exchange.verifier = "" if credential.scheme == "anonymous" else credential.scheme
            principal, audience = await self._known.verify(credential)
        except Unavailable:
            exchange.verification = "unavailable"
            raise
        except LookgateError:
            exchange.verification = "refused"
            raise
        exchange.verification = "ok"
        exchange.verifier = principal.authenticated_by
        exchange.principal = exchange.event.principal = principal
        return credential, audience
