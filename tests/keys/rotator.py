"""A process that rotates a ring: ``python rotator.py FOLDER COUNT OVERLAP``; it prints a line after each rotation."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lookgate.keys.ring import prune, rotate
from lookgate.keys.store import FileRings


def main(folder: str, count: str, minutes: str) -> None:
    overlap = float(minutes)
    rings = FileRings(Path(folder), encryption_key=None, random=os.urandom)
    for _ in range(int(count)):
        now = datetime.now(UTC)
        rings.change(
            "claims",
            lambda ring, now=now: rotate(  # type: ignore[misc] # the default binds this round's time
                prune(ring, now=now, keep=timedelta()),
                "HS256",
                now=now,
                random=os.urandom,
                delay=timedelta(),
                overlap=timedelta(minutes=overlap),
            ),
        )
        sys.stdout.write("rotated\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
