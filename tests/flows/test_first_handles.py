"""The full path without any handle: explore, claim, token, and the handle that the gateway issues beside it."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from extension_site import listen
from flow_site import ATTRIBUTE, MANIFEST, TAG, WHOAMI, Flow, Switch, serving
from local_looker import served_looker
from lookgate.claims.dialect import dialect_named
from lookgate.claims.lookml import Plan, write
from lookgate.claims.sql import Claim
from lookgate.claims.write import write_files
from lookgate.cli.claims import bring_keys
from lookgate.compose import build, open_rings
from lookgate.core.audit import AuditEvent
from lookgate.emulator.world import World
from lookgate.keys.ring import rotate
from lookgate.settings import load
from lower_rooms import StillClock

T = TypeVar("T")
FIELD = "lookgate_claim.claim"
GRANT = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}
SETTINGS = f"""
[instance]
base_url = "LOOKER"
client_id = "env:ID"
client_secret = "env:SECRET"

[handle]
attribute = "{ATTRIBUTE}"
issue_on_claim = true

[actions]
enabled = ["whoami"]

[claims]
issuer = "looker_air"
audiences = ["gateway_air"]
dialect = "duckdb"
warehouse = "env:WAREHOUSE"

[tokens]
issuer = "GATEWAY"
"""
WORLD: dict[str, Any] = {
    "permission_sets": [{"name": "Look", "permissions": ["access_data", "see_looks"]}],
    "model_sets": [{"name": "Claims", "models": ["lookgate_claims"]}],
    "roles": [{"name": "Viewer", "permission_set": "Look", "model_set": "Claims"}],
    "groups": [{"name": "Crew", "roles": ["Viewer"]}],
    "users": [
        {"first_name": "Ada", "last_name": "Admin", "email": "ada@air.example", "roles": ["Admin"]},
        {"first_name": "Eve", "last_name": "East", "email": "eve@air.example", "groups": ["Crew"]},
    ],
}


class ClaimFlow(Flow):
    """A flow in which nobody has a handle, and the warehouse signs."""

    def claim(self, who: str) -> str:
        query = {"model": "lookgate_claims", "view": "lookgate_claim", "fields": [FIELD]}
        answer = self.looker.call(who, "POST", "/queries/run/json", query)
        assert answer.status == 200, answer
        return str(answer.value[0][FIELD])

    def bearer(self, path: str, token: str, body: Any) -> tuple[int, Any]:
        """Call the gateway as a page does by fetchProxy."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def issued(self) -> list[AuditEvent]:
        """Return how the issuing of handles ended, once it has."""
        both = self.soon(lambda: [one for one in self._issuing() if one.outcome != "pending"])
        assert len(both) * 2 == len(self._issuing())
        return both

    def _issuing(self) -> list[AuditEvent]:
        events = [one.event for one in self.gateway.store.tail(limit=100)]
        return [one for one in events if one.action == "handles issue"]

    def soon(self, look: Callable[[], T]) -> T:
        """Return what is done beside the requests, once it is there."""
        pause = threading.Event()
        for _ in range(1000):
            if found := look():
                return found
            pause.wait(0.01)
        raise AssertionError("nothing came of it")


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[ClaimFlow]:
    listener, port = listen()
    url, warehouse = f"http://127.0.0.1:{port}", tmp_path / "warehouse.duckdb"
    claim = Claim("lookgate_claim_keys", "looker_air", ("gateway_air",))
    write_files(tmp_path / "claims", write(Plan(dialect=dialect_named("duckdb"), connection="db", claim=claim)))
    for name, text in {
        "air/manifest.lkml": MANIFEST.replace("GATEWAY", url),
        "air/crew.js": "",
        "actions/whoami.py": WHOAMI,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    hidden = {
        "name": ATTRIBUTE,
        "hidden": True,
        "user_can_view": False,
        "user_can_edit": False,
        "domains": [f"{url}/*"],
    }
    connections = [{"name": "db", "database": str(warehouse), "read_only": True}]
    world = msgspec.convert(WORLD | {"connections": connections, "attributes": [hidden]}, World)
    switch = Switch()
    projects = [tmp_path / "claims", tmp_path / "air"]
    with ExitStack() as stack:
        stack.enter_context(listener)
        looker = stack.enter_context(served_looker(world, projects=projects, wrap=switch.wrap))
        text = SETTINGS.replace("LOOKER", looker.instance.base_url).replace("GATEWAY", url)
        (tmp_path / "lookgate.toml").write_text(text)
        key = looker.user("Ada").api3[0]
        environ = {"ID": key.client_id, "SECRET": key.client_secret, "WAREHOUSE": f"duckdb:{warehouse}"}
        settings, clock = load(tmp_path / "lookgate.toml", environ), StillClock(datetime.now(UTC))
        for ring, algorithm in (("claims", "HS256"), ("tokens", "ES256")):
            open_rings(settings).change(
                ring,
                lambda before, alg=algorithm: rotate(before, alg, now=clock.now(), random=os.urandom),  # type: ignore[misc]
            )
        bring_keys(settings, create=True)
        gateway = build(settings, clock=clock)
        stack.enter_context(serving(gateway, listener))
        yield ClaimFlow(looker, gateway, clock, url, switch)


def test_a_user_without_a_handle_starts_by_a_claim_and_has_a_handle_from_then_on(flow: ClaimFlow) -> None:
    assert flow.through_looker("Eve", "whoami").json["code"] == "unsubstituted_tag"
    status, told = flow.bearer("/token", flow.claim("Eve"), GRANT)
    assert status == 200, told
    status, who = flow.bearer("/actions/whoami", told["access_token"], {})
    assert (status, who["email"], who["proven_by"]) == (200, "eve@air.example", "USER by token")
    (issued,) = flow.issued()
    assert (issued.outcome, issued.principal.subject) == ("allowed", "gateway")
    eve = flow.looker.user("Eve").id
    assert issued.detail.startswith(f"Looker user {eve}, who has no handle, for the claim ")
    by_handle = flow.through_looker("Eve", "whoami", handle=TAG)
    assert (by_handle.status, by_handle.json["proven_by"]) == (200, "USER by handle")
    used = flow.soon(lambda: [one.used_at for one in flow.gateway.store.handles.of_user(eve) if one.used_at])
    assert used == [flow.clock.now().replace(minute=0, second=0, microsecond=0)]


def test_a_claim_at_an_action_gives_a_handle_too_and_the_next_claims_give_no_other(flow: ClaimFlow) -> None:
    assert flow.bearer("/actions/whoami", flow.claim("Eve"), {})[0] == 200
    assert [one.outcome for one in flow.issued()] == ["allowed"]
    handle = flow.handle_of("Eve")
    flow.clock.move(200)
    assert flow.bearer("/token", flow.claim("Eve"), GRANT)[0] == 200
    assert flow.through_looker("Eve", "whoami").status == 200
    assert flow.handle_of("Eve") == handle
    assert len(flow.issued()) == 1


def test_a_claim_is_exchanged_once_and_an_old_one_not_at_all(flow: ClaimFlow) -> None:
    claim, old = flow.claim("Eve"), flow.claim("Eve")
    assert flow.bearer("/token", claim, {"grant_type": "password"})[1]["code"] == "unsupported_grant_type"
    assert flow.bearer("/token", claim, GRANT)[0] == 200
    assert flow.bearer("/token", claim, GRANT)[1]["code"] == "claim_used"
    assert flow.bearer("/actions/whoami", claim, {})[1]["code"] == "claim_used"
    flow.clock.move(331)
    assert flow.bearer("/token", old, GRANT)[1]["code"] == "claim_expired"


def test_the_gateways_own_api_user_is_given_no_handle(flow: ClaimFlow) -> None:
    assert flow.bearer("/token", flow.claim("Ada"), GRANT)[0] == 200
    (issued,) = flow.issued()
    assert (issued.outcome, issued.rule) == ("failed", "not_a_person")
    assert flow.gateway.store.handles.of_user(flow.looker.user("Ada").id) == []
