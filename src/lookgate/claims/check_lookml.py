"""The explore that answers whether a claim was signed here: for the gateway's service user alone."""

from __future__ import annotations

from lookgate.claims.check import ASKED, check_sql
from lookgate.claims.dialect import Dialect
from lookgate.claims.sql import indented

CHECK = "lookgate_claim_check"
"""The explore, its view, and the access grant."""
VERDICT = f"{CHECK}.verdict"


def grant(attribute: str) -> list[str]:
    """Return the model's lines that let only holders of the attribute in."""
    return [
        "# Only the gateway's service user: an admin gives this attribute to that user alone, and nobody may edit it.",
        f"access_grant: {CHECK} {{",
        f"  user_attribute: {attribute}",
        '  allowed_values: ["yes"]',
        "}",
        "",
    ]


def explore() -> list[str]:
    """Return the model's lines of the explore."""
    return [
        "",
        "# Answers the gateway, which has no key, whether a claim was signed here.",
        f"explore: {CHECK} {{",
        "  hidden: yes",
        '  persist_for: "0 seconds"',
        f"  required_access_grants: [{CHECK}]",
        "}",
    ]


def view(dialect: Dialect, issuer: str, table: str) -> str:
    """Return the view's file.

    Args:
        dialect: the warehouse.
        issuer: a word.
        table: SQL or LookML that stands for the key table.
    """
    asked = {name: f"{{{{ {name}._parameter_value | sql_quote }}}}" for name in ASKED}
    lines = [
        "# Written by `lookgate claims lookml`. Do not edit: run it again, and review the difference.",
        "#",
        "# For the reviewer. The gateway asks here whether a claim was signed with a live key. The answer is yes or",
        "# no: no claim, MAC or key can be had from it. It asks with the claim's plain words and SHA-256(MAC), so",
        "# Looker's query history and the warehouse's logs hold no claim that could be used. Every input is quoted,",
        "# and checked again by the SQL: letters, digits and '_' only.",
        f"view: {CHECK} {{",
        f"  required_access_grants: [{CHECK}]",
        "  derived_table: {",
        "    sql:",
        indented(check_sql(dialect, issuer, table=table, **asked), 6),
        "    ;;",
        "  }",
        "",
    ]
    # No default: Looker's documentation advises against one where values have underscores, and all are always given.
    for name in ASKED:
        lines += [f"  parameter: {name} {{", "    type: unquoted", "  }"]
    lines += [
        "",
        "  # The only field.",
        "  dimension: verdict {",
        "    type: string",
        "    sql: ${TABLE}.verdict ;;",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"
