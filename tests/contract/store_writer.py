"""A process that writes to a store until it is done or killed: ``python store_writer.py FILE NAME COUNT [PAUSE]``.

Each transaction holds one record and one event of the same number. With PAUSE it stops between the two and says so.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS
from lookgate.store.sqlite import SqliteStore


def main(file: str, name: str, count: str, pause: str = "") -> None:
    store = SqliteStore(Path(file))
    now = datetime.now(UTC)
    for number in range(int(count)):
        with store.begin() as unit:
            unit.records.append("written", name, {"number": number}, actor=ANONYMOUS, at=now)
            if pause:
                sys.stdout.write("between\n")
                sys.stdout.flush()
                sys.stdin.readline()
            unit.record(AuditEvent(at=now, request_id=f"{name}-{number}", outcome="allowed"))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
