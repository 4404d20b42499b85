"""Taking exactly one credential from a request. Nothing else in a request says who is calling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from lookgate.core.identity import Credential
from lookgate.core.secret import Secret
from lookgate.errors import BadRequest, Unauthenticated
from lookgate.verify.tag import refuse_unsubstituted

Headers = Mapping[str, Sequence[str]]
"""Every header by lower-case name, with each of its values: a header that was sent twice is seen twice."""

AUTHORIZATION = "authorization"
_SCHEMES: Mapping[str, Literal["api_key", "handle"]] = {"x-api-key": "api_key", "x-lookgate-handle": "handle"}
_HEADERS = (*_SCHEMES, AUTHORIZATION)
PLATFORM = "x-serverless-authorization"
"""A token for Cloud Run, which checks it in place of ``Authorization`` before the gateway sees the request. It is never
an identity here: where Cloud Run does not stand in front, anybody can write it."""
CREDENTIALS = (*_HEADERS, PLATFORM)
"""The headers whose values must not be seen again."""
_USE = "Present one of: x-api-key, x-lookgate-handle, or Authorization: Bearer."
_MAX_LENGTH = 8192
_MEMORABLE = 2048
_REMEMBERED = 1024
"""How many credentials, of at most so many characters, need not be read anew: callers come back. In memory only."""
_MAX_WORDS = 16


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """Return ASGI's headers as ``Headers``."""
    headers: dict[str, list[str]] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def presented(headers: Headers) -> tuple[str, ...]:
    """Return what must not be seen again: each credential, and each word of it, whether or not it is well-formed.

    Several credentials, or one of many words, are refused soon after; a few of them are enough to look for.
    """
    values = tuple(value for name in CREDENTIALS for value in headers.get(name, ()))
    if not values:
        return ()
    return _words(values) if sum(map(len, values)) <= _MEMORABLE else _words.__wrapped__(values)


@lru_cache(maxsize=_REMEMBERED)
def _words(values: tuple[str, ...]) -> tuple[str, ...]:
    words = [word for value in values for word in (value.strip(), *value.replace(",", " ").split())]
    return tuple(dict.fromkeys(word for word in words if word))[:_MAX_WORDS]


def take(headers: Headers, *, serverless: bool = False) -> Credential:
    """Return the one credential, or an anonymous one.

    Args:
        headers: of the request.
        serverless: whether Cloud Run's own check stands before the gateway; then its token is no second credential.

    Raises:
        BadRequest: ``two_credentials``; a header sent twice, or a list in one header, counts as two.
        Unauthenticated: the credential is empty, malformed, of a scheme that is not read, or a secret tag that Looker
            left as it was.
    """
    found = [(name, value) for name in _HEADERS for value in headers.get(name, ())]
    if not found:
        return Credential("anonymous", Secret(""), "")
    platform = headers.get(PLATFORM, ())
    if len(found) > 1 or "," in found[0][1] or len(platform) > serverless:
        names = sorted({name for name, _ in found} | ({PLATFORM} if platform else set()))
        raise BadRequest(
            "two_credentials",
            f"The request carries several credentials, in: {', '.join(names)}.",
            "Present exactly one. If Cloud Run stands in front, its token goes in X-Serverless-Authorization, and "
            "web.serverless = true says so.",
        )
    name, value = found[0]
    return _read(name, value) if len(value) <= _MEMORABLE else _read.__wrapped__(name, value)


@lru_cache(maxsize=_REMEMBERED)
def _read(name: str, value: str) -> Credential:
    """Read one header's value. What is refused is not remembered."""
    value = value.strip()
    credential = _bearer(value) if name == AUTHORIZATION else Credential(_SCHEMES[name], Secret(value), name)
    refuse_unsubstituted(credential)
    text = credential.secret.reveal()
    if not text:
        raise Unauthenticated(
            "credential_empty",
            f"The header '{name}' is there and empty.",
            "If a Looker user attribute fills it, give the attribute a value for this user.",
        )
    if len(text) > _MAX_LENGTH or not text.isascii() or not text.isprintable() or " " in text:
        raise Unauthenticated(
            "credential_malformed",
            f"The value of the header '{name}' is not one token of printable ASCII, at most {_MAX_LENGTH} long.",
            "Send the credential alone, as it was issued.",
        )
    return credential


def _bearer(value: str) -> Credential:
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("scheme_unknown", "The Authorization header is not of the scheme Bearer.", _USE)
    return Credential("bearer", Secret(token.strip()), AUTHORIZATION)
