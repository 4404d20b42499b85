"""A local Looker with as many groups and users as asked for, each call late, that counts them; a process of its own.

    python bench/slow_looker.py HOLDERS MILLISECONDS

Its first line of output is one JSON object: where it is, an admin's API key, and the ids of what a bench writes to.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgate.emulator.app import build_app
from lookgate.emulator.build import build_instance
from lookgate.emulator.instance import Instance
from lookgate.emulator.listen import listen
from lookgate.emulator.world import World

ATTRIBUTE = "orders_token"


def main() -> None:
    """Serve it until killed."""
    holders, latency = int(sys.argv[1]), int(sys.argv[2])
    sockets, port = listen("127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{port}"
    instance = build_instance(
        _world(holders // 2, holders - holders // 2),
        Path(),
        (),
        base_url=base_url,
        sandbox_url=f"http://localhost:{port}",
        edition="original",
        clock=lambda: datetime.now(UTC),
        random_bytes=os.urandom,
    )
    print(json.dumps(_told(instance)), flush=True)
    app = counting(build_app(instance, latency_ms=latency))
    uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_level="error", access_log=False)).run(sockets)


def counting(app: ASGIApp) -> ASGIApp:
    """Count API calls; ``GET /calls`` says how many there were since it was last asked."""
    calls = 0

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal calls
        if scope["type"] == "http" and scope["path"] == "/calls":
            body, calls = str(calls).encode(), 0
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        calls += 1
        await app(scope, receive, send)

    return counted


def _world(groups: int, users: int) -> World:
    return msgspec.convert(
        {
            "groups": [{"name": f"Group {number}"} for number in range(groups)],
            "attributes": [
                {"name": ATTRIBUTE, "hidden": True, "user_can_view": False, "domains": ["https://orders.example.com/*"]}
            ],
            "users": [{"first_name": "Gus", "last_name": "Gateway", "email": "gus@bench.example", "roles": ["Admin"]}]
            + [
                {"first_name": "User", "last_name": str(number), "email": f"user-{number}@bench.example"}
                for number in range(users)
            ],
        },
        World,
    )


def _told(instance: Instance) -> dict[str, object]:
    admin = next(user for user in instance.users.values() if user.first_name == "Gus")
    attribute = instance.attribute_named(ATTRIBUTE)
    assert attribute is not None
    return {
        "base_url": instance.base_url,
        "client_id": admin.api3[0].client_id,
        "client_secret": admin.api3[0].client_secret,
        "attribute": attribute.id,
        "groups": {group.name: group.id for group in instance.groups.values() if group.name.startswith("Group ")},
        "users": {user.email: user.id for user in instance.users.values() if user.first_name == "User"},
    }


if __name__ == "__main__":
    main()
