"""Reading a request's body within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lookgate.errors import BadRequest, TooLarge, Unsupported
from lookgate.web.asgi import Receive
from lookgate.web.authn import Headers

PATIENCE_SECONDS = 30.0
"""How long a body may take; the extension that waits gives up after as long."""


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


async def read_json(headers: Headers, receive: Receive, limit: int, patience: float = PATIENCE_SECONDS) -> bytes:
    """Return the bytes of a JSON body; an empty body is an empty input, whatever its type.

    Raises:
        TooLarge, Unsupported, BadRequest: as ``read_body``.
    """
    return (await read_body(headers, receive, limit, (JSON,), patience))[0]


async def read_body(
    headers: Headers, receive: Receive, limit: int, types: Sequence[str], patience: float = PATIENCE_SECONDS
) -> tuple[bytes, str]:
    """Return the body's bytes and which of the media types it is labelled with; the first one when it is empty.

    Raises:
        TooLarge: it is longer than ``limit`` bytes, by its own word or by count.
        Unsupported: it is not labelled as one of the types, in UTF-8.
        BadRequest: ``body_incomplete``; the caller went away, or sent nothing more within ``patience`` seconds.
    """
    body = await read_whole(headers, receive, limit, patience)
    return body, _type_of(headers, types) if body else types[0]


async def read_whole(headers: Headers, receive: Receive, limit: int, patience: float = PATIENCE_SECONDS) -> bytes:
    """Return the body's bytes, whatever they are labelled as.

    Raises:
        TooLarge: it is longer than ``limit`` bytes, by its own word or by count.
        BadRequest: ``body_incomplete``; the caller went away, or sent nothing more within ``patience`` seconds.
    """
    announced = headers.get("content-length", ["0"])[0]
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > limit:
        raise too_large(limit)
    try:
        async with asyncio.timeout(patience):
            return await _all(receive, limit)
    except TimeoutError:
        raise BadRequest("body_incomplete", f"The body was not complete after {patience:g} s.", "Send it.") from None


async def _all(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("body_incomplete", "The caller went away before the body was complete.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _type_of(headers: Headers, types: Sequence[str]) -> str:
    labels = headers.get("content-type", ())
    media, _, parameter = (labels[0] if len(labels) == 1 else "").partition(";")
    charset = parameter.replace('"', "").replace(" ", "").lower()
    found = media.strip().lower()
    if found not in types or charset not in {"", "charset=utf-8"}:
        raise Unsupported(
            "not_json", "The body is not labelled as JSON in UTF-8.", "Send it with content-type: application/json."
        )
    refuse_encoded(headers)
    return found


def refuse_encoded(headers: Headers) -> None:
    """Refuse a body that is compressed: nothing can be found in it.

    Raises:
        Unsupported: ``body_encoded``.
    """
    if headers.get("content-encoding", ["identity"]) != ["identity"]:
        raise Unsupported("body_encoded", "The body is compressed.", "Send it without content-encoding.")


def too_large(limit: int) -> TooLarge:
    """Return the refusal of a body beyond ``limit`` bytes."""
    return TooLarge(
        "body_too_large", f"The body is longer than {limit} bytes.", "Send less, or raise web.max_body_bytes."
    )
