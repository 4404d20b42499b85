"""Handles: a random secret in a hidden user attribute, which Looker's server substitutes for the user who calls."""

from __future__ import annotations

import base64
import re

from lookgate.core.identity import Credential, Principal
from lookgate.core.ports import Clock, Directory, HandleRecord, Handles, RandomBytes
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated
from lookgate.verify.handle_uses import HandleUses

PREFIX = "lgh_"
_FORM = re.compile(r"lgh_[A-Za-z0-9_-]{43}")
_ISSUE = "Ask an admin to issue a new one: lookgate handles issue."


def new_handle(random: RandomBytes) -> Secret:
    """Return a new handle: ``lgh_`` and 256 random bits in base64url."""
    return Secret(PREFIX + base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode())


class HandleVerifier:
    """Finds the handle's owner by its SHA-256, then asks the directory who that is now."""

    name = "handle"

    def __init__(
        self, handles: Handles, directory: Directory, issuer: str, clock: Clock, uses: HandleUses | None = None
    ) -> None:
        self._handles = handles
        self._uses = uses
        self._directory = directory
        self._issuer = issuer
        self._clock = clock

    async def verify(self, credential: Credential) -> Principal | None:
        if credential.scheme != "handle":
            return None
        if not _FORM.fullmatch(credential.secret.reveal()):
            raise Unauthenticated(
                "handle_malformed",
                f"What stands in '{credential.location}' is not a handle.",
                "Send only the attribute's secret tag, made with createSecretKeyTag, in this header.",
            )
        # Not in a worker thread: one indexed read takes about 6 microseconds, the hand-over to a thread about 50.
        digest = sha256_hex(credential.secret)
        record = self._live(digest)
        user = None if record is None else await self._directory.user(record.user_id)
        # Looked up again, because the directory may have taken seconds: a handle that was revoked ends at once.
        if record is None or self._live(digest) is None:
            raise Unauthenticated("unknown_handle", "This handle is not known here, or was replaced.", _ISSUE)
        if user is None:
            raise Unauthenticated("user_missing", f"Looker has no user {record.user_id} any more.", _ISSUE)
        if not user.enabled:
            raise Unauthenticated(
                "user_disabled",
                f"The Looker user {record.user_id} is disabled.",
                "Ask a Looker admin to enable the user.",
            )
        if self._uses is not None:
            self._uses.note(digest)
        return user.principal(self._issuer, self.name)

    def _live(self, digest: str) -> HandleRecord | None:
        record = self._handles.find(digest)
        return record if record is not None and record.is_live(self._clock.now()) else None
