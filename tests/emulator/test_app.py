from __future__ import annotations

import asyncio
from typing import Any

import pytest

from local_looker import make_looker
from looker_http import Http
from lookgate.emulator.app import build_app
from lookgate.emulator.faults import Switched
from lookgate.emulator.google import faults as google_faults


def client(origin: str = "http://127.0.0.1:9999", **options: Any) -> Http:
    return Http(build_app(make_looker().instance, **options), origin)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9999",
        "127.0.0.1",
        "127.0.0.1:9998",
        "localhost",
        "127.0.0.1.evil.example:9999",
    ],
)
def test_a_request_for_another_host_gets_nothing(host: str) -> None:
    for path in ("/", "/api/4.0/user", "/login"):
        answer = client(f"http://{host}").get(path)
        assert answer.status == 421
        assert "set-cookie" not in answer.headers


def test_two_host_headers_are_refused() -> None:
    answer = client().get("/api/4.0/user", headers={"host": "localhost:9999"})
    assert answer.status == 421


def test_the_sandbox_origin_has_no_api_and_no_pages() -> None:
    sandbox = client("http://localhost:9999")
    for path in ("/api/4.0/user", "/api/4.0/login", "/", "/login", "/admin/users"):
        assert sandbox.get(path).status == 404, path
        assert sandbox.request("POST", path).status in {404, 405}, path


def test_the_name_of_the_host_may_be_written_in_capitals() -> None:
    assert client("http://LOCALHOST:9999").get("/x").status == 404


def test_a_failure_on_purpose_comes_at_its_rate_and_only_on_the_api() -> None:
    draws = iter([0.05, 0.5, 0.05])
    http = client(fail=(429, 0.1), chance=lambda: next(draws))
    answers = [http.get("/api/4.0/user") for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 401, 429]
    assert "documentation_url" in answers[0].json()
    assert http.get("/login").status != 429  # draws nothing: the iterator is at its end


def test_a_failed_call_did_nothing() -> None:
    looker = make_looker()
    http = Http(build_app(looker.instance, fail=(500, 1.0), chance=lambda: 0.0), looker.instance.base_url)
    headers = {"authorization": f"Bearer {looker.token('Ada')}"}
    assert http.request("POST", "/api/4.0/groups", headers, json={"name": "North"}).status == 500
    assert "North" not in [group.name for group in looker.instance.groups.values()]


def test_latency_is_waited_before_each_api_call_and_nowhere_else() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    http = client(latency_ms=250, sleep=sleep)
    http.get("/api/4.0/user")
    http.get("/login")
    assert waited == [0.25]


def test_edited_files_are_looked_for_before_every_request() -> None:
    looked: list[int] = []
    http = client(refresh=lambda: looked.append(1))
    http.get("/api/4.0/user")
    http.get("/login")
    assert len(looked) == 2


@pytest.mark.parametrize(("name", "status"), [("looker_down", 503), ("looker_429", 429), ("looker_500", 500)])
def test_a_fault_that_is_switched_on_meets_the_api_until_it_is_switched_off(name: str, status: int) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    faults = google_faults.Faults(lambda: 0.0, sleep, google_faults.LOOKER)
    http = Http(Switched(build_app(make_looker().instance), faults), "http://127.0.0.1:9999")
    faults.set({name: 1, "looker_slow": 2.5})
    assert http.get("/api/4.0/user").status == status
    assert name in http.get("/api/4.0/user").json()["message"]
    assert http.get("/login").status == 200
    faults.clear()
    assert http.get("/api/4.0/user").status == 401
    assert waited == [2.5, 2.5]
