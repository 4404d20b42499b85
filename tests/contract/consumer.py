"""A process that tries to use up what others try too: ``python consumer.py PLACE COUNT``; prints how often it won."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from store_places import open_at


def main(place: str, count: str, racers: str = "1") -> None:
    """Try each of ``count`` values ``racers`` times."""
    store = open_at(place)
    until = datetime.now(UTC) + timedelta(minutes=5)
    values = [str(number) for number in range(int(count)) for _ in range(int(racers))]
    with ThreadPoolExecutor(8) as threads:
        won = sum(threads.map(lambda value: store.consumed.consume("claim", value, until), values))
    store.close()
    sys.stdout.write(f"{won}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
