"""``serverProxy``: the local Looker's server calls a backend for an extension and puts in its secrets.

Nothing of the browser's own request goes along: no cookie, no Origin, no address. Redirects are handed back, not
followed, because the entitlement and the allow-list were checked for this URL and no other.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lookgate.emulator.host import urls
from lookgate.emulator.host.application import Refusal
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.host.tags import Secrets
from lookgate.emulator.instance import Instance

TOTAL_SECONDS = 30
MAX_ANSWER_BYTES = 20 * 1024 * 1024
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({
    "accept-encoding", "connection", "content-length", "expect", "forwarded", "host", "keep-alive", "origin",
    "proxy-authorization", "proxy-connection", "referer", "te", "trailer", "transfer-encoding", "upgrade", "via",
    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
})  # fmt: skip
"""Headers that say who calls, or that belong to one connection: an extension cannot set them."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to make."""

    method: str
    target: urls.Target
    headers: Mapping[str, str]
    body: bytes | None
    reply_as: str | None = None
    """``json``, ``text`` or None: by content type."""


def allowed_target(ask: Ask, resource: object) -> urls.Target:
    """Return the URL, read strictly, if ``external_api_urls`` lists it.

    Raises:
        Refusal: it is malformed, not listed, or Looker itself: its pages are for the person, not for extensions.
    """
    patterns = ask.extension.entitlements.listed("external_api_urls")
    shown = resource[:200] if isinstance(resource, str) else "?"
    try:
        target = urls.read(resource)
    except urls.BadUrl as error:
        raise Refusal(f"Extension not entitled to access external url {shown}: {error}.") from error
    if not urls.entitled(patterns, target):
        raise Refusal(
            f"Extension not entitled to access external url {shown}. Add {target.origin} to external_api_urls in the "
            "entitlements of manifest.lkml."
        )
    if is_looker_itself(ask.instance, target):
        raise Refusal(f"Extension not entitled to access external url {shown}: that is Looker itself. Use the SDK.")
    return target


def is_looker_itself(instance: Instance, target: urls.Target) -> bool:
    """Say whether a URL leads to this instance: its pages and API, or its sandbox."""
    own = {urls.read(url).origin for url in (instance.base_url, instance.sandbox_url)}
    return target.origin in own


async def server_proxy(ask: Ask) -> dict[str, Any]:
    """Make the call and return ``{ok, status, statusText, headers, body}``.

    Raises:
        Refusal: the entitlement, an allow-list or the request's own form forbids it, or the backend cannot be reached.
    """
    target = allowed_target(ask, ask.body.get("resource"))
    outgoing = _outgoing(ask, target)
    return await call(outgoing)


def _outgoing(ask: Ask, target: urls.Target) -> Outgoing:
    init = ask.body.get("init") or {}
    if not isinstance(init, dict):
        raise Refusal("The init of serverProxy is not an object.", 400)
    method = str(init.get("method") or "GET").upper()
    if method not in METHODS:
        raise Refusal(f"serverProxy makes {', '.join(sorted(METHODS))} requests, not {method[:20]}.", 400)
    body = init.get("body")
    if body is not None and not isinstance(body, str):
        raise Refusal("The body of serverProxy must be a text: FormData and objects cannot be sent.", 400)
    if body is not None and method in {"GET", "HEAD"}:
        raise Refusal(f"A {method} request has no body.", 400)
    reply_as = ask.body.get("responseBodyType")
    with ask.instance.lock:
        secrets = Secrets(ask.instance, ask.extension, ask.user, target)
        headers = {name: secrets.put_in(value) for name, value in _headers(init.get("headers")).items()}
        encoded = None if body is None else secrets.put_in(body).encode("utf-8", "surrogatepass")
    for name, value in headers.items():
        if not (value.isascii() and (value.isprintable() or not value)):
            raise Refusal(f"The header {name} is not printable ASCII.", 400)
    return Outgoing(method, target, headers, encoded, reply_as if reply_as in {"json", "text"} else None)


def _headers(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Refusal("The headers of serverProxy are not an object of names and texts.", 400)
    headers: dict[str, str] = {}
    for name, value in given.items():
        if not _TOKEN.fullmatch(name):
            raise Refusal("A header has a name that HTTP does not allow.", 400)
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if name.lower() not in _OURS:
            headers[name] = text
    return headers


async def call(outgoing: Outgoing) -> dict[str, Any]:
    """Send it and shape the answer.

    Raises:
        Refusal: no answer within 30 s, none at all, or one that is too long.
    """
    import aiohttp  # noqa: PLC0415 - the first page does not need an HTTP client
    from yarl import URL  # noqa: PLC0415

    where = outgoing.target.origin
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS)
    headers = {"User-Agent": "Looker", **outgoing.headers}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as client,
            client.request(
                outgoing.method,
                URL(outgoing.target.url, encoded=True),
                headers=headers,
                data=outgoing.body,
                allow_redirects=False,
                skip_auto_headers=["Content-Type"],
            ) as answer,
        ):
            body = await _read(answer.content, where)
            return _shape(answer, body, outgoing.reply_as)
    except TimeoutError as error:
        raise Refusal(f"{where} did not answer within {TOTAL_SECONDS} seconds.", 504) from error
    except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as error:
        raise Refusal(f"{where} could not be reached: {_cause(error)}.", 502) from error


async def _read(content: Any, where: str) -> bytes:
    read = bytearray()
    async for chunk in content.iter_chunked(65536):
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise Refusal(f"The answer of {where} is longer than {MAX_ANSWER_BYTES} bytes.", 502)
    return bytes(read)


def _shape(answer: Any, body: bytes, reply_as: str | None) -> dict[str, Any]:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    as_json = reply_as == "json" or (reply_as is None and is_json(content_type))
    return {
        "ok": 200 <= answer.status < 300,  # noqa: PLR2004 - the fetch standard's "ok status"
        "status": answer.status,
        "statusText": answer.reason or "",
        "headers": {name.lower(): value for name, value in answer.headers.items() if name.lower() != "set-cookie"},
        "body": decode(body, answer.charset, as_json=as_json),
    }


def is_json(content_type: str) -> bool:
    """Say whether a content type, without parameters, is JSON."""
    return content_type == "application/json" or content_type.endswith("+json")


def decode(body: bytes, charset: str | None, *, as_json: bool) -> Any:
    """Return the body as JSON, or as text: also when it is meant to be JSON and is not."""
    if as_json and body:
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            pass
    try:
        return body.decode(charset or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _cause(error: Exception) -> str:
    text = str(getattr(error, "os_error", None) or error) or type(error).__name__
    return " ".join(text.split())[:200]
