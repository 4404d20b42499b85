"""What one user sees of an explore: its views, its fields and its joins, after access grants and ``fields`` lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.model import Explore, Field, Join, Model, View


def has_grants(model: Model, required: Iterable[str], attributes: Mapping[str, str]) -> bool:
    """Tell whether a user has every required access grant. A grant that does not exist is had by nobody."""
    for name in required:
        grant = model.access_grants.get(name)
        if grant is None:
            return False
        # An attribute with several values holds them separated by commas.
        values = {value.strip() for value in attributes.get(grant.user_attribute, "").split(",")} - {""}
        if not values & set(grant.allowed_values):
            return False
    return True


class Scope:
    """An explore as one user may use it. ``views`` and ``joins`` go by alias, ``fields`` by full name."""

    def __init__(self, model: Model, explore_name: str, attributes: Mapping[str, str]) -> None:
        explore = model.explores.get(explore_name)
        if explore is None or not has_grants(model, explore.required_access_grants, attributes):
            raise QueryError(f'Unknown explore "{explore_name}" in model "{model.name}".')
        self.model = model
        self.explore: Explore = explore
        self.attributes = attributes
        self.views: dict[str, View] = {}
        self.joins: dict[str, Join] = {}
        self._labels: dict[str, str | None] = {explore.view_name: explore.view_label}
        base = model.views[explore.from_view]
        if not has_grants(model, base.required_access_grants, attributes):
            raise QueryError(f'Unknown explore "{explore_name}" in model "{model.name}".')
        self.views[explore.view_name] = base
        for join in explore.joins:
            view = model.views[join.from_view]
            if has_grants(model, (*join.required_access_grants, *view.required_access_grants), attributes):
                self.views[join.name] = view
                self.joins[join.name] = join
                self._labels[join.name] = join.view_label
        self.fields = {field.name: field for field in self._visible()}

    @property
    def base(self) -> str:
        """Alias of the base view."""
        return self.explore.view_name

    def field(self, name: str) -> Field:
        """Return a field that a query may name.

        Raises:
            QueryError: there is none, or the user may not see it: the two look the same, as in Looker.
        """
        field = self.fields.get(name)
        if field is None:
            raise QueryError(f'Unknown field "{name}" in explore "{self.explore.name}".')
        return field

    def internal(self, alias: str, short: str) -> Field:
        """Return a field that LookML itself refers to: ``fields`` lists do not hide it, access grants do.

        Raises:
            QueryError: there is none, or the user lacks its grants.
        """
        view = self.views.get(alias)
        field = view.fields.get(short) if view else None
        if field is None or not has_grants(self.model, field.required_access_grants, self.attributes):
            raise QueryError(f'Unknown field "{alias}.{short}" in explore "{self.explore.name}".')
        return self._bound(field, alias)

    def _bound(self, field: Field, alias: str) -> Field:
        label = self._labels.get(alias)
        if alias == field.view and label is None:
            return field
        own = field.view_label
        if own == self.views[alias].label:
            own = label or _alias_label(alias, self.views[alias])
        return msgspec.structs.replace(
            field,
            name=f"{alias}.{field.short_name}",
            view=alias,
            view_label=own,
            label=f"{own} {field.label_short}",
            dimension_group=f"{alias}.{field.dimension_group.split('.', 1)[1]}" if field.dimension_group else None,
        )

    def _visible(self) -> Iterable[Field]:
        allowed: set[str] = set()
        for alias, view in self.views.items():
            join = self.joins.get(alias)
            every = [f"{alias}.{short}" for short in view.fields]
            allowed.update(every if join is None or join.fields is None else self.expand(join.fields, alias, every))
        if self.explore.fields is not None:
            everything = [f"{alias}.{short}" for alias, view in self.views.items() for short in view.fields]
            allowed &= set(self.expand(self.explore.fields, self.base, everything))
        for alias, view in self.views.items():
            for short, field in view.fields.items():
                if f"{alias}.{short}" in allowed and has_grants(
                    self.model, field.required_access_grants, self.attributes
                ):
                    yield self._bound(field, alias)

    def expand(self, entries: Iterable[str], alias: str, everything: list[str], depth: int = 0) -> list[str]:
        """Expand a ``fields`` list: names, sets (``view.set*``), ``ALL_FIELDS*``, and ``-`` before any of them."""
        if depth > 20:  # noqa: PLR2004 - sets that contain each other
            raise QueryError(f'A set of explore "{self.explore.name}" contains itself.')
        entries = list(entries)
        kept: dict[str, None] = dict.fromkeys(everything if entries and entries[0].startswith("-") else [])
        for entry in entries:
            name = entry.removeprefix("-")
            if name == "ALL_FIELDS*":
                found = everything
            else:
                owner, _, short = name.rpartition(".")
                owner = owner or alias
                if short.endswith("*"):
                    view = self.views.get(owner)
                    members = view.sets.get(short[:-1], ()) if view else ()
                    own = [f"{owner}.{field}" for field in view.fields] if view else []
                    found = self.expand(members, owner, own, depth + 1)
                    found = own if view and short == "ALL_FIELDS*" else found
                else:
                    found = [f"{owner}.{short}"]
                    group = [f for f in everything if f.startswith(f"{owner}.{short}_")]
                    if found[0] not in everything and group:
                        found = [f for f in group if self._group_of(f) == f"{short}"]
            for field in found:
                if entry.startswith("-"):
                    kept.pop(field, None)
                else:
                    kept[field] = None
        return list(kept)

    def _group_of(self, name: str) -> str | None:
        alias, _, short = name.partition(".")
        field = self.views[alias].fields.get(short)
        return field.dimension_group.split(".", 1)[1] if field and field.dimension_group else None


def _alias_label(alias: str, view: View) -> str:
    from lookgate.emulator.lookml.fields import words  # noqa: PLC0415 - next to its only use

    return view.label if alias == view.name else words(alias)
