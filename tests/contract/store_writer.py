"""A process that writes to a store until it is done or killed: ``python store_writer.py PLACE NAME COUNT [PAUSE]``.

Each transaction holds one record and one event of the same number. With PAUSE it stops between the two and says so.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from lookgate.core.audit import AuditEvent
from lookgate.core.identity import ANONYMOUS

sys.path.append(str(Path(__file__).parents[1]))

from store_places import open_at


def main(place: str, name: str, count: str, pause: str = "") -> None:
    store = open_at(place)
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
