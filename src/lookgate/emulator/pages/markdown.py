"""The little Markdown that dashboards' text tiles use: headings, lists, paragraphs, bold, italics, code and links.

Everything else is text. It builds elements; it never passes HTML through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from lookgate.emulator.pages.html import Child, Markup, el, join, safe_url

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*|\*(?P<italic>[^*\n]+)\*|\[(?P<text>[^\]\n]+)\]\((?P<url>[^()\s]+)\)"
)
_HEADING = re.compile(r"(#{1,4})\s+(.*)")
_BULLET = re.compile(r"\s*[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\s*\d+[.)]\s+(.*)")


def render(text: str) -> Markup:
    """Return the text as HTML."""
    blocks: list[Markup] = []
    for kind, group in groupby(text.splitlines(), _kind):
        lines = list(group)
        if kind == "heading":
            blocks.extend(_heading(line) for line in lines)
        elif kind in ("ul", "ol"):
            pattern = _BULLET if kind == "ul" else _NUMBERED
            items = (found[1] for line in lines if (found := pattern.fullmatch(line)))
            blocks.append(el(kind, [el("li", _inline(item)) for item in items]))
        elif kind == "text":
            blocks.append(el("p", _inline("\n".join(lines))))
    return join(blocks)


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.fullmatch(line):
        return "heading"
    if _BULLET.fullmatch(line):
        return "ul"
    return "ol" if _NUMBERED.fullmatch(line) else "text"


def _heading(line: str) -> Markup:
    found = _HEADING.fullmatch(line)
    marks, text = found.groups() if found else ("#", line)
    return el(f"h{min(len(marks) + 2, 6)}", _inline(text))


def _inline(text: str) -> Markup:
    return join(_pieces(text))


def _pieces(text: str) -> Iterator[Child]:
    position = 0
    for found in _INLINE.finditer(text):
        yield text[position : found.start()]
        position = found.end()
        kind, inside = found.lastgroup, found
        if kind == "code":
            yield el("code", inside["code"])
        elif kind == "bold":
            yield el("strong", inside["bold"])
        elif kind == "italic":
            yield el("em", inside["italic"])
        elif safe_url(inside["url"]):
            yield el("a", inside["text"], href=inside["url"])
        else:
            yield inside["text"]
    yield text[position:]
