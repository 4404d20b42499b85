"""A bare uvicorn: a raw ASGI application that reads the body and answers; no routing, no verification."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]


async def hello(
    scope: Message,  # noqa: ARG001 - ASGI's signature
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    while (await receive()).get("more_body"):
        pass
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    await send(start)
    await send({"type": "http.response.body", "body": b"{}"})


uvicorn.run(hello, host="127.0.0.1", port=int(sys.argv[1]), ws="none", lifespan="off", log_config=None)
