"""The LookML that signs: a model, its views, a hidden explore, and on request a consent dashboard.

The text depends on the arguments alone, so a review of a change is a review of its diff. What it is made of is checked
against allow-lists before a word is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lookgate.claims import check_lookml, keys_lookml
from lookgate.claims.dialect import Dialect
from lookgate.claims.sql import Claim, indented, sign_sql

Source = Literal["gateway", "pdt"]
MODEL = "lookgate_claims"
EXPLORE = "lookgate_claim"
_CONNECTION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_USER = "{{ _user_attributes['id'] | sql_quote }}"
_NONCE = "{{ nonce._parameter_value | sql_quote }}"
_AUDIENCE = "{{ audience._parameter_value | sql_quote }}"
_SHORTEST_ROTATION, _LONGEST_ROTATION = 3600, 30 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to write.

    Raises:
        ValueError: an argument has characters that may not stand in LookML or SQL; the sentence is safe to show.
    """

    dialect: Dialect
    connection: str
    claim: Claim
    source: Source = "gateway"
    access_attribute: str = ""
    """When set: only users whose attribute of this name is ``yes`` may run the explore."""
    check_attribute: str = ""
    """When set: the gateway's user, whose attribute of this name is ``yes``, may ask whether a claim is genuine."""
    consent_url: str = ""
    """When set: the dashboard's link leads here, with the claim and the state in the fragment."""
    rotate_every: int = 86400
    """Seconds between keys, when they are minted in SQL."""

    def __post_init__(self) -> None:
        if not _CONNECTION.fullmatch(self.connection):
            raise ValueError("a connection's name is letters, digits, '_' and '-'")
        if not all(not name or _ATTRIBUTE.fullmatch(name) for name in (self.access_attribute, self.check_attribute)):
            raise ValueError("a user attribute's name is lower-case letters, digits and '_'")
        if self.check_attribute and self.check_attribute == self.access_attribute:
            raise ValueError("the attribute for checking is the gateway's alone, so it is not the users' attribute")
        if self.consent_url and not _is_plain_url(self.consent_url):
            raise ValueError("the consent page is an https URL of plain characters, without query and fragment")
        if not _SHORTEST_ROTATION <= self.rotate_every <= _LONGEST_ROTATION:
            raise ValueError("keys in SQL rotate every hour at most, every 30 days at least")
        if self.source == "gateway":
            self.dialect.table(self.claim.table)


def write(plan: Plan) -> Mapping[str, str]:
    """Return the files: name → text, always in the same order.

    Raises:
        Conflict: keys are to be minted in a warehouse without a cryptographic generator.
    """
    files = {f"{MODEL}.model.lkml": _model(plan), f"{EXPLORE}.view.lkml": _claim_view(plan)}
    if plan.source == "pdt":
        files[f"{keys_lookml.KEYS}.view.lkml"] = keys_lookml.view(plan.dialect, rotate_every=plan.rotate_every)
    if plan.check_attribute:
        table = _table(plan) or plan.dialect.table(plan.claim.table)
        files[f"{check_lookml.CHECK}.view.lkml"] = check_lookml.view(plan.dialect, plan.claim.issuer, table)
    if plan.consent_url:
        files["lookgate_consent.dashboard.lookml"] = _dashboard()
    return files


def _model(plan: Plan) -> str:
    grant = plan.access_attribute
    lines = [
        "# Written by `lookgate claims lookml`. Do not edit: run it again, and review the difference.",
        "#",
        "# For the reviewer. This model lets the warehouse sign who is running a query. It is as trustworthy as:",
        "#  1. who may change this project (permission develop, and deploy): they could sign as anybody;",
        "#  2. who may read the key table: SQL Runner on this connection, other models on it, and other users of the",
        "#     warehouse. Give the model a connection of its own, whose database user can read nothing but the keys,",
        "#     and name the table's schema, so that nobody can make another table that is found first;",
        "#  3. who may run queries as others: Looker admins, by sudo.",
        f"# A claim is good for one use, for one audience, and for at most {plan.claim.lifetime} seconds.",
        "# A schedule would send its owner's claim: do not schedule the explore or the dashboard.",
        f'connection: "{plan.connection}"',
        "",
        f'include: "{EXPLORE}.view.lkml"',
        *([f'include: "{keys_lookml.KEYS}.view.lkml"'] if plan.source == "pdt" else []),
        *([f'include: "{check_lookml.CHECK}.view.lkml"'] if plan.check_attribute else []),
        *(['include: "lookgate_consent.dashboard.lookml"'] if plan.consent_url else []),
        "",
        "# A cached claim would be an old one, and is refused as used.",
        'persist_for: "0 seconds"',
        "",
    ]
    if grant:
        lines += [
            "# Only users to whom an admin gave this attribute: its default is not 'yes', and users may not edit it.",
            f"access_grant: {MODEL} {{",
            f"  user_attribute: {grant}",
            '  allowed_values: ["yes"]',
            "}",
            "",
        ]
    if plan.check_attribute:
        lines += check_lookml.grant(plan.check_attribute)
    if not grant:
        lines += ["# Everyone who may use this model gets claims; with --access-attribute only whom an admin names."]
    lines += [
        "# Nothing is joined: the keys stay inside the SQL of the view.",
        f"explore: {EXPLORE} {{",
        "  hidden: yes",
        '  persist_for: "0 seconds"',
        *([f"  required_access_grants: [{MODEL}]"] if grant else []),
        "}",
    ]
    if plan.check_attribute:
        lines += check_lookml.explore()
    return "\n".join(lines) + "\n"


