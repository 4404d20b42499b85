"""``/queries``: saving queries and reading them back. Running them is in ``query_run``."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from lookgate.emulator import saved_queries
from lookgate.emulator.api.body import read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import may, visible_explore
from lookgate.emulator.saved_queries import CLIENT_ID_LENGTH, Parts, Saved

operations = Operations()
_LIMIT = re.compile(r"-1|[0-9]{1,9}")


@operations("create_query", "POST", "/queries")
def create_query(call: Call) -> Any:
    """Save a query; one with the same content is not saved twice."""
    saved = saved_queries.save(call.instance, parts_in(call))
    return call.fields(saved_queries.shape(call.instance, saved))


@operations("query", "GET", "/queries/{query_id}")
def query(call: Call) -> Any:
    """Return a saved query."""
    return call.fields(saved_queries.shape(call.instance, saved_in(call, call.path["query_id"])))


@operations("query_for_slug", "GET", "/queries/slug/{slug}")
def query_for_slug(call: Call) -> Any:
    """Return the saved query that a share URL means."""
    saved = saved_queries.by_slug(call.instance, call.path["slug"])
    if saved is None or not may(call.instance, call.caller, None, saved.parts.model):
        raise ApiError(404, NOT_FOUND)
    return call.fields(saved_queries.shape(call.instance, saved))


def saved_in(call: Call, query_id: str) -> Saved:
    """Return the saved query of this id, when the caller may see its model.

    Raises:
        ApiError: 404.
    """
    with call.instance.lock:
        saved = one(saved_queries.by_id(call.instance), query_id)
    if not may(call.instance, call.caller, None, saved.parts.model):
        raise ApiError(404, NOT_FOUND)
    return saved


def parts_in(call: Call) -> Parts:
    """Return the query in the body.

    Raises:
        ApiError: 422 naming the field; 404 when the caller may not see its explore.
    """
    parts = read(call, Parts)
    check(call, parts)
    if parts.client_id is not None:
        if not re.fullmatch(rf"[A-Za-z0-9]{{{CLIENT_ID_LENGTH}}}", parts.client_id):
            raise invalid("client_id", "invalid", f"client_id must be {CLIENT_ID_LENGTH} letters and digits.")
        known = saved_queries.by_slug(call.instance, parts.client_id)
        if known is not None and known.parts != parts:
            raise invalid("client_id", "already_exists", "Another query has this client_id.")
    return parts


def check(call: Call, parts: Parts) -> None:
    """Refuse what no query can have.

    Raises:
        ApiError: 422 naming the field; 404 when the caller may not see its explore.
    """
    for name in ("limit", "column_limit"):
        value = getattr(parts, name)
        if value not in {None, ""} and not _LIMIT.fullmatch(str(value)):
            raise invalid(name, "invalid", f"{name} must be a number of rows, or -1 for all.")
    if parts.query_timezone not in {None, "", "user_timezone"} | zoneinfo.available_timezones():
        raise invalid("query_timezone", "invalid", "query_timezone must be an IANA name, such as Europe/Berlin.")
    visible_explore(call.instance, call.caller, parts.model, parts.view)
