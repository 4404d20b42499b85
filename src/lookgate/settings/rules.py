"""What a type cannot say: rules over several fields, and over the form of hosts and URLs."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from lookgate.net.address import host_of, is_loopback, may_dial
from lookgate.settings.mistakes import Mistakes, Path
from lookgate.settings.model import ApiKey, Handle, Instance, Store, Web


def check_web(web: Web, mistakes: Mistakes) -> None:
    """Origins are exact: scheme, host and port, nothing else."""
    for place, origin in enumerate(web.origins):
        problem = origin_problem(origin)
        if problem:
            fix = "Write the exact origin of your Looker, such as 'https://example.cloud.looker.com'."
            mistakes.add(("web", "origins", place), problem, fix)


def check_instance(instance: Instance, mistakes: Mistakes) -> None:
    """An instance is set up whole or not at all, and reached by https unless it is on this machine."""
    at: Path = ("instance",)
    needed = {
        "base_url": ("LOOKERSDK_BASE_URL", bool(instance.base_url)),
        "client_id": ("LOOKERSDK_CLIENT_ID", bool(instance.client_id)),
        "client_secret": ("LOOKERSDK_CLIENT_SECRET", bool(instance.client_secret)),
    }
    if instance.accept_api_tokens or any(present for _, present in needed.values()):
        for name, (variable, present) in needed.items():
            if not present:
                fix = f"Add {name} to [instance], or set the environment variable {variable}."
                mistakes.add((*at, name), "this is missing", fix)
    problem = origin_problem(instance.base_url) if instance.base_url else ""
    if problem:
        fix = "Write the API's origin without a path, such as 'https://example.cloud.looker.com'."
        mistakes.add((*at, "base_url"), problem, fix)
        return
    host = host_of(instance.base_url)
    if _is_address(host) and not may_dial(host, private=instance.private_network or is_loopback(host)):
        fix = "If Looker stands in your own network, set private_network = true; link-local addresses are never called."
        mistakes.add((*at, "base_url"), "this address is not public", fix)


def check_handle(handle: Handle, mistakes: Mistakes, *, has_claims: bool) -> None:
    """Handles are issued on a claim only where claims are believed."""
    if handle.issue_on_claim and not has_claims:
        fix = "Add [claims], or remove the line and run: lookgate handles issue."
        mistakes.add(("handle", "issue_on_claim"), "no claims are set up", fix)


def check_store(store: Store, mistakes: Mistakes, *, has_path: bool) -> None:
    """State is kept in one place, and the URL of a server says how the way there is secured."""
    if not store.url:
        return
    at: Path = ("store", "url")
    if has_path:
        mistakes.add(at, "there is a 'path' as well", "Keep the one that holds the state and remove the other.")
    from lookgate.store.url import parse  # noqa: PLC0415 - only Postgres pays for it

    try:
        parse(store.url.reveal())
    except ValueError as error:
        fix = "Write postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full, with every sign of the password "
        mistakes.add(at, str(error), f"{fix}but letters, digits and !$&'()*+,;=._~- percent-encoded.")


def check_api_keys(keys: tuple[ApiKey, ...], mistakes: Mistakes) -> None:
    """No key stands twice: its name and scopes would depend on the order."""
    seen: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key.sha256 in seen:
            mistakes.add(
                ("api_keys", place, "sha256"),
                f"this is the same key as api_keys[{seen[key.sha256]}]",
                "Remove one of the two, or make a new key with `lookgate api-keys new`.",
            )
        seen.setdefault(key.sha256, place)


def origin_problem(text: str) -> str:
    """Say what keeps the text from being an origin (RFC 6454) that Lookgate may use; empty when nothing does."""
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "this is not a URL"
    if parts.scheme not in {"http", "https"} or not host:
        return "this is not a URL that starts with https://"
    shown = f"[{host}]" if ":" in host else host
    exact = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    if text != exact or "*" in text or not text.isascii():
        return "this has more than a scheme, a lower-case host and a port"
    if parts.scheme == "http" and not is_loopback(host):
        return "http:// would send secrets in the clear; it is for this machine only"
    return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
