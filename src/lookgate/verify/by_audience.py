"""Tokens of one provider of which each opens what its audience names, and nothing else."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from lookgate.core.identity import Credential, Principal
from lookgate.core.ports import Clock
from lookgate.errors import Unauthenticated
from lookgate.verify.oidc import OidcVerifier, Provider


class ByAudience:
    """Says who presents a token, and for which of several audiences it was made.

    Args:
        provider: whose tokens; its own audiences are not looked at.
        audiences: each compared exactly; the first is named to who presents a token for another.
        clock: time.
        behind_iam: as of ``OidcVerifier``.
    """

    def __init__(
        self, provider: Provider, audiences: Collection[str], clock: Clock, *, behind_iam: bool = False
    ) -> None:
        every = frozenset(audiences)
        self.name = provider.name
        self._verifiers = {
            audience: OidcVerifier(
                replace(provider, audiences=frozenset({audience})), clock, elsewhere=every, behind_iam=behind_iam
            )
            for audience in audiences
        }

    async def verify(self, credential: Credential) -> tuple[Principal, str]:
        """Return who presents the token, and its audience.

        Raises:
            Unauthenticated: nothing was presented, or something that proves nothing here.
            Unavailable: the keys cannot be looked at.
        """
        if credential.scheme == "anonymous":
            raise Unauthenticated(
                "credential_missing",
                "There is no token.",
                "Send the ID token of a listed service account in Authorization: Bearer.",
            )
        for audience, verifier in self._verifiers.items():
            principal = await verifier.verify(credential)
            if principal is not None:
                return principal, audience
        raise Unauthenticated(
            "unknown_credential",
            f"What stands in the header '{credential.location}' is no token that this route takes.",
            "Send the ID token of a listed service account in Authorization: Bearer; nothing else opens this route.",
        )
