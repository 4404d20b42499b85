"""lookgate.toml and the environment, read into frozen structs; every mistake is reported at once."""

from __future__ import annotations

from lookgate.settings.claims import Claims, Keys
from lookgate.settings.load import load
from lookgate.settings.model import Actions, ApiKey, Handle, Instance, Oidc, Settings, Store, Web
from lookgate.settings.reference import KeySet

__all__ = [
    "Actions",
    "ApiKey",
    "Claims",
    "Handle",
    "Instance",
    "KeySet",
    "Keys",
    "Oidc",
    "Settings",
    "Store",
    "Web",
    "load",
]
