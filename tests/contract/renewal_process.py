"""A process that runs one tick and stops at a point: ``python renewal_process.py PLACE LOOKER TOKEN POINT``.

LOOKER is a file: what is written to that Looker is a line of it. TOKEN is what the source makes. POINT is ``leased``,
``minted``, ``written`` or ``recorded``, after what the tick stops until it is killed, or ``end``.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from lookgate.core.renewal import Minted, Target
from lookgate.core.secret import Secret
from lookgate.sync.run import Runner
from lookgate.sync.world import World
from lower_rooms import CountedBytes, StillClock
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
        self._stop("leased")
        now = self.clock.now()
        return Minted(self._token, now + timedelta(seconds=LIFE), now)

    async def write(self, target: Target, value: Secret) -> None:
        self._stop("minted")
        with self._looker.open("a") as looker:
            looker.write(f"{target.key} {value.reveal()}\n")
        self._stop("written")

    async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
        self._stop("recorded")
        return "ok"

    def _stop(self, point: str) -> None:
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
        random=CountedBytes(),
        sleep=asyncio.sleep,
        every=EVERY,
    )
    report = asyncio.run(Runner(world).tick([target()]))
    sys.stdout.write(f"{report.results[0].outcome}\n")
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
