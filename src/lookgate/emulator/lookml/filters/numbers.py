"""Filter expressions on numbers: ``5``, ``>5 AND <10``, ``NOT 3``, ``1 to 5``, ``[1,5)``, ``NULL``, lists of those."""

from __future__ import annotations

import re

from lookgate.emulator.lookml.errors import QueryError

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_INTERVAL = re.compile(rf"(?i)([\[(])\s*({_NUMBER}|-?inf)?\s*,\s*({_NUMBER}|inf)?\s*([\])])")
_RANGE = re.compile(rf"(?i)({_NUMBER})?\s*\bto\b\s*({_NUMBER})?")
_COMPARISON = re.compile(rf"(<=|>=|<>|!=|<|>|=)\s*({_NUMBER})")
_PLAIN = re.compile(_NUMBER)
_TOO_LONG = 4000
_DIGITS = 60


def number_condition(expression: str, text: str, field: str) -> str:
    """Return the condition: any of the positive entries and none of the negative ones.

    Raises:
        QueryError: the text is not a number filter.
    """
    refused = QueryError(
        f'The filter on "{field}" is not a number filter: {text[:80]!r}. Write 5, >5, 1 to 5 or [1,5).'
    )
    if len(text) > _TOO_LONG:
        raise refused
    wanted: list[str] = []
    unwanted: list[str] = []
    negate_lists = False
    for index, entry in enumerate(_split(text)):
        joined = [_item(part.strip(), expression) for part in re.split(r"(?i)\band\b", entry)]
        if not all(joined):
            raise refused
        items = [item for item in joined if item]
        if len(items) > 1:
            wanted.append(" AND ".join(sql for sql, _, _ in items))
            continue
        sql, negative, plain = items[0]
        # "NOT 66, 99, 4" is none of the three: a NOT in front of the list belongs to all its plain numbers.
        negate_lists = negate_lists or (index == 0 and negative and plain)
        if negative:
            unwanted.append(sql)
        elif plain and negate_lists:
            unwanted.append(f"({expression} IS NULL OR NOT ({sql}))")
        else:
            wanted.append(sql)
    parts = [f"({' OR '.join(f'({sql})' for sql in wanted)})"] if wanted else []
    return " AND ".join(parts + unwanted) or "1 = 1"


def _split(text: str) -> list[str]:
    """Split at commas and OR, but not inside an interval."""
    holes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        holes.append(match[0])
        return f"#{len(holes) - 1}#"

    if "#" in text:
        return [text]
    entries = re.split(r"(?i),|\bor\b", _INTERVAL.sub(hide, text))
    return [re.sub(r"#(\d+)#", lambda m: holes[int(m[1])], entry).strip() for entry in entries if entry.strip()]


def _item(text: str, expression: str) -> tuple[str, bool, bool] | None:
    """Return (SQL, whether it is a negative, whether it is a plain number), or None when unreadable."""
    if len(re.sub(r"[^0-9.]", "", text)) > _DIGITS:
        return None
    negative = re.match(r"(?i)not\b", text) is not None
    body = text[3:].strip() if negative else text
    plain = False
    if body.upper() == "NULL":
        return f"{expression} IS {'NOT ' if negative else ''}NULL", negative, False
    if match := _INTERVAL.fullmatch(body):
        sql = _interval(expression, match)
    elif (match := _COMPARISON.fullmatch(body)) and match[1] in ("<>", "!="):
        if negative:
            return None
        negative, sql, plain = True, f"{expression} = {match[2]}", True
    elif match:
        sql = f"{expression} {match[1]} {match[2]}"
    elif (match := _RANGE.fullmatch(body)) and (match[1] or match[2]):
        low, high = match[1], match[2]
        sql = " AND ".join(
            [f"{expression} >= {low}"] * bool(low) + [f"{expression} <= {high}"] * bool(high),
        )
    elif _PLAIN.fullmatch(body):
        sql, plain = f"{expression} = {body}", True
    else:
        return None
    return (f"({expression} IS NULL OR NOT ({sql}))" if negative else sql), negative, plain


def _interval(expression: str, match: re.Match[str]) -> str:
    opening, low, high, closing = match.groups()
    ends = []
    if low and low.lower().lstrip("-") != "inf":
        ends.append(f"{expression} {'>=' if opening == '[' else '>'} {low}")
    if high and high.lower() != "inf":
        ends.append(f"{expression} {'<=' if closing == ']' else '<'} {high}")
    return " AND ".join(ends) or f"{expression} IS NOT NULL"
