"""A secret that stands elsewhere, such as in an environment variable that Secret Manager fills."""

from __future__ import annotations

from lookgate.core.renewal import Minted
from lookgate.core.secret import Secret


class StaticSecret:
    """``core.renewal.TokenSource``. It has no end; when the secret is another at the next start, it is written again.

    Args:
        value: the secret.
    """

    def __init__(self, value: Secret) -> None:
        self._value = value

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - a static secret knows no audience
        return Minted(self._value, None)