def _table(plan: Plan) -> str:
    """Return what stands for the key table in LookML; empty when it is the table of the plan."""
    return keys_lookml.table() if plan.source == "pdt" else ""


def _claim_view(plan: Plan) -> str:
    early = plan.source == "pdt"
    table = _table(plan)
    sql = sign_sql(plan.dialect, plan.claim, user=_USER, audience=_AUDIENCE, nonce=_NONCE, table=table, early=early)
    lines = [
        "# Written by `lookgate claims lookml`. Do not edit: run it again, and review the difference.",
        "#",
        f"# A standard JWT (HS256), signed in {plan.dialect.name}. HMAC-SHA256 is two hashes over two 64-byte blocks",
        "# (FIPS 198-1). The user id comes from Looker, never from the browser. Every input is quoted, and checked",
        "# again by the SQL: at most 64 letters, digits or '_', otherwise there is no claim.",
        *(keys_lookml.comment(plan.dialect.randomness) if plan.dialect.random is None else ()),
        f"view: {EXPLORE} {{",
        "  derived_table: {",
        "    sql:",
        indented(sql, 6),
        "    ;;",
        "  }",
        "",
        *_parameters(plan),
        "",
        "  # The only field. There is none for the keys.",
        "  dimension: claim {",
        "    type: string",
        "    sql: ${TABLE}.claim ;;",
        *_link(plan),
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _parameters(plan: Plan) -> Iterator[str]:
    yield "  parameter: audience {"
    yield "    type: unquoted"
    yield f'    default_value: "{plan.claim.audiences[0]}"'
    for audience in plan.claim.audiences:
        yield f'    allowed_value: {{ label: "{audience}" value: "{audience}" }}'
    yield "  }"
    yield ""
    yield "  # Chosen by the caller, new for each claim. It needs no secrecy: nobody can use up another user's nonce."
    yield "  parameter: nonce {"
    yield "    type: unquoted"
    yield '    default_value: "none"'
    yield "  }"
    if plan.consent_url:
        yield ""
        yield "  # What the consent page gave, to be given back to it: letters, digits and '_' only (type unquoted)."
        yield "  parameter: state {"
        yield "    type: unquoted"
        yield '    default_value: "none"'
        yield "  }"


def _link(plan: Plan) -> Iterator[str]:
    if plan.consent_url:
        yield "    # In the fragment: it is in no server's log and in no Referer header."
        state = f"{{{{ {EXPLORE}.state._parameter_value | url_encode }}}}"
        link = f"{plan.consent_url}#claim={{{{ value | url_encode }}}}&state={state}"
        yield f'    html: <a href="{link}" target="_blank" rel="noopener noreferrer">Continue as yourself</a> ;;'


def _dashboard() -> str:
    return f"""# Written by `lookgate claims lookml`. Do not edit: run it again, and review the difference.
#
# A page sends the user here with its state as a filter; the link leads back to it with the claim. Without a click
# nothing is sent.
- dashboard: lookgate_consent
  title: Continue as yourself
  layout: newspaper
  preferred_viewer: dashboards-next
  elements:
  - name: consent
    title: Continue as yourself
    model: {MODEL}
    explore: {EXPLORE}
    type: single_value
    fields: [{EXPLORE}.claim]
    limit: 1
    listen:
      Audience: {EXPLORE}.audience
      Nonce: {EXPLORE}.nonce
      State: {EXPLORE}.state
    row: 0
    col: 0
    width: 24
    height: 4
  filters:
{"".join(_filter(name) for name in ("Audience", "Nonce", "State"))}"""


def _filter(name: str) -> str:
    return f"""  - name: {name}
    title: {name}
    type: field_filter
    model: {MODEL}
    explore: {EXPLORE}
    field: {EXPLORE}.{name.lower()}
"""


def _is_plain_url(text: str) -> bool:
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", text):
        return False
    try:
        return bool(urlsplit(text).hostname) and urlsplit(text).port != 0
    except ValueError:
        return False
