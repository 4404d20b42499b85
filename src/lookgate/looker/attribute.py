"""What makes a user attribute fit to carry a secret."""

from __future__ import annotations

from typing import Any

FIELDS = "id,name,type,value_is_hidden,user_can_view,user_can_edit,hidden_value_domain_whitelist,is_system"
"""Of ``/user_attributes``: what ``faults`` looks at."""

_APPLY = "Run: lookgate attributes apply. Or"
_ANYBODYS = frozenset({"run.app", "cloudfunctions.net", "appspot.com", "r.appspot.com", "web.app", "firebaseapp.com"})
"""Domains under which whoever has a Google account has a host within minutes."""


def faults(attribute: dict[str, Any], *, reader: str = "the gateway") -> tuple[str, str] | None:
    """Say why an attribute does not keep a secret, and the fix; None when it does.

    Args:
        attribute: as Looker tells it, with ``FIELDS``.
        reader: whom the secret is for, in the advice.
    """
    if attribute.get("value_is_hidden") is not True:
        return "its values are not hidden", f"{_APPLY} set 'Hide values' to Yes on its admin page."
    if attribute.get("user_can_view") is not False or attribute.get("user_can_edit") is not False:
        return "users may see or change it", f"{_APPLY} set 'User access' to None on its admin page."
    entries = [entry.strip() for entry in str(attribute.get("hidden_value_domain_whitelist") or "").split(",")]
    advice = f"The list cannot be changed once set: create a new attribute whose list is {reader}'s URL followed by /*."
    if not any(entries):
        return "it has no domain allow-list", f"{_APPLY} set the list to {reader}'s URL followed by /*."
    if any(reaches_anywhere(entry) for entry in entries if entry):
        return "its domain allow-list lets it be sent to any host that somebody sets up", advice
    return None


def reaches_anywhere(entry: str) -> bool:
    """Whether an entry of an allow-list covers a whole top-level domain or more, or hosts that anybody can have."""
    host = entry.rpartition("://")[2].split("/")[0].split(":")[0].lower()
    below = host.removeprefix("*.")
    return "*" in host and (below.count(".") < 1 or below in _ANYBODYS or below.endswith(".run.app"))
