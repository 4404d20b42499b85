"""API keys: a secret that many may know, so it proves no person. Kept as SHA-256; several may share a name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lookgate.core.identity import Assurance, Credential, Principal
from lookgate.core.ports import Clock, RandomBytes
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated

PREFIX = "lgk_"
_FORM = re.compile(r"lgk_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that is accepted."""

    name: str
    sha256: str
    """Lower-case hex."""
    scopes: frozenset[str] = frozenset()
    expires: datetime | None = None
    """Aware; the key is refused from this moment on."""

    def principal(self) -> Principal:
        """Return who calls with this key: whoever knows it, so a service, and no person."""
        return Principal(
            issuer="lookgate",
            subject=self.name,
            kind="service",
            assurance=Assurance.SHARED_SECRET,
            authenticated_by=ApiKeyVerifier.name,
            name=self.name,
            scopes=self.scopes,
            expires_at=self.expires,
        )


def new_key(random: RandomBytes) -> Secret:
    """Return a new key: ``lgk_`` and 256 random bits in base64url."""
    return Secret(PREFIX + base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode())


class ApiKeyVerifier:
    """Looks the key's SHA-256 up. What is compared is a digest, so timing tells nothing about a key."""

    name = "api_key"

    def __init__(self, keys: Iterable[KnownKey], clock: Clock) -> None:
        self._keys = {key.sha256: key for key in keys}
        self._clock = clock

    async def verify(self, credential: Credential) -> Principal | None:
        if credential.scheme != "api_key":
            return None
        if not _FORM.fullmatch(credential.secret.reveal()):
            raise Unauthenticated(
                "api_key_malformed",
                f"What stands in '{credential.location}' is not a Lookgate API key.",
                f"Send the whole key, {PREFIX} and 43 characters, with nothing around it.",
            )
        key = self._keys.get(sha256_hex(credential.secret))
        if key is None:
            raise Unauthenticated(
                "unknown_api_key", "This API key is not known here.", "Use a key whose sha256 stands in lookgate.toml."
            )
        if key.expires is not None and self._clock.now() >= key.expires:
            raise Unauthenticated(
                "api_key_expired",
                f"The API key '{key.name}' ended at {key.expires.isoformat()}.",
                "Make a new one with `lookgate api-keys new` under the same name; both are accepted meanwhile.",
            )
        return key.principal()
