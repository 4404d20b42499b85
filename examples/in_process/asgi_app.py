"""Any ASGI app with callers it knows: ``uvicorn asgi_app:app``, with lookgate.toml in the same folder."""

from __future__ import annotations

import json

from lookgate import LookgateMiddleware, in_group


async def hello(scope, receive, send):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, ARG001 - as bare as ASGI is
    who = scope["lookgate.principal"]
    body = json.dumps({"hello": who.label, "proven_by": who.authenticated_by}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


app = LookgateMiddleware(hello, "lookgate.toml", policy=[in_group("Finance")])
