"""Queries as they are saved: immutable, found again by their content, by slug or by id."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from lookgate.emulator.instance import Instance

CLIENT_ID_LENGTH = 22
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks: the writable part of Looker's ``Query``."""

    model: str
    view: str
    """The explore's name."""
    fields: list[str] | None = None
    pivots: list[str] | None = None
    fill_fields: list[str] | None = None
    filters: dict[str, str | int | float | bool | None] | None = None
    filter_expression: str | None = None
    sorts: list[str] | None = None
    limit: str | int | None = None
    """Rows; -1 for all. Absent means 500."""
    column_limit: str | int | None = None
    total: bool | None = None
    row_total: str | None = None
    subtotals: list[str] | None = None
    vis_config: dict[str, Any] | None = None
    filter_config: dict[str, Any] | None = None
    visible_ui_sections: str | None = None
    dynamic_fields: str | None = None
    client_id: str | None = None
    query_timezone: str | None = None


class Saved(msgspec.Struct, frozen=True):
    """One saved query."""

    id: str
    client_id: str
    """22 letters and digits; also its slug."""
    parts: Parts


def by_id(instance: Instance) -> dict[str, Saved]:
    """Return the saved queries by id."""
    return instance.shelf("queries")


def by_slug(instance: Instance, slug: str) -> Saved | None:
    """Return the saved query of this slug."""
    query_id = instance.shelf("query_slugs").get(slug)
    return by_id(instance).get(query_id) if query_id else None


def save(instance: Instance, parts: Parts) -> Saved:
    """Save a query, or return the one with the same content that is there already."""
    content = json.dumps(msgspec.to_builtins(parts), sort_keys=True)
    with instance.lock:
        known = instance.shelf("query_contents")
        if content not in known:
            saved = Saved(instance.new_id(), parts.client_id or _client_id(instance), parts)
            by_id(instance)[saved.id] = saved
            instance.shelf("query_slugs")[saved.client_id] = saved.id
            known[content] = saved.id
        return by_id(instance)[known[content]]


def explore_url(parts: Parts) -> str:
    """Return the path of the explore page that shows the query."""
    pairs = [("fields", ",".join(parts.fields or []))]
    pairs += [(f"f[{name}]", "" if value is None else str(value)) for name, value in (parts.filters or {}).items()]
    pairs += [("sorts", ",".join(parts.sorts or [])), ("pivots", ",".join(parts.pivots or []))]
    pairs += [
        ("limit", "" if parts.limit is None else str(parts.limit)),
        ("query_timezone", parts.query_timezone or ""),
    ]
    if parts.vis_config:
        pairs.append(("vis", json.dumps(parts.vis_config, separators=(",", ":"))))
    kept = [(name, value) for name, value in pairs if value or name.startswith("f[")]
    path = f"/explore/{quote(parts.model, safe='')}/{quote(parts.view, safe='')}"
    return path + ("?" + urlencode(kept, safe="[],") if kept else "")


def shape(instance: Instance, saved: Saved) -> dict[str, Any]:
    """Return Looker's ``Query``."""
    parts = saved.parts
    answer: dict[str, Any] = msgspec.to_builtins(parts)
    for name in ("limit", "column_limit"):
        answer[name] = None if answer[name] is None else str(answer[name])
    if parts.filters is not None:
        answer["filters"] = {name: _filter_text(value) for name, value in parts.filters.items()}
    path = explore_url(parts)
    return answer | {
        "id": saved.id,
        "slug": saved.client_id,
        "client_id": saved.client_id,
        "share_url": f"{instance.base_url}/x/{saved.client_id}",
        "expanded_share_url": instance.base_url + path,
        "url": path,
        "has_table_calculations": bool(parts.dynamic_fields and parts.dynamic_fields.strip() not in {"", "[]"}),
        "can": {"run": True, "see_results": True, "explore": True, "show": True},
    }


def _filter_text(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)


def filter_texts(parts: Parts) -> dict[str, str]:
    """Return the filters as filter expressions."""
    return {name: _filter_text(value) for name, value in (parts.filters or {}).items()}


def _client_id(instance: Instance) -> str:
    number = int.from_bytes(instance.random_bytes(20), "big")
    digits = []
    for _ in range(CLIENT_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
