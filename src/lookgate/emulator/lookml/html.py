"""A field's ``html``, rendered for one row. Every printed value is HTML-escaped: the stricter reading of Looker."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.formats import plain, rendered
from lookgate.emulator.lookml.model import Field, Model
from lookgate.emulator.lookml.query import Query, QueryUser
from lookgate.emulator.lookml.templates import Lazy, put_user_attributes, user_attribute


def render_html(
    field: Field, row: Mapping[str, Any], user: QueryUser, query: Query | None, models: Mapping[str, Model]
) -> str | None:
    """Render ``field.html``; None when the field has none.

    Raises:
        QueryError: the Liquid is wrong.
    """
    if not field.html:
        return None
    if "{{" not in field.html and "{%" not in field.html:
        return field.html
    from liquid.exceptions import LiquidError  # noqa: PLC0415 - only fields with Liquid pay for it

    from lookgate.emulator.lookml.liquid_tags import html_environment  # noqa: PLC0415

    formats = models[query.model].value_formats if query and query.model in models else {}
    filters = {name: put_user_attributes(text, user) for name, text in query.filters.items()} if query else {}

    def sibling(name: str) -> Lazy:
        return Lazy(partial(_about, name, field, row, filters, formats))

    def of_view(view: str, short: str) -> Lazy:
        return sibling(f"{view}.{short}")

    value = row.get(field.name)
    shown = rendered(value, field, formats)
    views = {name.split(".", 1)[0] for name in (*row, *filters, field.name)}
    scope: dict[str, Any] = {
        **{view: Lazy(partial(of_view, view)) for view in views},
        "value": plain(value),
        "rendered_value": shown,
        "linked_value": shown,
        "filterable_value": quote(str(plain(value)), safe=""),
        "link": field.links[0].url if field.links else "",
        "_user_attributes": Lazy(lambda name: user_attribute(user, name)),
        "_filters": Lazy(lambda name: filters.get(name, "")),
        "_view": {"_name": field.view},
        "_field": {"_name": field.name},
        "_model": {"_name": query.model if query else ""},
        "_explore": {"_name": query.view if query else ""},
        "_query": {"_query_timezone": user.timezone},
        "_localization": {"_locale": user.locale},
    }
    own = {name.split(".", 1)[1]: sibling(name) for name in row if name.startswith(f"{field.view}.")}
    try:
        return html_environment().from_string(field.html).render(**(own | scope))
    except LiquidError as error:
        raise QueryError(f'The html of "{field.name}" cannot be rendered: {error}') from None


def _about(
    name: str, field: Field, row: Mapping[str, Any], filters: Mapping[str, str], formats: Mapping[str, str], key: str
) -> Any:
    """Answer ``view.field.<key>``."""
    value = row.get(name)
    if key == "_value":
        return plain(value)
    if key in ("_rendered_value", "_linked_value"):
        return rendered(value, field, formats)
    if key == "_filterable_value":
        return quote(str(plain(value)), safe="")
    if key == "_parameter_value":
        return filters.get(name, "")
    selected, filtered = name in row, bool(filters.get(name))
    return {"_is_selected": selected, "_is_filtered": filtered, "_in_query": selected or filtered}[key]
