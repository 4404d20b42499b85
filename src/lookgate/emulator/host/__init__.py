"""The extension host: Looker's side of every extension.

Looker's origin serves the host page's script (``/host/static/host.js``) and ``/internal/extensions/…``; the sandbox
origin serves the frames. A page shows an extension by carrying ``mount_markup`` and that script.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from lookgate.emulator.host import attributes, core_api, endpoint, local, oauth2, server_proxy
from lookgate.emulator.host.sandbox import sandbox_app
from lookgate.emulator.instance import Instance
from lookgate.emulator.pages.static_files import StaticFiles

__all__ = ["HOST_SCRIPT", "mount_markup", "routes", "sandbox_app"]

HOST_SCRIPT = "/host/static/host.js"


def routes(instance: Instance, api: core_api.CoreApi) -> list[Route | Mount]:
    """Return the extension host's routes for Looker's origin. They come before the pages' ``/extensions/{id}``."""
    return [
        endpoint.get(instance, "boot", local.boot),
        endpoint.post(instance, "core_api", core_api.invoke(api)),
        endpoint.post(instance, "core_api_raw", core_api.invoke_raw(api)),
        endpoint.post(instance, "server_proxy", server_proxy.server_proxy),
        endpoint.post(instance, "fetch_allowed", local.fetch_allowed),
        endpoint.post(instance, "window_allowed", local.window_allowed),
        endpoint.post(instance, "oauth2_allowed", oauth2.endpoint_allowed),
        endpoint.post(instance, "oauth2_exchange_code", oauth2.exchange_code),
        endpoint.post(instance, "user_attribute", attributes.user_attribute),
        endpoint.post(instance, "context_data", local.context_data),
        endpoint.post(instance, "logout", local.spartan_logout),
        Route(oauth2.START_PATH, _popup("oauth2_start.js", "form-action https: http:")),
        Route(oauth2.REDIRECT_PATH, _popup("oauth2_redirect.js", "form-action 'none'")),
        Mount("/host/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]


def mount_markup(
    extension_id: str, mount: str, context: dict[str, Any] | None = None, *, host_type: str = "standard"
) -> str:
    """Return the placeholder that ``host.js`` turns into a frame.

    Args:
        extension_id: ``project::application``.
        mount: ``standalone``, ``dashboard-tile``, ``dashboard-visualization`` or ``dashboard-tile-popup``.
        context: ``{"tile": TileHostData, "visualization": {"visConfig": …, "queryResponse": …}}``, either optional.
        host_type: ``standard``, ``embed`` or ``spartan``.
    """
    data = {"extension": extension_id, "mount": mount, "host-type": host_type}
    if context is not None:
        data["context"] = msgspec.json.encode(context).decode()
    attributes_text = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    return f"<div {attributes_text}></div>"


def _popup(script: str, form_action: str) -> Any:
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Signing in · Local Looker</title>'
        '<meta name="color-scheme" content="light dark">'
        f'<script type="module" src="/host/static/{script}"></script></head>'
        '<body><p role="status">One moment: signing in…</p></body></html>\n'
    )
    policy = f"default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; {form_action}"
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }

    def answer(_request: Request) -> Response:
        return HTMLResponse(page, headers=headers)

    return answer
