"""How SQL differs between databases; one file each."""

from __future__ import annotations

from lookgate.emulator.lookml.dialects.base import Dialect
from lookgate.emulator.lookml.dialects.duckdb import DuckDB
from lookgate.emulator.lookml.dialects.postgres import Postgres
from lookgate.emulator.lookml.errors import QueryError

__all__ = ["Dialect", "dialect"]
_DIALECTS: dict[str, Dialect] = {"duckdb": DuckDB(), "postgres": Postgres()}


def dialect(name: str) -> Dialect:
    """Return the dialect of this name.

    Raises:
        QueryError: there is none.
    """
    if name not in _DIALECTS:
        raise QueryError(f'The dialect "{name}" is not supported; use one of: {", ".join(_DIALECTS)}.')
    return _DIALECTS[name]
