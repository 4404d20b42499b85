from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request

from extension_site import Lab, running_lab, user_id
from lookgate.emulator.api.dispatch import Answer
from lookgate.emulator.api.route import Operation
from lookgate.emulator.host import core_api
from lookgate.emulator.host.application import Refusal, extensions
from lookgate.emulator.host.endpoint import Ask
from lookgate.emulator.pages import session as sessions


class SlowApi:
    """An API whose answers wait until the test lets them go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def find(self, _method: str, _path: str) -> Operation | None:
        return None

    def handle(
        self, _method: str, _path: str, _query: dict[str, str] | None = None, _body: Any = None, *, token: str | None
    ) -> Answer:
        assert token
        self.go.wait(30)
        return Answer(200, b"{}", {"content-type": "application/json"})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


def call(api: SlowApi, ask: Ask) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        return await core_api.invoke_raw(api)(ask)

    with ThreadPoolExecutor(1) as aside:  # a thread of its own has no event loop yet
        return aside.submit(asyncio.run, run()).result()


def ask_of(lab: Lab, **body: Any) -> Ask:
    session = sessions.start(lab.instance, user_id(lab.instance, "Ana"))
    user = lab.instance.users[session.user_id]
    extension = extensions(lab.instance)["lab::probe"]
    return Ask(lab.instance, Request({"type": "http"}), session, user, extension, body)


def test_a_call_of_the_api_ends_with_its_time(lab: Lab) -> None:
    api = SlowApi()
    try:
        with pytest.raises(Refusal, match=r"did not answer GET /user within 0\.05 seconds") as caught:
            call(api, ask_of(lab, httpMethod="GET", path="/user", timeout=0.05))
    finally:
        api.go.set()
    assert caught.value.status == 504


@pytest.mark.parametrize("asked", [None, "soon", -1, 0, True, 10**6, 20])
def test_a_strange_timeout_is_the_longest_one(lab: Lab, asked: object) -> None:
    api = SlowApi()
    api.go.set()
    answer = call(api, ask_of(lab, httpMethod="GET", path="/user", timeout=asked))
    assert answer["ok"] is True
