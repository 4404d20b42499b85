"""A process that races for renewals: ``python lease_racer.py PLACE NAME KEYS``.

Each line that it reads starts a round, in which it tries to renew every key once; it answers each with a line of the
``key#generation`` that it won.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from lookgate.core.audit import AuditEvent
from lookgate.core.ports import Store
from lookgate.core.renewal import TargetState
from store_places import open_at


def main(place: str, name: str, keys: str) -> None:
    store = open_at(place)
    every = [TargetState(f"k{number}") for number in range(int(keys))]
    say("ready")
    for _ in sys.stdin:
        known = {state.key: state for state in store.renewals.all()}
        won = [renew(store, known.get(state.key, state), name) for state in every]
        say(" ".join(filter(None, won)))
    store.close()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def renew(store: Store, state: TargetState, name: str) -> str:
    now = datetime.now(UTC)
    if not store.renewals.lease(state.key, state.generation, name, now=now, until=now + timedelta(hours=1)):
        return ""
    done = TargetState(state.key, generation=state.generation + 1)
    told = f"{done.key}#{done.generation}"
    assert store.renewals.finish(done, name, AuditEvent(at=now, request_id=told, outcome="allowed"))
    return told


if __name__ == "__main__":
    main(*sys.argv[1:])
