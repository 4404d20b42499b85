"""One running Google identity service: its accounts, keys and tokens, and the questions all its parts ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from lookgate.emulator.google import jwt
from lookgate.emulator.google.faults import Faults
from lookgate.emulator.google.keys import SigningKey, SigningKeys, b64, new_private_key
from lookgate.emulator.google.roles import ROLES
from lookgate.emulator.google.world import GooglePart

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True)
class Account:
    """A service account."""

    email: str
    unique_id: str
    """21 digits."""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An OAuth access token for Google's APIs."""

    email: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True)
class Google:
    """The service's state."""

    world: GooglePart
    base_url: str
    """Its own address, without a slash at the end."""
    clock: Callable[[], datetime]
    """Aware, UTC: the machine's time."""
    random_bytes: Callable[[int], bytes]
    faults: Faults
    new_key: Callable[[], rsa.RSAPrivateKey] = new_private_key
    accounts: dict[str, Account] = field(init=False)
    """Address → account."""
    client_secrets: dict[str, str] = field(init=False)
    """Of the generic provider: client id → secret."""
    keys: SigningKeys = field(init=False)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    account_keys: dict[str, tuple[str, SigningKey]] = field(default_factory=dict)
    """Keys made for accounts: kid → address and key."""

    def __post_init__(self) -> None:
        emails = {self.world.address(part.name): part for part in self.world.accounts}
        self.accounts = {
            email: Account(email, part.unique_id or _unique_id(email), part.disabled) for email, part in emails.items()
        }
        self.client_secrets = {
            client.client_id: client.client_secret or b64(self.random_bytes(24)) for client in self.world.clients
        }
        self.keys = SigningKeys(self.now, self.new_key)

    @property
    def issuer(self) -> str:
        """``iss`` of ID tokens."""
        return self.world.issuer or self.base_url

    def now(self) -> datetime:
        """Return what this service takes for the time."""
        return self.clock() + timedelta(seconds=self.faults.values["clock_off"])

    def account(self, name: str) -> Account | None:
        """Return the enabled account of this name, address or unique id."""
        email = self.world.address(name)
        found = self.accounts.get(email) or next((a for a in self.accounts.values() if a.unique_id == name), None)
        return None if found is None or found.disabled else found

    def may(self, member: str, permission: str, on: Account) -> bool:
        """Whether a member may do this on an account. No account has a right to itself by nature."""
        address = self.world.address
        return any(
            permission in ROLES.get(grant.role, ())
            for grant in self.world.grants
            if address(grant.member) == member and address(grant.on) == on.email
        )

    def id_token(
        self,
        account: Account,
        audience: str,
        *,
        email: bool,
        email_azp: bool = False,
        more: dict[str, Any] | None = None,
    ) -> str:
        """Sign an ID token.

        Args:
            account: whom it stands for.
            audience: whom it is for.
            email: whether it names the account's address.
            email_azp: whether ``azp`` is the address; the unique id otherwise.
            more: further claims.
        """
        now = int(self.now().timestamp())
        claims: dict[str, Any] = {"aud": audience, "azp": account.email if email_azp else account.unique_id}
        if email:
            claims |= {"email": account.email, "email_verified": True}
        claims |= {"exp": now + self.world.token_seconds, "iat": now, "iss": self.issuer, "sub": account.unique_id}
        return jwt.sign(self.keys.current, claims | (more or {}))

    def access_token(
        self, account: Account, scopes: tuple[str, ...] = (CLOUD_PLATFORM,), seconds: float | None = None
    ) -> str:
        """Make an access token for Google's APIs, of the usual life or of so many seconds."""
        self.access_tokens = {
            text: known for text, known in self.access_tokens.items() if known.expires_at > self.now()
        }
        token = "ya29.c." + b64(self.random_bytes(48))
        life = self.world.token_seconds if seconds is None else seconds
        self.access_tokens[token] = AccessToken(account.email, scopes, self.now() + timedelta(seconds=life))
        return token

    def bearer(self, token: str) -> AccessToken | None:
        """Return what a live access token stands for."""
        found = self.access_tokens.get(token)
        return found if found is not None and found.expires_at > self.now() else None

    def make_account_key(self, account: Account) -> dict[str, str]:
        """Make a key for an account and return the key file, as Google's console gives it."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - seldom

        key = SigningKey.of(self.new_key(), account.email, self.now())
        self.account_keys[key.kid] = account.email, key
        pem = key.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": self.world.project,
            "private_key_id": key.kid,
            "private_key": pem.decode(),
            "client_email": account.email,
            "client_id": account.unique_id,
            "token_uri": f"{self.base_url}/token",
        }


def _unique_id(email: str) -> str:
    return "1" + str(int.from_bytes(hashlib.sha256(email.encode()).digest(), "big"))[-20:]
