"""The form that a token endpoint is sent, and its refusals (RFC 6749, sections 3.2 and 5.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_MAX_BODY = 65_536


class OAuthFailure(Exception):
    """A refusal by a token endpoint.

    Args:
        code: of RFC 6749, section 5.2.
        description: for people.
        status: of HTTP.
        headers: beside those that forbid keeping it.
    """

    def __init__(self, code: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the answer."""
        body = {"error": self.code, "error_description": self.description}
        return JSONResponse(body, self.status, headers=NO_STORE | self.headers)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of the body.

    Raises:
        OAuthFailure: not a form, too long, or a field stands in it twice.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise OAuthFailure("invalid_request", "The body is not application/x-www-form-urlencoded.")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY:
            raise OAuthFailure("invalid_request", "The body is too long.")
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise OAuthFailure("invalid_request", "The body is not a form.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise OAuthFailure("invalid_request", "A parameter stands in the body twice.")
    return {name: value for name, value in fields.items() if value}
