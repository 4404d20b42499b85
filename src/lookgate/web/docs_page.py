"""The page that shows people what they may call: no script, nothing fetched, one stylesheet inlined by its hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from lookgate.actions.base import Action

_STYLE = Path(__file__).parent / "static" / "docs.css"
_EFFECTS = {
    "none": "reads only",
    "local": "writes records, together with its audit event",
    "remote": "changes something elsewhere; the intent is audited first",
}


def docs_page(actions: Mapping[str, Action], attribute: str) -> tuple[bytes, str]:
    """Return the page and the Content-Security-Policy it needs.

    Args:
        actions: the enabled actions by name.
        attribute: the user attribute that holds the handle, for the examples.
    """
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    ordered = [actions[name] for name in sorted(actions)]
    links = "".join(f'<li><a href="#{each.name}">{each.name}</a></li>' for each in ordered)
    parts = "".join(_section(each, attribute) for each in ordered) or "<p>No action is enabled.</p>"
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Lookgate actions</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the actions</a>
<header>
<p class="brand">Lookgate</p>
<h1>Actions</h1>
<p>Each action is called with <code>POST</code> and JSON. Machines read <a href="/openapi.json">openapi.json</a>.</p>
</header>
<div class="columns">
<nav aria-label="Actions"><ul>{links}</ul></nav>
<main id="main">{parts}</main>
</div>
</body>
</html>
"""
    return page.encode(), f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"


def _section(action: Action, attribute: str) -> str:
    description = "".join(f"<p>{escape(text)}</p>" for text in action.description.split("\n\n") if text)
    return f"""
<section id="{action.name}" aria-labelledby="{action.name}-title">
<h2 id="{action.name}-title"><span class="verb">POST</span> /actions/{action.name}</h2>
<p class="summary">{escape(action.summary)}</p>{description}
<dl>
<dt>Allowed for</dt><dd>{escape(action.policy.describe())}</dd>
<dt>Effect</dt><dd>{_EFFECTS[action.effect]}</dd>
</dl>
{_fields("Input", action.input)}
{_fields("Output", action.output)}
<h3>From a shell</h3>
<pre tabindex="0"><code>{escape(_curl(action))}</code></pre>
<h3>From an extension</h3>
<pre tabindex="0"><code>{escape(_typescript(action, attribute))}</code></pre>
</section>"""


def _fields(title: str, kind: type[msgspec.Struct]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(words)}</td><td>{escape(presence)}</td></tr>"
        for name, words, presence in _rows(kind)
    )
    if not rows:
        return f"<h3>{title}</h3><p>No fields.</p>"
    return (
        f'<h3>{title}</h3><div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        f'<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Default</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _rows(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    schemas = msgspec.json.schema_components([kind], ref_template="{name}")[1]
    own = next(schema for schema in schemas.values() if schema.get("title") == kind.__name__)
    for name, schema in own.get("properties", {}).items():
        if name in own.get("required", ()):
            presence = "required"
        else:
            presence = msgspec.json.encode(schema["default"]).decode() if "default" in schema else "optional"
        yield prefix + name, _words(schema), presence


def _words(schema: Mapping[str, Any]) -> str:
    """Say a JSON schema in a few words: ``list of integer``, ``text, at most 500 long``."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " or ".join(_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(msgspec.json.encode(each).decode() for each in schema["enum"])
    kind = schema.get("type", "anything")
    words = {"string": "text", "object": "mapping", "null": "nothing"}.get(kind, kind)
    if kind == "array":
        words = f"list of {_words(schema['items'])}" if schema.get("items") else "list"
    limits = (
        ("format", "{}"),
        ("minimum", "at least {}"),
        ("maximum", "at most {}"),
        ("exclusiveMinimum", "above {}"),
        ("exclusiveMaximum", "below {}"),
        ("minLength", "at least {} long"),
        ("maxLength", "at most {} long"),
        ("minItems", "at least {} of them"),
        ("maxItems", "at most {} of them"),
        ("pattern", "matching {}"),
    )
    return ", ".join([words, *(text.format(schema[key]) for key, text in limits if key in schema)])


def _example(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return an input with every required field, and a value of its type in each."""
    schemas = msgspec.json.schema_components([kind], ref_template="{name}")[1]
    own = next(schema for schema in schemas.values() if schema.get("title") == kind.__name__)
    return {name: _sample(own["properties"][name], schemas) for name in own.get("required", ())}


def _sample(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        found = schemas[schema["$ref"]]
        return {name: _sample(found["properties"][name], schemas) for name in found.get("required", ())}
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    simple: dict[str, Any] = {"string": "text", "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None}
    return schema.get("minimum", 1) if schema.get("type") == "integer" else simple.get(schema.get("type", ""))


def _curl(action: Action) -> str:
    body = msgspec.json.encode(_example(action.input)).decode().replace("'", "'\\''")
    return (
        f'curl -X POST "$GATEWAY/actions/{action.name}" \\\n'
        f'  -H "x-api-key: $API_KEY" -H "content-type: application/json" \\\n'
        f"  -d '{body}'"
    )


def _typescript(action: Action, attribute: str) -> str:
    body = msgspec.json.encode(_example(action.input)).decode()
    return (
        f"const answer = await extensionSDK.serverProxy(`${{gateway}}/actions/{action.name}`, {{\n"
        f"  method: 'POST',\n"
        f"  headers: {{\n"
        f"    'content-type': 'application/json',\n"
        f"    // Looker's server puts the user's handle here; the page never sees it.\n"
        f"    'x-lookgate-handle': '{{{{{attribute}}}}}',\n"
        f"  }},\n"
        f"  body: JSON.stringify({body}),\n"
        f"}})"
    )
