"""Looker API tokens: opaque, so only the instance that gave one out can say whose it is.

A token that somebody got by ``login_user`` (sudo) is the user's token in every respect: it cannot be told apart.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from math import inf

from lookgate.core.identity import Credential, Principal
from lookgate.core.ports import Clock, Directory, TokenOwners
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import Unauthenticated, Unavailable

LONGEST_MEMORY = 60.0
"""Seconds for which it is remembered whose token it is: as long may one that was logged out live on."""
REFUSED_MEMORY = 5.0
"""Seconds for which it is remembered that Looker did not know a token."""
MOST_REFUSALS = 60
"""Tokens a minute that Looker may be asked about in vain; then strangers must wait, and its API quota is spared."""
_MINUTE = 60.0
_KNOWN, _UNKNOWN = 1024, 64
_FORM = re.compile(r"(?!lg[hk]_)[A-Za-z0-9_-]{20,255}")
"""Nothing else is ever shown to Looker: tokens of others mostly hold a dot, and ours have a prefix."""


class LookerTokenVerifier:
    """Asks the instance with the token itself, then the directory who that user is now."""

    name = "looker_token"

    def __init__(self, owners: TokenOwners, directory: Directory, issuer: str, clock: Clock, *, ttl: float) -> None:
        """Build a verifier.

        Args:
            owners: the instance.
            directory: its users.
            issuer: the instance's base URL.
            clock: tells ages.
            ttl: for how many seconds an owner is remembered; at most ``LONGEST_MEMORY``.
        """
        self._owners = owners
        self._directory = directory
        self._issuer = issuer
        self._clock = clock
        self._ttl = min(ttl, LONGEST_MEMORY)
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._refusals: list[float] = []
        self._asking: dict[str, asyncio.Task[str | None]] = {}

    async def verify(self, credential: Credential) -> Principal | None:
        if credential.scheme != "bearer" or not _FORM.fullmatch(credential.secret.reveal()):
            return None
        user_id = await self._owner(credential.secret)
        if user_id is None:
            raise Unauthenticated(
                "looker_token_unknown",
                "Looker does not know this API token, or it has ended.",
                "Log in to this instance's API again, and send the new token.",
            )
        user = await self._directory.user(user_id)
        if user is None:
            raise Unauthenticated("user_missing", f"Looker has no user {user_id} any more.", "Log in as another user.")
        if not user.enabled:
            raise Unauthenticated(
                "user_disabled", f"The Looker user {user_id} is disabled.", "Ask a Looker admin to enable the user."
            )
        return user.principal(self._issuer, self.name)

    async def _owner(self, token: Secret) -> str | None:
        digest, now = sha256_hex(token), self._clock.monotonic()
        known = self._known.get(digest)
        if known is not None and now - known[0] < self._ttl:
            return known[1]
        if now - self._unknown.get(digest, -inf) < REFUSED_MEMORY:
            return None
        task = self._asking.get(digest)
        if task is None:
            self._refuse_flood(now)
            task = asyncio.create_task(self._ask(token, digest))
            self._asking[digest] = task
            task.add_done_callback(lambda _: self._asking.pop(digest))
        # Shielded: one caller who hangs up must not fail the others who wait for the same answer.
        return await asyncio.shield(task)

    async def _ask(self, token: Secret, digest: str) -> str | None:
        at = self._clock.monotonic()  # before the question: what changes meanwhile is not held longer for it
        self._known.pop(digest, None)
        user_id = await self._owners.owner_of(token)
        if user_id is None:
            self._refusals.append(at)
            self._unknown[digest] = at
            while len(self._unknown) > _UNKNOWN:
                self._unknown.popitem(last=False)
        elif self._ttl > 0:
            self._known[digest] = (at, user_id)
            while len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return user_id

    def _refuse_flood(self, now: float) -> None:
        self._refusals = [at for at in self._refusals if now - at < _MINUTE]
        if len(self._refusals) + len(self._asking) >= MOST_REFUSALS:
            raise Unavailable(
                "looker_token_flood",
                "Too many unknown tokens came within a minute; Looker is not asked about more of them.",
                "Try again in a minute.",
            )
