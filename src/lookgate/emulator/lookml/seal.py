"""Where templated values may stand in SQL.

Looker puts what Liquid prints into SQL as it is. Here every printed value is marked, and the finished text is read
once with the state of its quotes. A value that could end the literal it stands in, or that is more than a plain name or
number outside of one, is refused: the author is told to use ``sql_quote``. Marks are NUL characters, which neither a
LookML file nor a value can contain.
"""

from __future__ import annotations

import re
from typing import NoReturn

from lookgate.emulator.lookml.errors import QueryError

VALUE, VALUE_END = "\0(", "\0)"
"""Around what Liquid printed."""
SQL, SQL_END = "\0[", "\0]"
"""Around complete SQL made by the engine, such as a quoted literal: it may stand only outside of quotes."""
REFERENCE = "\0{"
"""In place of ``${``: only an author's own reference is one, not what a value happens to contain."""

_TOKENS = re.compile(r"\0[()\[\]{]|''|'|\"|--|\n|/\*|\*/|\$[A-Za-z_0-9]*\$|[^\0'\"\-\n/*$]+|.", re.DOTALL)
_PLAIN = re.compile(r"\s*-?[A-Za-z0-9_.]+(?:\s*,\s*-?[A-Za-z0-9_.]+)*\s*|\s*")


def mark_references(sql: str) -> str:
    """Mark the author's references before Liquid adds anything."""
    return sql.replace("${", REFERENCE)


def sealed(sql: str, where: str) -> str:
    """Check every marked value and return the text without its marks; references stay marked.

    Args:
        sql: what Liquid rendered.
        where: the field or view, for the message.

    Raises:
        QueryError: a value could change the meaning of the SQL around it.
    """
    if VALUE not in sql and SQL not in sql:
        return sql
    out: list[str] = []
    state = ""
    depth = 0
    engine = 0
    value: list[str] = []
    for token in _TOKENS.findall(sql):
        if token == VALUE:
            depth += 1
        elif token == VALUE_END:
            depth -= 1
            if depth == 0:
                out.append(_checked("".join(value), state, where))
                value = []
        elif token in (SQL, SQL_END):
            if depth or (token == SQL and state):
                raise QueryError(
                    f"The SQL of {where} puts a templated literal inside quotes or inside another expression. "
                    "Remove the quotes around it: Looker quotes it itself."
                )
            engine += 1 if token == SQL else -1
        elif depth:
            value.append(token)
        else:
            if not engine and token[0] == "'" and out and out[-1].endswith("\\"):
                refuse_escapes(where)
            out.append(token)
            state = _next(state, token)
    return "".join(out)


def refuse_escapes(where: str) -> NoReturn:
    """Refuse a backslash before a quote: in some literals of Postgres the quote does not end it then."""
    raise QueryError(f"The SQL of {where} combines templated values with a backslash before a quote.")


def _next(state: str, token: str) -> str:
    """Follow quotes and comments. A doubled quote inside a literal leaves and enters it: the state is the same."""
    if not state:
        opens = token in ("'", '"', "--", "/*") or (len(token) > 1 and token[0] == token[-1] == "$")
        return token if opens else ""
    ends = {"--": "\n", "/*": "*/"}.get(state, state)
    return "" if token == ends else state


def _checked(value: str, state: str, where: str) -> str:
    if not state:
        safe = _PLAIN.fullmatch(value) is not None
    elif state in ("'", '"'):
        safe = state not in value and "\\" not in value and "\0" not in value
    else:
        safe = re.fullmatch(r"[\w .,@:]*", value) is not None and "\n" not in value
    if not safe:
        raise QueryError(
            f"The SQL of {where} prints a templated value that could change its meaning. "
            "Print it with the Liquid filter sql_quote, and without quotes around it."
        )
    return value
