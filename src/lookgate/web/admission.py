"""From a request's headers to a principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lookgate.core.identity import Credential, Principal
from lookgate.errors import LookgateError, Unavailable
from lookgate.verify.chain import Chain
from lookgate.web import authn
from lookgate.web.exchange import Exchange
from lookgate.web.readiness import Readiness

if TYPE_CHECKING:
    from lookgate.looker.first_handles import FirstHandles


class Admission:
    """Takes the one credential, has it verified, and notes on the exchange how that went."""

    def __init__(
        self,
        chain: Chain,
        readiness: Readiness,
        *,
        serverless: bool = False,
        first_handles: FirstHandles | None = None,
    ) -> None:
        self._chain = chain
        self._first_handles = first_handles
        self._serverless = serverless
        self._readiness = readiness

    async def admit(self, exchange: Exchange) -> Principal:
        """Return who is calling; the anonymous principal when nothing was presented.

        Raises:
            BadRequest, Unauthenticated, Unavailable: the credential cannot be taken or verified.
        """
        try:
            credential = self.taken(exchange)
            if credential.scheme == "anonymous":
                return exchange.principal
            exchange.verifier = credential.scheme
            principal = await self._chain.verify(credential)
        except Unavailable:
            exchange.verification = "unavailable"
            self._readiness.directory_seen(answers=False, by=exchange.verifier)
            raise
        except LookgateError:
            exchange.verification = "refused"
            raise
        exchange.verification = "ok"
        self._readiness.directory_seen(answers=True, by=exchange.verifier)
        exchange.verifier = principal.authenticated_by
        exchange.principal = exchange.event.principal = principal
        if self._first_handles is not None and principal.authenticated_by == "claim":
            from lookgate.verify.jwt import jti_of  # noqa: PLC0415 - only where claims are set up

            jti = jti_of(credential.secret)
            self._first_handles.proven(principal, jti=jti, request_id=exchange.request_id)
        return principal

    def taken(self, exchange: Exchange) -> Credential:
        """Return the one credential that a request carries, verified or not.

        Raises:
            BadRequest, Unauthenticated: it cannot be taken.
        """
        return authn.take(exchange.headers, serverless=self._serverless)
