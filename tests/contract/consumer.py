"""A process that tries to use up what others try too: ``python consumer.py FILE COUNT``; prints how often it won."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lookgate.store.sqlite import SqliteStore


def main(file: str, count: str) -> None:
    store = SqliteStore(Path(file))
    until = datetime.now(UTC) + timedelta(minutes=5)
    won = sum(store.consumed.consume("claim", str(number), until) for number in range(int(count)))
    store.close()
    sys.stdout.write(f"{won}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
