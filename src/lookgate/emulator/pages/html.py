"""HTML that cannot be injected into: text is escaped because it is text, and only ``el`` makes elements.

``el("a", name, href=url)`` escapes ``name`` unless it is ``Markup``, quotes every attribute, and drops a link whose
scheme a browser would run. Nothing in the pages joins strings into HTML by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

__all__ = ["Attribute", "Child", "Markup", "classes", "data_block", "el", "join", "safe_url"]

Child = str | int | float | Markup | None | Iterable["Child"]
Attribute = str | int | float | bool | None

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_URLS = frozenset({"action", "cite", "formaction", "href", "src"})
_SAFE_URL = re.compile(r"(?:https?://|mailto:|[/?#.]|(?![a-z][a-z0-9+.\-]*:)[a-z0-9])", re.IGNORECASE)
_IN_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def el(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return one element.

    Args:
        name: the tag's name, written in our source.
        children: text (escaped), ``Markup`` (as it is), numbers, or iterables of these; None is left out.
        attributes: underscores become hyphens and one at the end is dropped (``class_``, ``aria_label``); True is a
            bare attribute; None and False are left out; a URL that is not http, https, mailto or relative is left out.
    """
    tag = Markup(name)  # noqa: S704 - written in our source, never data
    parts = [Markup("<"), tag]
    for key, value in attributes.items():
        attribute = key.removesuffix("_").replace("_", "-")
        if value is None or value is False or (attribute in _URLS and not safe_url(str(value))):
            continue
        parts.append(Markup(" ") + Markup(attribute))  # noqa: S704 - a keyword in our source, never data
        if value is not True:
            parts.append(Markup('="{}"').format(str(value)))
    parts.append(Markup(">"))
    if name not in _VOID:
        parts.extend((join(children), Markup("</"), tag, Markup(">")))
    return Markup("").join(parts)


def join(children: Iterable[Child]) -> Markup:
    """Return children one after another, escaped where they are text."""
    out: list[Markup] = []
    for child in children:
        if child is None:
            continue
        out.append(escape(child) if isinstance(child, (str, int, float)) else join(child))
    return Markup("").join(out)


def safe_url(url: str) -> bool:
    """Say whether a link may go there: http, https, mailto or a relative address, without control characters."""
    return url == "" or (url.isprintable() and "\\" not in url and _SAFE_URL.match(url) is not None)


def data_block(value: Any, **attributes: Attribute) -> Markup:
    """Return ``<script type="application/json">``: data for scripts, never run, which cannot end its own element."""
    text = json.dumps(value, ensure_ascii=False, default=str).translate(_IN_JSON)
    return el("script", Markup(text), type="application/json", **attributes)  # noqa: S704 - no character that HTML reads is left


def classes(names: Mapping[str, bool]) -> str | None:
    """Return the class names whose condition holds."""
    return " ".join(name for name, on in names.items() if on) or None
