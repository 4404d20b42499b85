"""Numbers as Looker shows them: ``value_format_name`` and the basics of Excel-like ``value_format``."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

NAMED = {
    "id": "0",
    **{f"decimal_{n}": "#,##0" + ("." + "0" * n if n else "") for n in range(5)},
    **{f"percent_{n}": "0" + ("." + "0" * n if n else "") + "%" for n in range(5)},
    **{
        name + suffix: f'"{sign}"#,##0' + digits
        for name, sign in (("usd", "$"), ("gbp", "£"), ("eur", "€"))
        for suffix, digits in (("", ".00"), ("_0", ""))
    },
}
_BODY = re.compile(r"([#0,]*[#0])(?:\.([0#]+))?(,*)")


def format_number(number: float | Decimal, style: str) -> str | None:
    """Format a number; None when the style is not understood, so that the caller shows the plain number.

    Sections for positive, negative and zero numbers are separated by ``;``. Colours and conditions are ignored.
    """
    sections = _sections(style)
    value = Decimal(str(number))
    if not value.is_finite():
        return None
    index = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0  # noqa: PLR2004 - the third section is for zero
    section = re.sub(r"\[[^\]]*\]", "", sections[index])
    bare, literals = _without_literals(section)
    match = _BODY.search(bare)
    if not match:
        return _with_literals(bare, literals) if literals else None
    whole, places, thousands = match.groups()
    shown = abs(value) if index == 1 else value
    if "%" in bare:
        shown *= 100
    shown /= Decimal(1000) ** len(thousands)
    digits = len(places or "")
    try:
        shown = shown.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return None
    text = f"{abs(shown):{',' if ',' in whole else ''}f}"
    optional = len(places or "") - len((places or "").rstrip("#"))
    while optional and text[-1] == "0":
        text, optional = text[:-1], optional - 1
    text = text.removesuffix(".")
    minimum = whole.count("0")
    head, _, tail = text.partition(".")
    head = head.rjust(minimum, "0") if "," not in whole else head
    text = f"{head}.{tail}" if tail else head
    sign = "-" if shown < 0 else ""
    return sign + _with_literals(bare[: match.start()] + text + bare[match.end() :], literals)


def _sections(style: str) -> list[str]:
    return re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+', style) or [style]


def _without_literals(section: str) -> tuple[str, list[str]]:
    literals: list[str] = []

    def hold(match: re.Match[str]) -> str:
        literals.append(match[1] if match[1] is not None else match[2])
        return "\1"

    return re.sub(r'"([^"]*)"|\\(.)', hold, section), literals


def _with_literals(text: str, literals: list[str]) -> str:
    remaining = iter(literals)
    return re.sub("\1", lambda _: next(remaining, ""), text)
