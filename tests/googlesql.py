"""GoogleSQL, BigQuery's language, in this process: the reference engine of the ``zetasql`` package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

Rows = Sequence[Sequence[str | int]]


@cache
def _language() -> Any:
    from zetasql.types import LanguageOptions  # noqa: PLC0415 - compiles for ten seconds

    return LanguageOptions.maximum_features()


@cache
def _catalog() -> Any:
    """Return a catalog with every function, and the key table under its dotted name."""
    from zetasql.api import CatalogBuilder, TableBuilder  # noqa: PLC0415 - likewise
    from zetasql.types import TypeKind, ZetaSQLBuiltinFunctionOptions  # noqa: PLC0415 - likewise

    table = TableBuilder("keys")
    for name in ("kid", "inner_block", "outer_block"):
        table = table.add_column(name, TypeKind.TYPE_STRING)
    for name in ("not_before", "retire_after"):
        table = table.add_column(name, TypeKind.TYPE_INT64)
    functions = ZetaSQLBuiltinFunctionOptions(language_options=_language())
    return CatalogBuilder("tests").add_table(table.build()).with_builtin_functions(functions).build()


def query(sql: str, keys: Rows = ()) -> list[tuple[Any, ...]]:
    """Run one SELECT; ``keys`` are the rows of the table ``keys``."""
    from zetasql.api import PreparedQuery, create_table_content  # noqa: PLC0415 - likewise
    from zetasql.types import AnalyzerOptions  # noqa: PLC0415 - likewise

    builder = PreparedQuery.builder().set_sql(sql).set_catalog(_catalog())
    builder = builder.set_analyzer_options(AnalyzerOptions(language_options=_language()))
    builder = builder.set_table_content({"keys": create_table_content([list(row) for row in keys])})
    with builder.prepare() as prepared:
        answer = prepared.execute()
    table = answer.content.table_data
    return [tuple(_value(cell) for cell in row.cell) for row in (table.row if table and table.row else ())]


def _value(cell: Any) -> Any:
    for name in ("string_value", "int64_value", "bool_value", "bytes_value"):
        value = getattr(cell, name)
        if value is not None:
            return value
    return None
