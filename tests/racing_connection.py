"""A connection between whose query and its SQL something happens: the race that is lost once in a thousand runs."""

from __future__ import annotations

from collections.abc import Callable

from lookgate.emulator.connection import Connection, Rows


class RacingConnection(Connection):
    """Runs ``meanwhile`` once, just before the next statement that contains ``mark``."""

    mark = ""
    meanwhile: Callable[[], object] | None = None
    raced = 0
    """How often it did."""

    def execute(self, sql: str) -> Rows:
        if self.meanwhile is not None and self.mark in sql:
            act, self.meanwhile = self.meanwhile, None
            self.raced += 1
            act()
        return super().execute(sql)
