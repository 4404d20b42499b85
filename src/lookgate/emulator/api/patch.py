"""What a PATCH really changes."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.body import UNSET, Body


def given(body: Body) -> dict[str, Any]:
    """Return the fields that the caller sent: those that are not UNSET."""
    values = ((name, getattr(body, name)) for name in body.__struct_fields__)
    return {name: value for name, value in values if value is not UNSET}
