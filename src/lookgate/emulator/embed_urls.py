"""Signed embed URLs, as Looker's documentation on signed embedding describes them, and the secrets that sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import msgspec

from lookgate.emulator.embed_users import EmbedUser
from lookgate.emulator.instance import Instance

VALID_SECONDS = 300
LONGEST_SESSION = 2_592_000
_PREFIX = "/login/embed/"
_SIGNED = ("nonce", "time", "session_length", "external_user_id", "permissions", "models")
_SIGNED_IF_THERE = ("group_ids", "external_group_id", "user_attributes", "access_filters")
_HASHES = {"hmac/sha-256": hashlib.sha256, "hmac/sha-1": hashlib.sha1}


class BadUrl(Exception):
    """An embed URL that is not signed by us, is too old or was used."""


@dataclass(slots=True)
class EmbedSecret:
    """A key that signs embed URLs."""

    id: str
    secret: str
    user_id: str
    created_at: datetime
    algorithm: str = "hmac/sha-256"
    enabled: bool = True


class SignedUrl(msgspec.Struct, frozen=True):
    """What a good URL says."""

    target: str
    """Path and query on this instance."""
    nonce: str
    session_seconds: int
    user: EmbedUser


def secrets(instance: Instance) -> dict[str, EmbedSecret]:
    """Return the embed secrets by id."""
    return instance.shelf("embed_secrets")


def new_secret(instance: Instance, user_id: str, algorithm: str = "hmac/sha-256") -> EmbedSecret:
    """Make an embed secret."""
    made = EmbedSecret(instance.new_id(), instance.random_bytes(32).hex(), user_id, instance.clock(), algorithm)
    secrets(instance)[made.id] = made
    return made


def sign(instance: Instance, secret: EmbedSecret, target: str, session_seconds: int, told: Mapping[str, Any]) -> str:
    """Return the signed URL of a path on this instance for the user that ``told`` describes."""
    path = _PREFIX + quote(target, safe="")
    values: dict[str, Any] = {
        "nonce": instance.new_secret(16),
        "time": int(instance.clock().timestamp()),
        "session_length": session_seconds,
        "access_filters": {},
        **told,
    }
    query = {name: json.dumps(value, separators=(",", ":")) for name, value in values.items() if value is not None}
    host = urlsplit(instance.base_url).netloc
    return f"{instance.base_url}{path}?{urlencode(query | {'signature': _signature(secret, host, path, query)})}"


def verify(instance: Instance, url: str) -> SignedUrl:
    """Read a signed URL without using it up.

    Raises:
        BadUrl: it is for another host, altered, of an unknown or disabled secret, or more than 5 minutes old.
    """
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
        query = dict(pairs)
        given = query.pop("signature", "")
        if len(pairs) != len(query) + 1 or not parts.path.startswith(_PREFIX):
            raise BadUrl("This is not a signed embed URL.")
        host = urlsplit(instance.base_url).netloc
        good = [
            secret
            for secret in secrets(instance).values()
            if secret.enabled
            and hmac.compare_digest(_signature(secret, host, parts.path, query).encode(), given.encode())
        ]
        if parts.netloc != host or not good:
            raise BadUrl("The signature does not fit, or its secret is gone.")
        values = {name: json.loads(value) for name, value in query.items()}
        return _read(instance, unquote(parts.path.removeprefix(_PREFIX)), values)
    except (ValueError, KeyError, TypeError, RecursionError, msgspec.ValidationError) as error:
        raise BadUrl(f"This embed URL cannot be read: {error}.") from error


def use(instance: Instance, url: str) -> SignedUrl:
    """Read a signed URL and use it up.

    Raises:
        BadUrl: as ``verify``, or it was used.
    """
    with instance.lock:
        found = verify(instance, url)
        nonces = instance.shelf("embed_nonces")
        now = instance.clock().timestamp()
        for old in [nonce for nonce, used in nonces.items() if now - used > 2 * VALID_SECONDS]:
            del nonces[old]
        if found.nonce in nonces:
            raise BadUrl("This embed URL was used before; it is good for one request.")
        nonces[found.nonce] = now
        return found


def _read(instance: Instance, target: str, values: Mapping[str, Any]) -> SignedUrl:
    age = instance.clock().timestamp() - float(values["time"])
    seconds = values["session_length"]
    if abs(age) > VALID_SECONDS:
        raise BadUrl("This embed URL is older than 5 minutes.")
    if not isinstance(seconds, int) or not 0 < seconds <= LONGEST_SESSION:
        raise BadUrl("Its session_length is out of range.")
    if not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        raise BadUrl("Its target is not a path of this Looker.")
    told = {name: value for name, value in values.items() if value is not None}
    user = msgspec.convert(told, EmbedUser)
    nonce = msgspec.convert(values["nonce"], str)
    return SignedUrl(target, nonce, seconds, user)


def _signature(secret: EmbedSecret, host: str, path: str, query: Mapping[str, str]) -> str:
    lines = [host, path, *(query.get(name, "") for name in _SIGNED)]
    lines += [query[name] for name in _SIGNED_IF_THERE if name in query]
    digest = hmac.new(secret.secret.encode(), "\n".join(lines).encode(), _HASHES[secret.algorithm]).digest()
    return base64.b64encode(digest).decode()
