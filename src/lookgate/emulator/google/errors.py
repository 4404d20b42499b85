"""Errors as Google's APIs write them (google.rpc.Status in JSON)."""

from __future__ import annotations

from typing import Any

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ApiFailure(Exception):
    """A refusal by an API.

    Args:
        status: of HTTP.
        message: for people.
        detail: one entry of ``details``.
    """

    def __init__(self, status: int, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = google_error(status, message, detail)


def google_error(status: int, message: str, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an error."""
    error = {"code": status, "message": message, "status": STATUSES[status]}
    return {"error": error | ({"details": [detail]} if detail else {})}


def denied(permission: str) -> ApiFailure:
    """Return the refusal for want of a permission on a service account."""
    return ApiFailure(
        403,
        f"Permission '{permission}' denied on resource (or it may not exist).",
        error_info("IAM_PERMISSION_DENIED", "iam.googleapis.com", permission=permission),
    )


def invalid(field: str, message: str) -> ApiFailure:
    """Return the refusal of a field of the body."""
    violation = {"field": field, "description": message} if field else {"description": message}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return ApiFailure(400, message, {"@type": kind, "fieldViolations": [violation]})


def error_info(reason: str, domain: str, **metadata: str) -> dict[str, Any]:
    """Return what says in one word why (google.rpc.ErrorInfo)."""
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": domain, "metadata": metadata}
