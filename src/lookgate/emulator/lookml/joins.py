"""Which joins a query needs, in which order, and whose rows they repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.scope import Scope

_MULTIPLIES_OUT = ("one_to_many", "many_to_many")
"""Going from the left side to the joined view repeats the left side's rows."""
_MULTIPLIES_BACK = ("many_to_one", "many_to_many")


class JoinPlan:
    """The joins of one query.

    Args:
        scope: the explore.
        used: aliases that the query's expressions mention.
        mentions: returns the aliases that a join's condition mentions, itself excluded.
    """

    def __init__(self, scope: Scope, used: Iterable[str], mentions: Callable[[str], frozenset[str]]) -> None:
        self._scope = scope
        self._mentions = mentions
        self.order: list[str] = []
        """Joined aliases; each stands after those that its condition mentions."""
        wanted = {*used, *scope.explore.always_join}
        declared = [*scope.joins]
        for alias in sorted(wanted - {scope.base}, key=lambda a: declared.index(a) if a in declared else -1):
            self._add(alias, ())
        self._edges: dict[str, list[tuple[str, bool]]] = {}
        for alias in self.order:
            parents = [parent for parent in (scope.base, *self.order) if parent in mentions(alias)]
            # The relationship is declared towards everything joined before; the last of those stands for it.
            parent = parents[-1] if parents else scope.base
            relationship = scope.joins[alias].relationship
            self._edges.setdefault(parent, []).append((alias, relationship in _MULTIPLIES_OUT))
            self._edges.setdefault(alias, []).append((parent, relationship in _MULTIPLIES_BACK))

    def _add(self, alias: str, path: tuple[str, ...]) -> None:
        if alias in self.order or alias == self._scope.base:
            return
        if alias not in self._scope.joins:
            raise QueryError(f'The view "{alias}" is not joined in explore "{self._scope.explore.name}".')
        if alias in path:
            raise QueryError(f'The join "{alias}" depends on itself through {" → ".join(path)}.')
        for needed in (*self._scope.joins[alias].required_joins, *sorted(self._mentions(alias))):
            self._add(needed, (*path, alias))
        self.order.append(alias)

    def reached_many(self, alias: str) -> frozenset[str]:
        """Return the aliases of which one row of ``alias`` may meet several."""
        many: set[str] = set()
        seen = {alias}
        waiting = [(alias, False)]
        while waiting:
            current, multiplied = waiting.pop()
            for neighbour, multiplies in self._edges.get(current, ()):
                if neighbour not in seen:
                    seen.add(neighbour)
                    if multiplied or multiplies:
                        many.add(neighbour)
                    waiting.append((neighbour, multiplied or multiplies))
        return frozenset(many)

    @property
    def has_outer(self) -> bool:
        """Whether rows may stand without a row of the base view."""
        return any(self._scope.joins[alias].type == "full_outer" for alias in self.order)
