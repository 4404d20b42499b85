"""Gives Looker extensions and Looker-side apps a backend that knows who is calling.

An action file, or an app that the middleware stands around, needs only this module. Names are imported when first used,
so that the command line stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lookgate.actions.base import Context, Input, Output, action
    from lookgate.core.identity import Assurance, Principal
    from lookgate.core.policy import (
        Policy,
        access_grant,
        all_of,
        any_of,
        at_least,
        attribute,
        has_model,
        has_permission,
        has_role,
        has_scope,
        in_group,
        not_,
        public,
    )
    from lookgate.errors import (
        BadRequest,
        Conflict,
        Denied,
        InvalidInput,
        LookgateError,
        NotFound,
        RegistryError,
        SettingsError,
        Unauthenticated,
        Unavailable,
    )
    from lookgate.web.functions import lookgate_function
    from lookgate.web.middleware import LookgateMiddleware

_HOMES = {
    "lookgate.actions.base": ("Context", "Input", "Output", "action"),
    "lookgate.core.identity": ("Assurance", "Principal"),
    "lookgate.core.policy": (
        "Policy",
        "access_grant",
        "all_of",
        "any_of",
        "at_least",
        "attribute",
        "has_model",
        "has_permission",
        "has_role",
        "has_scope",
        "in_group",
        "not_",
        "public",
    ),
    "lookgate.errors": (
        "BadRequest",
        "Conflict",
        "Denied",
        "InvalidInput",
        "LookgateError",
        "NotFound",
        "RegistryError",
        "SettingsError",
        "Unauthenticated",
        "Unavailable",
    ),
    "lookgate.web.functions": ("lookgate_function",),
    "lookgate.web.middleware": ("LookgateMiddleware",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Assurance",
    "BadRequest",
    "Conflict",
    "Context",
    "Denied",
    "Input",
    "InvalidInput",
    "LookgateError",
    "LookgateMiddleware",
    "NotFound",
    "Output",
    "Policy",
    "Principal",
    "RegistryError",
    "SettingsError",
    "Unauthenticated",
    "Unavailable",
    "access_grant",
    "action",
    "all_of",
    "any_of",
    "at_least",
    "attribute",
    "has_model",
    "has_permission",
    "has_role",
    "has_scope",
    "in_group",
    "lookgate_function",
    "not_",
    "public",
]


if not TYPE_CHECKING:  # a type checker must still notice a name that does not exist

    def __getattr__(name: str) -> object:
        home = _HOME_OF.get(name)
        if home is None:
            raise AttributeError(f"module 'lookgate' has no attribute '{name}'")
        value = getattr(importlib.import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
