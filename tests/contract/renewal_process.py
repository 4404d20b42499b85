"""A process that runs one tick and stops at a point: ``python renewal_process.py PLACE LOOKER TOKEN POINT``.

LOOKER is a file: what is written to that Looker is a line of it. TOKEN is what the source makes. POINT is ``leased``,
``minted``, ``written`` or ``recorded``, after what the tick stops until it is killed; ``end``; or ``race``, for a tick
over 200 targets that starts when it is told to. It ends by saying how many it renewed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from lookgate.core.renewal import Minted, Target
from lookgate.core.secret import Secret
from lookgate.sync.run import Runner
from lookgate.sync.world import World
from lower_rooms import StillClock
from store_places import open_at
from sync_town import EVERY, LIFE, target

TOKEN = "planted-token-of-the-process-that-dies"


class Stage:
    """Source, Looker and canary, each of which stops at its point."""

    def __init__(self, looker: Path, token: Secret, point: str) -> None:
        self.clock = StillClock()
        self._looker = looker
        self._token = token
        self._point = point

    async def mint(self, audience: str) -> Minted:  # noqa: ARG002 - the port's signature
        self.stop("leased")
        now = self.clock.now()
        return Minted(self._token, now + timedelta(seconds=LIFE), now)

    async def write(self, target: Target, value: Secret) -> None:
        self.stop("minted")
        with self._looker.open("a") as looker:
            looker.write(f"{target.key} {value.reveal()}\n")
        self.stop("written")

    async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
        self.stop("recorded")
        return "ok"

    def stop(self, point: str) -> None:
        if point == self._point:
            sys.stdout.write(f"{point}\n")
            sys.stdout.flush()
            sys.stdin.readline()


def main(place: str, looker: str, token: str, point: str) -> None:
    store, stage = open_at(place), Stage(Path(looker), Secret(token), point)
    world = World(
        states=store.renewals,
        sources={"google": stage},
        writer=stage,
        canary=stage,
        clock=stage.clock,
        random=os.urandom,  # a lease's holder must differ from those of the tests
        sleep=asyncio.sleep,
        every=EVERY,
    )
    stage.stop("race")
    report = asyncio.run(Runner(world).tick([target(number) for number in range(200 if point == "race" else 1)]))
    sys.stdout.write(f"{report.ok} {report.count('renewed')}\n")
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
