"""Asking the verifiers in turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from lookgate.core.identity import ANONYMOUS, Credential, Principal
from lookgate.errors import Unauthenticated


class Verifier(Protocol):
    """Knows one kind of credential."""

    @property
    def name(self) -> str:
        """What ``Principal.authenticated_by`` says: ``api_key``, ``handle``, a provider's name."""
        ...

    async def verify(self, credential: Credential) -> Principal | None:
        """Return who presents the credential, or None when it is not of this verifier's kind.

        Raises:
            Unauthenticated: it is of this kind and proves nothing.
            Unavailable: what is needed to decide does not answer.
        """
        ...


class Chain:
    """Asks each verifier in order. "Not mine" goes on; a principal or a refusal ends the walk."""

    def __init__(self, verifiers: Iterable[Verifier]) -> None:
        self.verifiers = tuple(verifiers)

    async def verify(self, credential: Credential) -> Principal:
        """Return who is calling; ``ANONYMOUS`` when nothing was presented.

        Raises:
            Unauthenticated: refused by the verifier it belongs to, or nobody's (``unknown_credential``).
            Unavailable: the verifier it belongs to cannot decide now.
        """
        if credential.scheme == "anonymous":
            return ANONYMOUS
        for verifier in self.verifiers:
            principal = await verifier.verify(credential)
            if principal is not None:
                return principal
        known = ", ".join(verifier.name for verifier in self.verifiers) or "nothing"
        raise Unauthenticated(
            "unknown_credential",
            f"No verifier recognises the credential in the header '{credential.location}'.",
            f"This gateway verifies: {known}. Present one of these, or set up another in lookgate.toml.",
        )
