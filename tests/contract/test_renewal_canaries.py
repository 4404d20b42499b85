"""A token that is renewed in Looker is looked for in all that a renewal says and keeps, however it ends."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from contract.canaries import bytes_of, hits
from lookgate.core.renewal import Target
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from postgres import postgres_url  # noqa: F401 - a fixture
from security_counts import Counted
from store_places import open_at
from sync_town import Fixed, Town, target

VALUE = f"eyJ{os.urandom(40).hex()}.{os.urandom(40).hex()}.{os.urandom(40).hex()}"
TROUBLES: dict[str, list[Exception]] = {
    "none": [],
    "quoting": [RuntimeError(f"boom {VALUE}"), ValueError(VALUE), OSError(VALUE)],
    "refused": [LookgateError("odd", f"{VALUE} is odd.", VALUE), Unavailable("down", f"Not {VALUE}.")],
}


class Trial:
    """``core.renewal.Canary``: says what a test tells it, or raises it."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    async def check(self, target: Target, value: Secret) -> str:  # noqa: ARG002 - the port's signature
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return "ok"


@pytest.mark.parametrize(
    ("where", "trouble"),
    [
        (where, trouble)
        for where in ("source", "write", "canary")
        for trouble in TROUBLES
        if (where, trouble) != ("source", "refused")  # whoever mints says so in sentences of our own, without the token
    ],
)
def test_a_renewed_token_is_found_in_no_state_event_report_or_store(
    place: str, where: str, trouble: str, counted: Counted, capfd: pytest.CaptureFixture[str]
) -> None:
    errors = list(TROUBLES[trouble])
    store = open_at(place)
    town = Town(store=store, canary=Trial(errors if where == "canary" else []))
    town.tokens.errors = errors if where == "source" else []
    town.looker.errors = list(errors) if where == "write" else []
    town.sources = {"google": town.tokens, "static": Fixed(VALUE)}
    told = []
    targets = [target(2, source="static"), target(3, source="static", audience="")]
    targets += [target(1)] if where == "source" else []
    for _ in range(4):
        report = town.tick(*targets)
        told += [json.dumps(report.as_json()).encode(), repr(report).encode()]
        town.clock.move(7 * 3600)
    states, events = repr(town.store.renewals.all()), repr(town.log())
    assert VALUE in town.looker.values.values(), "nothing was written, so nothing could leak"
    store.close()
    out, err = capfd.readouterr()
    places: dict[str, str | bytes] = {
        "reports": b"\0".join(told),
        "states": states,
        "audit log": events,
        "store": bytes_of(place),
        "standard output and error": f"-{out}{err}",
    }
    kind = "Postgres" if place.startswith("postgresql:") else "SQLite"
    found = hits({"token": VALUE, "its signature": VALUE.rpartition(".")[2]}, places)
    counted("secret leaks", f"a renewed token, {kind}", tried=2 * len(places), bad=found)
