"""HTML from LookML made safe to show: only what is on a list is rebuilt, everything else is dropped.

Looker does the same for a field's ``html`` ("HTML sanitization" in its documentation). This list is shorter than
Looker's: no media but images, no forms, ids or event handlers; of classes only ``button``. Style properties are on a
list too, and none of their values can load anything or place an element over the page.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from lookgate.emulator.pages.html import Markup, el, safe_url

_DROPPED_WITH_CONTENT = frozenset({"script", "style", "template", "iframe", "object", "noscript", "textarea", "title"})
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
    ]
)
_ATTRIBUTES = {
    "a": frozenset({"href", "target", "title"}),
    "img": frozenset({"src", "alt", "width", "height", "title"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
}
_ANYWHERE = frozenset({"title", "dir", "lang"})
_STYLES = frozenset(
    [
        "background",
        "background-color",
        "border",
        "border-bottom",
        "border-color",
        "border-left",
        "border-radius",
        "border-right",
        "border-style",
        "border-top",
        "border-width",
        "color",
        "display",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-width",
        "min-width",
        "opacity",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
    ]
)
_STYLE_VALUE = re.compile(r"[\w\s.,%#+\-']*(?:rgba?\([\d\s.,%/]*\)[\w\s.,%#+\-']*)?")
_VOID = frozenset({"br", "hr", "img"})
_MAX_DEPTH = 64


def sanitise(text: str) -> Markup:
    """Return the HTML with everything removed that is not on the list; always well formed."""
    parser = _Rebuilder()
    parser.feed(text)
    parser.close()
    return parser.finish()


class _Rebuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, dict[str, str], list[Markup | str]]] = [("", {}, [])]
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            self._dropping.append(tag)
        elif not self._dropping and tag in _TAGS and len(self._open) < _MAX_DEPTH:
            kept = _attributes(tag, attrs)
            if tag in _VOID:
                self._open[-1][2].append(el(tag, **kept))
            else:
                self._open.append((tag, kept, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)
        elif tag in _TAGS:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropping:
            del self._dropping[self._dropping.index(tag) :]
        elif not self._dropping and any(tag == name for name, _, _ in self._open[1:]):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._open[-1][2].append(data)

    def _close(self) -> str:
        tag, kept, children = self._open.pop()
        self._open[-1][2].append(el(tag, children, **kept))
        return tag

    def finish(self) -> Markup:
        while len(self._open) > 1:
            self._close()
        return el("div", self._open[0][2], class_="from-lookml")


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> dict[str, str]:
    allowed = _ANYWHERE | _ATTRIBUTES.get(tag, frozenset())
    kept = {name: value for name, value in attrs if value is not None and name in allowed}
    if tag == "a" and "href" in kept:
        kept["href"] = kept["href"].strip()
        if kept.pop("target", "") == "_blank":
            kept |= {"target": "_blank", "rel": "noopener noreferrer"}
    if tag == "img" and not re.match(r"https?://|/(?!/)", kept.get("src", "")):
        kept.pop("src", None)
    given = {name: value or "" for name, value in attrs}
    if tag == "a" and "button" in re.split(r"[\s_-]+", given.get("class", "")):
        kept["class_"] = "button"
    if style := _style(given.get("style", "")):
        kept["style"] = style
    return {name: value for name, value in kept.items() if name != "href" or safe_url(value)}


def _style(text: str) -> str:
    kept = []
    for declaration in text.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        negative = name.startswith("margin") and "-" in value
        if name in _STYLES and value and not negative and _STYLE_VALUE.fullmatch(value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)
