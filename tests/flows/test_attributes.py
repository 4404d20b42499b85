"""From settings to a token that Looker sends to one service only, on an instance that has none of the attributes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from extension_site import Backend, Lab, call, listen, page_headers, serving
from local_google import claims_of
from sync_shell import SyncShell, sync_shell

MANIFEST = """
project_name: "air"
application: crew {{ label: "Crew" file: "crew.js" entitlements: {{ external_api_urls: ["{service}", "{other}"] }} }}
"""
NAME = "air_crew_orders_token"


@dataclass
class Place:
    """A service, another one, and Looker between them and an extension."""

    service: Backend
    other: Backend
    shell: SyncShell

    def through_looker(self, backend: Backend, attribute: str = NAME) -> tuple[int, Any]:
        """Call a service as the extension does for Eve, with the attribute's tag in a header."""
        lab = Lab(self.shell.site.looker.instance, Backend())
        init = {"method": "GET", "headers": {"authorization": f"Bearer {{{{{attribute}}}}}"}}
        asked = json.dumps({"resource": f"{backend.url}/orders", "init": init}).encode()
        path = "/internal/extensions/air::crew/server_proxy"
        status, _, text = call(lab, "POST", path, page_headers(lab, "Eve"), asked)
        return status, json.loads(text)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    service, other = Backend(), Backend()
    project = tmp_path / "air"
    project.mkdir()
    with ExitStack() as stack:
        for backend in (service, other):
            listener, port = listen()
            backend.url = f"http://127.0.0.1:{port}"
            stack.enter_context(serving(backend.app, listener))
        (project / "manifest.lkml").write_text(MANIFEST.format(service=service.url, other=other.url))
        (project / "crew.js").write_text("")
        shell = stack.enter_context(sync_shell(tmp_path, attributes=[], projects=[project]))
        rule = {"audience": service.url, "attribute": "orders_token", "extension": "air::crew", "target": "group:East"}
        shell.settings(rule, more=f"[tokens]\nissuer = '{other.url}'\n[handle]\nattribute = 'air_crew_lookgate_handle'")
        service.seen.clear()
        other.seen.clear()
        yield Place(service, other, shell)


def test_what_the_plan_of_a_rule_asks_for_is_made_and_its_token_reaches_the_service_and_no_other(place: Place) -> None:
    refused = place.shell.run("sync", "plan")
    assert (refused.code, "lookgate attributes apply" in refused.out) == (1, True), refused

    applied = place.shell.run("attributes", "apply", "--yes")
    assert applied.code == 0, applied
    assert f"created {NAME}" in applied.out
    assert place.shell.run("sync", "plan").code == 0
    renewed = place.shell.run("sync", "once")
    assert renewed.code == 0, renewed

    status, answer = place.through_looker(place.service)
    assert status == 200, answer
    sent = answer["value"]["body"]["headers"]["authorization"].removeprefix("Bearer ")
    assert claims_of(sent)["aud"] == place.service.url
    status, answer = place.through_looker(place.other)
    assert (status, "does not cover this URL" in answer["error"]) == (403, True)
    assert place.other.seen == []


def test_handles_are_issued_into_the_attribute_that_was_made_for_them(place: Place) -> None:
    assert "attributes apply" in place.shell.run("handles", "issue", "--everyone").err
    assert place.shell.run("attributes", "apply", "--yes").code == 0
    assert place.shell.run("handles", "issue", "--everyone").code == 0
    status, answer = place.through_looker(place.other, "air_crew_lookgate_handle")
    assert status == 200, answer
    assert answer["value"]["body"]["headers"]["authorization"].startswith("Bearer lgh_")
    assert place.through_looker(place.service, "air_crew_lookgate_handle")[0] == 403
