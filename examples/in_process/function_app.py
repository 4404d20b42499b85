"""A function with callers it knows: ``functions-framework --source function_app.py --target process``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import functions_framework
from flask import Request

from lookgate import BadRequest, Principal, in_group, lookgate_function


@functions_framework.http
@lookgate_function("lookgate.toml", policy=[in_group("Finance")])
def process(request: Request, principal: Principal) -> dict[str, Any]:
    given = request.get_json(silent=True)
    data = given.get("data") if isinstance(given, dict) else None
    if not data:
        raise BadRequest("data_missing", "The body has no 'data'.", 'Send {"data": "…"}.')
    result = f"Processed {data} for {principal.email}"
    return {"success": True, "result": result, "timestamp": datetime.now(UTC).isoformat()}
