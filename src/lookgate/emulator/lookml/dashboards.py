"""LookML dashboards: YAML files with a list of dashboards."""

from __future__ import annotations

from typing import Any

import msgspec

from lookgate.emulator.lookml.errors import LookmlError


class DashboardFilter(msgspec.Struct, frozen=True, kw_only=True):
    """One filter of a dashboard."""

    name: str
    title: str
    type: str = "field_filter"
    default_value: str | None = None
    model: str | None = None
    explore: str | None = None
    field: str | None = None
    raw: dict[str, Any] = msgspec.field(default_factory=dict)


class DashboardElement(msgspec.Struct, frozen=True, kw_only=True):
    """One tile. ``raw`` is the block as written: visual options, ``extension_id`` and whatever else it holds."""

    name: str
    type: str
    title: str | None = None
    model: str | None = None
    explore: str | None = None
    fields: tuple[str, ...] = ()
    filters: dict[str, str] = msgspec.field(default_factory=dict)
    sorts: tuple[str, ...] = ()
    limit: str | None = None
    pivots: tuple[str, ...] = ()
    listen: dict[str, str] = msgspec.field(default_factory=dict)
    """Dashboard filter name → field."""
    row: int | None = None
    col: int | None = None
    width: int | None = None
    height: int | None = None
    raw: dict[str, Any] = msgspec.field(default_factory=dict)


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """One dashboard; ``id`` is ``model::name``, or ``project::name`` when no model includes the file."""

    id: str
    name: str
    title: str
    layout: str
    filters: tuple[DashboardFilter, ...]
    elements: tuple[DashboardElement, ...]
    description: str | None = None
    raw: dict[str, Any] = msgspec.field(default_factory=dict)


def parse_dashboards(text: str, owner: str) -> list[Dashboard]:
    """Read one ``*.dashboard.lookml`` file.

    Raises:
        LookmlError: it is not YAML, or not a list of dashboards.
    """
    import yaml  # noqa: PLC0415 - only a project with dashboards pays for it

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or error)
        raise LookmlError(f"This is not valid YAML: {what}", mark.line + 1 if mark else None) from None
    blocks = data if isinstance(data, list) else [data]
    try:
        return [_dashboard(block, owner) for block in blocks if block is not None]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LookmlError(f"This is not a list of dashboards: {error}") from None


def _dashboard(raw: dict[str, Any], owner: str) -> Dashboard:
    name = str(raw["dashboard"])
    return Dashboard(
        id=f"{owner}::{name}",
        name=name,
        title=str(raw.get("title", name)),
        layout=str(raw.get("layout", "newspaper")),
        description=_text(raw, "description"),
        filters=tuple(_filter(block) for block in raw.get("filters") or ()),
        elements=tuple(_element(block, index) for index, block in enumerate(raw.get("elements") or ())),
        raw=raw,
    )


def _filter(raw: dict[str, Any]) -> DashboardFilter:
    name = str(raw["name"])
    return DashboardFilter(
        name=name,
        title=str(raw.get("title", name)),
        type=str(raw.get("type", "field_filter")),
        default_value=_text(raw, "default_value"),
        model=_text(raw, "model"),
        explore=_text(raw, "explore"),
        field=_text(raw, "field"),
        raw=raw,
    )


def _element(raw: dict[str, Any], index: int) -> DashboardElement:
    return DashboardElement(
        name=str(raw.get("name", f"element_{index}")),
        type=str(raw.get("type", "table")),
        title=_text(raw, "title"),
        model=_text(raw, "model"),
        explore=_text(raw, "explore"),
        fields=_list(raw, "fields"),
        filters=_pairs(raw, "filters"),
        sorts=_list(raw, "sorts"),
        limit=_text(raw, "limit"),
        pivots=_list(raw, "pivots"),
        listen=_pairs(raw, "listen"),
        row=_number(raw, "row"),
        col=_number(raw, "col"),
        width=_number(raw, "width"),
        height=_number(raw, "height"),
        raw=raw,
    )


def _text(raw: dict[str, Any], key: str) -> str | None:
    value = raw.get(key)
    return None if value is None else str(value)


def _number(raw: dict[str, Any], key: str) -> int | None:
    value = raw.get(key)
    return None if value is None else int(value)


def _list(raw: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(value) for value in raw.get(key) or ())


def _pairs(raw: dict[str, Any], key: str) -> dict[str, str]:
    value = raw.get(key) or {}
    blocks = value if isinstance(value, list) else [value]
    return {str(name): "" if text is None else str(text) for block in blocks for name, text in block.items()}
