"""Running queries: saved, in the body, or written into the URL."""

from __future__ import annotations

from typing import Any

from lookgate.emulator import saved_queries
from lookgate.emulator.api.queries import check, parts_in, saved_in
from lookgate.emulator.api.route import ApiError, Call, Operations, Reply, invalid
from lookgate.emulator.query_runner import FORMATS, Denied, Failed, run
from lookgate.emulator.saved_queries import Parts

operations = Operations()


@operations("run_query", "GET", "/queries/{query_id}/run/{result_format}", blocking=True)
def run_query(call: Call) -> Reply:
    """Run a saved query."""
    return reply(call, saved_in(call, call.path["query_id"]).parts)


@operations("run_inline_query", "POST", "/queries/run/{result_format}", blocking=True)
def run_inline_query(call: Call) -> Reply:
    """Save the query in the body and run it."""
    parts = parts_in(call)
    saved_queries.save(call.instance, parts)
    return reply(call, parts)


@operations(
    "run_url_encoded_query", "GET", "/queries/models/{model_name}/views/{view_name}/run/{result_format}", blocking=True
)
def run_url_encoded_query(call: Call) -> Reply:
    """Run the query that the URL spells: ``fields``, ``pivots``, ``sorts``, ``limit`` and ``f[view.field]``."""
    parts = url_parts(call)
    check(call, parts)
    return reply(call, parts)


def url_parts(call: Call) -> Parts:
    """Return the query that the URL spells."""

    def split(name: str) -> list[str] | None:
        return [part.strip() for part in call.query.get(name, "").split(",") if part.strip()] or None

    filters: dict[str, Any] = {
        name[2:-1]: value for name, value in call.query.items() if name.startswith("f[") and name.endswith("]")
    }
    return Parts(
        model=call.path["model_name"],
        view=call.path["view_name"],
        fields=split("fields"),
        pivots=split("pivots"),
        sorts=split("sorts"),
        filters=filters or None,
        filter_expression=call.query.get("filter_expression"),
        limit=call.query.get("limit"),
        column_limit=call.query.get("column_limit"),
        query_timezone=call.query.get("query_timezone"),
    )


def reply(call: Call, parts: Parts) -> Reply:
    """Run a query in the format the path names.

    Raises:
        ApiError: 422 for a format that is not spoken, 403 when the caller may not, 400 when the query fails.
    """
    result_format = known_format(call.path["result_format"])
    limit = call.query.get("limit") or None
    if limit is not None and "query_id" in call.path:
        parts = with_limit(parts, limit)
    try:
        body = run(call.instance, call.caller, parts, result_format)
    except Denied as error:
        raise ApiError(403, str(error)) from error
    except Failed as error:
        raise ApiError(400, str(error)) from error
    return Reply(body, FORMATS[result_format])


def with_limit(parts: Parts, limit: str) -> Parts:
    """Return the query with the limit that the caller asked for this time."""
    if not (limit == "-1" or (limit.isascii() and limit.isdigit() and len(limit) <= len("999999999"))):
        raise invalid("limit", "invalid", "limit must be a number of rows, or -1 for all.")
    values = {name: getattr(parts, name) for name in parts.__struct_fields__}
    return Parts(**values | {"limit": limit})


def known_format(name: str) -> str:
    """Return the format's name.

    Raises:
        ApiError: 422.
    """
    if name not in FORMATS:
        raise invalid("result_format", "invalid", f"The local Looker answers in {', '.join(FORMATS)}.")
    return name
