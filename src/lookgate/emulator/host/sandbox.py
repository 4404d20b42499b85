"""The sandbox origin: the frames in which extensions run, away from Looker's own origin and cookies.

``/frame/{project}/{application}/`` is an otherwise empty page that loads the bundle; below it lie the bundle's files.
The bundle is tried as a classic script. If it cannot even be parsed as one (``import``, ``export``, ``import.meta``,
top-level ``await``) nothing of it has run, and it is loaded again as a module: so both kinds work, from ``file`` and
from ``url``, without guessing from names, and both run before ``DOMContentLoaded``.
"""

from __future__ import annotations

import base64
import json
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from lookgate.emulator.host import urls
from lookgate.emulator.host.application import Extension, Refusal, extensions
from lookgate.emulator.host.bundle import bundle_file
from lookgate.emulator.host.local import sandbox_flags
from lookgate.emulator.instance import Instance

_LOADER = (Path(__file__).parent / "static" / "frame_loader.js").read_text("utf-8")
_TILE_STYLE = (
    "<style>html, body, #extension_visualization_container { block-size: 100%; inline-size: 100%; margin: 0; }</style>"
)
"""Looker lets a tile's page fill its frame, and the container of this name too; a standalone page it leaves alone."""
_COMMON = {
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "cross-origin-resource-policy": "cross-origin",
}


def sandbox_app(instance: Instance) -> Starlette:
    """Return the application of the sandbox origin. It knows no session: everything on it is public on loopback."""

    def find(request: Request) -> Extension | None:
        wanted = f"{request.path_params['project']}::{request.path_params['application']}"
        with instance.lock:
            return extensions(instance).get(wanted)

    def shell(request: Request) -> Response:
        extension = find(request)
        if extension is None:
            return _not_found("There is no such extension.")
        nonce = base64.b64encode(instance.random_bytes(16)).decode()
        try:
            policy = _policy(instance, extension, nonce)
        except Refusal as refusal:
            return PlainTextResponse(str(refusal), refusal.status, _COMMON)
        is_tile = request.query_params.get("mount", "standalone") != "standalone"
        return HTMLResponse(
            _shell(extension, nonce, is_tile=is_tile), headers={**_COMMON, "content-security-policy": policy}
        )

    def file(request: Request) -> Response:
        extension = find(request)
        found = bundle_file(extension, request.path_params["path"]) if extension else None
        if found is None:
            return _not_found("There is no such file in the bundle's folder.")
        return FileResponse(found[0], headers={**_COMMON, "content-type": found[1]})

    return Starlette(
        routes=[
            Route("/frame/{project}/{application}/", shell),
            Route("/frame/{project}/{application}/{path:path}", file),
        ]
    )


def _not_found(message: str) -> Response:
    return PlainTextResponse(message, 404, _COMMON)


def _shell(extension: Extension, nonce: str, *, is_tile: bool) -> str:
    metadata = {"label": extension.label, "entitlements": extension.declared}
    source = extension.url or "/".join(
        ["/frame", *(quote(part, safe="") for part in (extension.project, extension.name)), quote(extension.file or "")]
    )
    values: dict[str, object] = {"metadata": metadata, "bundle": source}
    if extension.file is not None and not extension.url and bundle_file(extension, extension.file) is None:
        values["missing"] = (
            f"{extension.project}/{extension.file} does not exist ({extension.project}/manifest.lkml, file:)."
        )
    # In a script element only "<" can end or open anything; as an escape it means the same to JSON.
    data = json.dumps(values).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(extension.label)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{_TILE_STYLE if is_tile else ''}</head><body>"
        f'<script nonce="{nonce}">\n"use strict";(() => {{ const frame = {data};\n{_LOADER}}})();</script>'
        f'<script crossorigin="anonymous" src="{escape(source)}"></script>'
        f'<script nonce="{nonce}">lookerFrameLoaded();</script></body></html>\n'
    )


def _policy(instance: Instance, extension: Extension, nonce: str) -> str:
    entitlements = extension.entitlements
    own = [instance.sandbox_url]
    live = []
    if extension.url is not None:
        try:
            origin = urls.read(extension.url).origin
        except urls.BadUrl as error:
            raise Refusal(f"The url of the extension {extension.id} cannot be used: {error}.") from error
        own.append(origin)
        live = [origin, origin.replace("http", "ws", 1)]  # a development server pushes changes over a web socket
    backends = [source for text in entitlements.listed("external_api_urls") if (source := _source(text))]
    frames = [instance.base_url] if entitlements.allows("use_embeds") else []
    if entitlements.allows("use_iframes"):
        frames += ["https:", "http:"]
    policy = {
        "default-src": ["'none'"],
        "script-src": [*own, f"'nonce-{nonce}'", "'unsafe-eval'", "blob:"],
        "style-src": ["'unsafe-inline'", *own, "https:"],
        "img-src": [*own, "data:", "blob:", "https:", "http:"],
        "font-src": [*own, "data:", "https:"],
        "media-src": [*own, "data:", "blob:", "https:"],
        "worker-src": [*own, "blob:"],
        "connect-src": [instance.sandbox_url, "data:", "blob:", *live, *backends],
        "frame-src": frames or ["'none'"],
        "form-action": ["https:", "http:"] if entitlements.allows("use_form_submit") else ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": [instance.base_url],
        "sandbox": sandbox_flags(extension),
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())


def _source(text: str) -> str | None:
    """Return a pattern as a source of a content security policy; a path narrows it there too."""
    allowed = urls.pattern(text, entitlement=True)
    if allowed is None:
        return None
    host = f"{allowed.scheme}://{'*.' if allowed.any_subdomain else ''}{allowed.host}:{allowed.port}"
    path = quote(allowed.path, safe="/%~!$&()*+=:@")
    return host if path == "/" else f"{host}{path}"
