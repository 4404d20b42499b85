"""Liquid in a query: what a template may read of the user, the filters and the fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lookgate.emulator.lookml import seal
from lookgate.emulator.lookml.dialects import Dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.filters import ALWAYS, DateWriter, date_condition, kind_of, parse_dates, simple_condition
from lookgate.emulator.lookml.model import Field, View
from lookgate.emulator.lookml.query import QueryUser

_ATTRIBUTE = re.compile(r"""\{\{\s*_user_attributes\s*\[\s*(?:'([^']*)'|"([^"]*)")\s*\]\s*\}\}""")
_SYSTEM = ("id", "name", "email", "locale")


class Lazy(Mapping[str, Any]):
    """A mapping that Liquid reads by asking for one key at a time."""

    def __init__(self, get: Callable[[str], Any]) -> None:
        self._get = get

    def __getitem__(self, key: str) -> Any:
        return self._get(str(key))

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def user_attribute(user: QueryUser, name: str) -> str:
    """Return an attribute's value, empty when the user has none. Looker's own (id, name, email …) are there too."""
    value = user.attributes.get(name)
    if value is None:
        value = str(getattr(user, name)) if name in _SYSTEM else ""
    if "\0" in value:
        raise QueryError(f'The user attribute "{name}" contains a NUL character.')
    return value


def put_user_attributes(text: str, user: QueryUser) -> str:
    """Replace ``{{ _user_attributes['x'] }}`` in a filter expression; no other Liquid is read there."""
    return _ATTRIBUTE.sub(lambda match: user_attribute(user, match[1] or match[2] or ""), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Renders the Liquid of one query."""

    views: Mapping[str, View]
    """By alias."""
    filters: Mapping[str, str]
    """Filter texts by full field name, defaults included."""
    selected: frozenset[str]
    """Full names of the fields in the query."""
    user: QueryUser
    model: str
    explore: str
    dialect: Dialect
    now: datetime
    zone: str
    week_start: str
    persistent: bool
    """The SQL is stored for all users, so nothing of this user or query may enter it."""
    sql_of: Callable[[str, str], str]
    """Writes a field's SQL, for ``view.field._sql``."""
    increment: str | None = None
    """Where the next step of an incremental table begins, as SQL; empty for all of it; None for any other SQL."""

    def sql(self, text: str, alias: str, where: str) -> str:
        """Render a piece of SQL; references in the result are marked (see ``seal``).

        Raises:
            QueryError: the Liquid is wrong, or a value does not fit where it stands.
        """
        marked = seal.mark_references(text)
        if "{{" not in text and "{%" not in text:
            return marked
        from liquid.exceptions import LiquidError  # noqa: PLC0415 - only queries with Liquid pay for it

        from lookgate.emulator.lookml.liquid_tags import sql_environment  # noqa: PLC0415

        try:
            rendered = sql_environment().from_string(marked).render(**self._globals(alias))
        except LiquidError as error:
            raise QueryError(f"The Liquid of {where} cannot be rendered: {error}") from None
        return seal.sealed(rendered, where)

    def _globals(self, alias: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if alias in self.views:
            found |= {short: self._field(alias, short) for short in self.views[alias].fields}
        found |= {name: Lazy(partial(self._of_view, name)) for name in self.views}
        label = self.views[alias].label if alias in self.views else alias
        return found | {
            "_user_attributes": Lazy(self._attribute),
            "_filters": Lazy(self._filter_text),
            "_view": {"_name": alias, "_label": label},
            "_explore": {"_name": self.explore, "_label": self.explore},
            "_model": {"_name": self.model},
            "_query": {"_query_timezone": self.zone},
            "_localization": {"_locale": self.user.locale},
            "\0parameter": lambda name: self._parameter(*self._split(name, alias)),
            "\0condition": lambda name, body: self._condition(*self._split(name, alias), body),
            "\0incrementcondition": self._increment,
            "\0date_start": lambda name: self._date_end(*self._split(name, alias), start=True),
            "\0date_end": lambda name: self._date_end(*self._split(name, alias), start=False),
        }

    def _only_transient(self, what: str) -> None:
        if self.persistent:
            raise QueryError(
                f"A persistent derived table cannot use {what}: it is built once for all users. "
                "Remove its trigger, or the Liquid."
            )

    def _attribute(self, name: str) -> str:
        self._only_transient("_user_attributes")
        return user_attribute(self.user, name)

    def _filter_text(self, name: str) -> str:
        self._only_transient("_filters")
        return self.filters.get(name, "")

    def _split(self, name: str, alias: str) -> tuple[str, Field]:
        owner, _, short = name.rpartition(".")
        view = self.views.get(owner or alias)
        if view is None or short not in view.fields:
            raise QueryError(f'Liquid names the unknown field "{name}".')
        return f"{owner or alias}.{short}", view.fields[short]

    def _of_view(self, alias: str, short: str) -> Any:
        if short == "_name":
            return alias
        if short not in self.views[alias].fields:
            raise KeyError(short)
        return self._field(alias, short)

    def _field(self, alias: str, short: str) -> Lazy:
        from lookgate.emulator.lookml.liquid_tags import Sql  # noqa: PLC0415

        full, field = f"{alias}.{short}", self.views[alias].fields[short]

        def get(key: str) -> Any:
            if key == "_name":
                return full
            if key == "_sql":
                return Sql(self.sql_of(alias, short))
            if key == "_parameter_value":
                return Sql(self._parameter(full, field))
            if key in ("_in_query", "_is_selected", "_is_filtered"):
                self._only_transient(key)
                selected, filtered = full in self.selected, bool(self.filters.get(full))
                return {"_is_selected": selected, "_is_filtered": filtered}.get(key, selected or filtered)
            raise KeyError(key)

        return Lazy(get)

    def _parameter(self, full: str, field: Field) -> str:
        """Return a parameter's value as SQL."""
        self._only_transient("parameters")
        if field.category != "parameter":
            raise QueryError(f'"{full}" is used as a parameter, and is a {field.category}.')
        value = self.filters.get(full) or field.default_value
        if value is None:
            return "NULL"
        if field.allowed_values and value not in {allowed.value for allowed in field.allowed_values}:
            raise QueryError(f'"{value[:80]}" is not an allowed value of the parameter "{full}".')
        if field.type == "unquoted":
            if not re.fullmatch(r"[A-Za-z0-9_]+", value, re.ASCII):
                raise QueryError(f'The unquoted parameter "{full}" takes letters, digits and _ only.')
            return value
        if field.type == "number":
            if not re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", value, re.ASCII):
                raise QueryError(f'The parameter "{full}" must be a number.')
            return value
        if field.type == "yesno":
            return "TRUE" if value.lower() in ("yes", "true") else "FALSE"
        if field.timeframe:
            spans = parse_dates(value, self._local(), full, self.week_start)
            start = spans[0].start if spans else None
            return self._writer(field).moment(start) if start else "NULL"
        return self.dialect.literal(value)

    def _condition(self, full: str, field: Field, body: str) -> str:
        self._only_transient("templated filters")
        text = self.filters.get(full, "")
        if not text:
            return ALWAYS
        return f"({self.condition(field, f'({body.strip()})', text, full)})"

    def _increment(self, body: str) -> str:
        if self.increment is None:
            raise QueryError("The Liquid tag incrementcondition stands only in a derived table with an increment_key.")
        return f"(CAST(({body.strip()}) AS TIMESTAMP) >= {self.increment})" if self.increment else ALWAYS

    def _date_end(self, full: str, field: Field, *, start: bool) -> str:
        self._only_transient("templated filters")
        text = self.filters.get(full, "")
        spans = parse_dates(text, self._local(), full, self.week_start) if text else []
        moment = (spans[0].start if start else spans[0].end) if spans else None
        return self._writer(field).moment(moment) if moment else "NULL"

    def condition(self, field: Field, expression: str, text: str, name: str) -> str:
        """Return the condition that ``expression`` fits a filter text of the field's kind."""
        kind = kind_of(field)
        if kind != "date":
            return simple_condition(kind, expression, text, name, self.dialect)
        spans = parse_dates(text, self._local(), name, self.week_start)
        return date_condition(f"CAST({expression} AS TIMESTAMP)", spans, self._writer(field))

    def _writer(self, field: Field) -> DateWriter:
        convert = field.convert_tz and field.datatype in ("datetime", "timestamp", "epoch")
        return DateWriter(self.dialect, self.zone, convert=convert)

    def _local(self) -> datetime:
        """Return the time on the query's own clock, without zone."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - only queries with dates pay for it

        moment = self.now if self.now.tzinfo else self.now.replace(tzinfo=UTC)
        return moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
