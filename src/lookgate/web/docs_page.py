"""The page that shows people what they may call: no script, nothing fetched, one stylesheet inlined by its hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from pathlib import Path

import msgspec

from lookgate.actions.base import Action
from lookgate.core.identity import Assurance, Principal
from lookgate.core.policy import Allow, Request
from lookgate.web.fields import rows_of, sample_of
from lookgate.web.openapi import is_open

_STYLE = Path(__file__).parent / "static" / "docs.css"
_KEY_HOLDER = Principal("lookgate", "example", "service", Assurance.SHARED_SECRET, "api_key")
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
{_fields("Input", action.input, defaults=True)}
{_fields("Output", action.output, defaults=False)}
<h3>From a shell</h3>
<pre tabindex="0"><code>{escape(_curl(action))}</code></pre>
<h3>From an extension</h3>
<pre tabindex="0"><code>{escape(_typescript(action, attribute))}</code></pre>
</section>"""


def _fields(title: str, kind: type[msgspec.Struct], *, defaults: bool) -> str:
    heads = ("Field", "Type", "Default") if defaults else ("Field", "Type")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    rows = "".join(
        f"<tr><td><code>{escape(row.name)}</code></td>"
        f"<td>{escape(row.words)}{f'<br><small>{escape(row.description)}</small>' if row.description else ''}</td>"
        + (f"<td>{escape(row.default)}</td>" if defaults else "")
        + "</tr>"
        for row in rows_of(kind)
    )
    if not rows:
        return f"<h3>{title}</h3><p>No fields.</p>"
    return (
        f'<h3>{title}</h3><div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _credential(action: Action) -> str:
    """Return the header of the weakest credential that the policy lets in, as a shell writes it."""
    if is_open(action):
        return ""
    decision = action.policy.check(_KEY_HOLDER, Request(action.name, ""))
    if isinstance(decision, Allow) or decision.code == "lacks_scope":
        return '-H "x-api-key: $API_KEY" '
    return '-H "x-lookgate-handle: $HANDLE" '


def _curl(action: Action) -> str:
    body = msgspec.json.encode(sample_of(action.input)).decode().replace("'", "'\\''")
    return (
        f'curl -X POST "$GATEWAY/actions/{action.name}" \\\n'
        f'  {_credential(action)}-H "content-type: application/json" \\\n'
        f"  -d '{body}'"
    )


def _typescript(action: Action, attribute: str) -> str:
    body = msgspec.json.encode(sample_of(action.input)).decode()
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
