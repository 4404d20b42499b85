"""From a field to its SQL expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from lookgate.emulator.lookml.dialects import Dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.joins import JoinPlan
from lookgate.emulator.lookml.measures import aggregate
from lookgate.emulator.lookml.model import Field
from lookgate.emulator.lookml.scope import Scope
from lookgate.emulator.lookml.seal import REFERENCE
from lookgate.emulator.lookml.templates import Templates

_REFERENCE = re.compile(re.escape(REFERENCE) + r"([^}\0]*)\}")
_SIMPLE = re.compile(r"""[\w."]+|'[^']*'|\(.*\)""", re.DOTALL)
_ORDER_OF_DAYS = {"day_of_week": "day_of_week_index", "month_name": "month_num"}


class Expressions:
    """Writes the fields of one query and remembers which views they mention."""

    def __init__(
        self, scope: Scope, templates: Callable[[], Templates], dialect: Dialect, zone: str, table: Callable[[str], str]
    ) -> None:
        self.scope = scope
        self.dialect = dialect
        self.plan: JoinPlan | None = None
        """Known from the second pass on: until then nothing is taken to repeat rows."""
        self.mentioned: set[str] = set()
        self._templates = templates
        self._zone = zone
        self._table = table
        self._stack: list[str] = []

    def text(self, sql: str, alias: str, where: str, *, measures: bool = False) -> str:
        """Render a piece of LookML SQL that belongs to a view."""
        return self.resolved(self._templates().sql(sql, alias, where), alias, where, measures=measures)

    def resolved(self, sql: str, alias: str, where: str, *, measures: bool = False) -> str:
        """Replace marked references."""

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name == "TABLE":
                self.mentioned.add(alias)
                return self.dialect.identifier(alias)
            owner, _, short = name.rpartition(".")
            if short == "SQL_TABLE_NAME":
                return self._table(owner or alias)
            if short == "_sql":
                owner, _, short = owner.rpartition(".")
            if name == "EXTENDED":
                raise QueryError(f"${{EXTENDED}} in {where} is not supported.")
            field = self.scope.internal(owner or alias, short)
            if field.category == "measure" and not measures:
                raise QueryError(f'{where} cannot refer to the measure "{field.name}": only measures may.')
            sql = self.measure(field) if field.category == "measure" else self.dimension(field)
            return sql if _SIMPLE.fullmatch(sql) and sql.count("(") < 2 else f"({sql})"  # noqa: PLR2004 - "(a) + (b)" is not one group

        return _REFERENCE.sub(replace, sql)

    def own(self, field: Field, *, measures: bool = False) -> str:
        """Return the field's ``sql``, or the column of its name."""
        column = field.dimension_group.split(".", 1)[1] if field.dimension_group else field.short_name
        sql = field.sql if field.sql is not None else "${TABLE}." + self.dialect.identifier(column)
        return self._guarded(field, lambda: self.text(sql, field.view, f'"{field.name}"', measures=measures))

    def _part(self, field: Field, sql: str) -> str:
        return self._guarded(field, lambda: self.text(sql, field.view, f'"{field.name}"'))

    def _guarded(self, field: Field, write: Callable[[], str]) -> str:
        if field.name in self._stack:
            raise QueryError(f'The field "{field.name}" refers to itself through {" → ".join(self._stack)}.')
        self._stack.append(field.name)
        try:
            return write().strip()
        finally:
            self._stack.pop()

    def dimension(self, field: Field) -> str:
        """Return a dimension as other SQL refers to it: a yesno is a condition there."""
        if field.category in ("parameter", "filter"):
            raise QueryError(f'The {field.category} "{field.name}" has no SQL of its own; use its Liquid tag.')
        if field.timeframe:
            return self._timeframe(field, field.timeframe)
        if field.interval:
            start, end = (self._part(field, sql or "NULL") for sql in (field.sql_start, field.sql_end))
            return self.dialect.elapsed(field.interval, start, end)
        if field.type == "location":
            ends = [
                self.text(part or "NULL", field.view, field.name) for part in (field.sql_latitude, field.sql_longitude)
            ]
            as_text = [f"CAST({part} AS {self.dialect.text_type})" for part in ends]
            return f"({as_text[0]} || ',' || {as_text[1]})"
        if field.type == "case":
            return self._case(field, labels=True)
        if field.type == "tier":
            return self._tier(field, labels=True)
        sql = self.own(field)
        return f"({sql})" if field.type == "yesno" else sql

    def selected(self, field: Field) -> str:
        """Return a field as the result shows it."""
        if field.category == "measure":
            sql = self.measure(field)
        elif field.category == "dimension":
            sql = self.dimension(field)
        else:
            raise QueryError(f'The {field.category} "{field.name}" cannot be selected; use it as a filter.')
        if field.type in ("yesno", "date_yesno"):
            return f"CASE WHEN {sql} THEN 'Yes' ELSE 'No' END"
        return sql

    def filtered(self, field: Field) -> str:
        """Return the expression that a filter on the field is about: for a time the whole moment, in UTC."""
        from lookgate.emulator.lookml.filters import kind_of  # noqa: PLC0415 - next to its only use

        if field.category == "measure":
            return self.measure(field)
        return self._moment(field) if field.timeframe and kind_of(field) == "date" else self.dimension(field)

    def order(self, field: Field) -> str | None:
        """Return what a field is sorted by, when that is not its own text."""
        if field.timeframe in _ORDER_OF_DAYS:
            return f"MIN({self._timeframe(field, _ORDER_OF_DAYS[field.timeframe])})"
        if field.type == "case":
            return f"MIN({self._case(field, labels=False)})"
        if field.type == "tier":
            return f"MIN({self._tier(field, labels=False)})"
        return None

    def measure(self, field: Field) -> str:
        """Return a measure's aggregate."""
        return self._guarded(field, lambda: aggregate(self, field))

    def condition(self, name: str, alias: str, text: str) -> str:
        """Return a measure's own filter on a dimension as a condition."""
        owner, _, short = name.rpartition(".")
        field = self.scope.internal(owner or alias, short)
        if field.category != "dimension":
            raise QueryError(f'The measure filter "{name}" is not on a dimension.')
        return self._templates().condition(field, self.filtered(field), text, field.name)

    def _moment(self, field: Field) -> str:
        sql = self.own(field)
        return self.dialect.from_epoch(sql) if field.datatype == "epoch" else sql

    def _timeframe(self, field: Field, frame: str) -> str:
        if field.datatype not in ("datetime", "timestamp", "date", "epoch"):
            raise QueryError(f'The datatype "{field.datatype}" of "{field.name}" is not supported.')
        moment = self._moment(field)
        if frame == "raw":
            return moment
        if field.convert_tz and field.datatype != "date" and self._zone != "UTC":
            moment = self.dialect.to_zone(moment, self._zone)
        else:
            moment = f"CAST({moment} AS TIMESTAMP)"
        return self.dialect.timeframe(frame, moment, self.scope.model.week_start_day)

    def _case(self, field: Field, *, labels: bool) -> str:
        branches, fallback = [], "NULL"
        for index, when in enumerate(field.case):
            value = self.dialect.literal(when.label) if labels else str(index)
            if when.sql is None:
                fallback = value
            else:
                branches.append(f"WHEN {self._part(field, when.sql)} THEN {value}")
        return f"CASE {' '.join(branches)} ELSE {fallback} END" if branches else fallback

    def _tier(self, field: Field, *, labels: bool) -> str:
        sql = self.own(field)
        try:
            bounds = sorted(field.tiers, key=float)
        except ValueError:
            raise QueryError(f'The tiers of "{field.name}" are not numbers.') from None
        if not bounds:
            raise QueryError(f'The dimension "{field.name}" has no tiers.')
        names = tier_labels(bounds, field.style)
        values = [self.dialect.literal(name) if labels else str(index) for index, name in enumerate(names)]
        undefined = self.dialect.literal("Undefined" if field.style != "classic" else f"T{len(names):02d} Undefined")
        branches = [f"WHEN {sql} < {bound} THEN {values[index]}" for index, bound in enumerate(bounds)]
        last = f"WHEN {sql} >= {bounds[-1]} THEN {values[-1]}"
        return f"CASE {' '.join(branches)} {last} ELSE {undefined if labels else len(names)} END"


def tier_labels(bounds: list[str], style: str) -> list[str]:
    """Return the labels of tiers, from below the first bound to above the last, in one of Looker's four styles."""
    first, last = bounds[0], bounds[-1]
    pairs = list(pairwise(bounds))
    if style == "integer":
        whole = [f"{low} to {int(float(high)) - 1}" for low, high in pairs]
        return [f"Below {first}", *whole, f"{last} or Above"]
    if style == "interval":
        return [f"(-inf,{first})", *(f"[{low},{high})" for low, high in pairs), f"[{last},inf)"]
    if style == "relational":
        return [f"< {first}", *(f">= {low} and < {high}" for low, high in pairs), f">= {last}"]
    middle = [f"T{index:02d} [{low},{high})" for index, (low, high) in enumerate(pairs, 1)]
    return [f"T00 (-inf,{first})", *middle, f"T{len(bounds):02d} [{last},inf)"]
