"""A process in which many claims prove one user at once: ``python first_handles_racer.py PLACE URL CLAIMS``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from lookgate.compose import SYSTEM_CLOCK
from lookgate.core.identity import Assurance, Principal
from lookgate.core.secret import Secret
from lookgate.looker.client import LookerClient
from lookgate.looker.first_handles import FirstHandles
from store_places import open_at


async def main(place: str, url: str, claims: str) -> None:
    """Present the claims, and stop once nothing runs any more."""
    store = open_at(place)
    client = LookerClient(url, Secret("id"), Secret("secret"), clock=SYSTEM_CLOCK)
    first = FirstHandles(client, store, attribute="lookgate_handle", random=os.urandom, clock=SYSTEM_CLOCK)
    user = Principal(url, "7", "user", Assurance.USER, "claim")
    for number in range(int(claims)):
        first.proven(user, jti=f"n_{number}", request_id="r")
        await asyncio.sleep(0)
    while running := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(running)
    await first.close()
    await client.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
