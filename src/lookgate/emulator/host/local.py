"""The small questions of the host page: start-up data, shared context, and whether an address is entitled."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lookgate.emulator.host import urls
from lookgate.emulator.host.application import MOUNT_POINTS, Extension, Refusal
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.host.server_proxy import allowed_target
from lookgate.emulator.pages import session as sessions

MAX_CONTEXT_CHARACTERS = 16 * 1024 * 1024
HOST_TYPES = frozenset({"standard", "embed", "spartan"})
FLAGS = ("local_storage", "navigation", "new_window", "use_clipboard")
"""The entitlements that the host page itself enforces, because what they allow never reaches the server."""


def boot(ask: Ask) -> dict[str, Any]:
    """Return everything the host page needs to open a frame and to say INITIALIZE.

    Raises:
        Refusal: unknown or forbidden mount point, or no entitlements in the manifest.
    """
    mount = ask.request.query_params.get("mount", "standalone")
    host_type = ask.request.query_params.get("host_type", "standard")
    if mount not in MOUNT_POINTS or host_type not in HOST_TYPES:
        raise Refusal("There is no such mount point or host type.", 400)
    extension = ask.extension
    if not extension.mounts_at(mount):
        raise Refusal(
            f"The extension {extension.id} does not stand as {mount}. Add {MOUNT_POINTS[mount]}: yes to its "
            "mount_points in manifest.lkml."
        )
    entitlements = extension.entitlements
    return {
        "label": extension.label,
        "userId": ask.user.id,
        "csrf": ask.session.csrf,
        "frameUrl": frame_url(ask.instance.sandbox_url, extension, mount),
        "sandbox": " ".join(sandbox_flags(extension)),
        "allow": "clipboard-write" if entitlements.allows("use_clipboard") else "",
        "flags": {flag: entitlements.allows(flag) for flag in FLAGS},
        "hostData": {
            "extensionId": extension.id,
            "lookerVersion": ask.instance.version,
            "hostUrl": ask.instance.base_url,
            "hostOrigin": ask.instance.base_url,
            "hostType": host_type,
            "mountPoint": mount,
            "contextData": _contexts(ask).get(extension.id),
            "isRendering": False,
            "extensionDashboardTileEnabled": mount != "standalone",
        },
    }


def frame_url(sandbox_url: str, extension: Extension, mount: str) -> str:
    """Return where the extension's frame is served: on the other origin. Tiles name their mount point."""
    query = "" if mount == "standalone" else f"?mount={mount}"
    return f"{sandbox_url}/frame/{quote(extension.project, safe='')}/{quote(extension.name, safe='')}/{query}"


def sandbox_flags(extension: Extension) -> list[str]:
    """Return the frame's sandbox permissions, from its entitlements. Never top navigation, never modals."""
    flags = ["allow-scripts"]
    allows = extension.entitlements.allows
    if allows("use_form_submit"):
        flags.append("allow-forms")
    if allows("use_embeds"):
        flags.append("allow-same-origin")
    if allows("use_downloads"):
        flags.append("allow-downloads")
    if allows("new_window"):
        flags.append("allow-popups")
    return flags


def context_data(ask: Ask) -> str | None:
    """Keep (``save``) or return (``refresh``) the context that all users of the extension share.

    Raises:
        Refusal: too long, or malformed.
    """
    kind = ask.text("type", most=10)
    if kind == "refresh":
        return _contexts(ask).get(ask.extension.id)
    if kind != "save":
        raise Refusal("Context data can be saved or refreshed.", 400)
    with ask.instance.lock:
        if ask.body.get("contextData") is None:
            _contexts(ask).pop(ask.extension.id, None)
            return None
        text = ask.text("contextData", most=MAX_CONTEXT_CHARACTERS)
        _contexts(ask)[ask.extension.id] = text
        return text


def _contexts(ask: Ask) -> dict[str, str]:
    return ask.instance.shelf("extension_context")


def fetch_allowed(ask: Ask) -> str:
    """Return the URL that ``fetchProxy`` may fetch from the host page.

    Raises:
        Refusal: not listed, or Looker itself.
    """
    return allowed_target(ask, ask.body.get("resource")).url


def window_allowed(ask: Ask) -> str:
    """Return the URL outside Looker that may be opened in a new window.

    Raises:
        Refusal: ``new_window`` is not given, or ``new_window_external_urls`` does not list it.
    """
    ask.extension.need("new_window", "open new windows")
    shown = ask.text("url", most=urls.MAX_URL_CHARACTERS)
    try:
        target = urls.read(shown)
    except urls.BadUrl as error:
        raise Refusal(f"Extension not entitled to open {shown[:200]} in a new window: {error}.") from error
    if not urls.entitled(ask.extension.entitlements.listed("new_window_external_urls"), target):
        raise Refusal(
            f"Extension not entitled to open {shown[:200]} in a new window. Add {target.origin} to "
            "new_window_external_urls in the entitlements of manifest.lkml."
        )
    return shown


def spartan_logout(ask: Ask) -> None:
    """End the browser's session, for extensions that fill the window and have no Looker menu."""
    sessions.end(ask.instance, ask.session)
