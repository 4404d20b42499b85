from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway_cli import Said, Shell
from looker_double import LookerDouble, says, serving
from lookgate.core.secret import Secret, sha256_hex
from lookgate.store.sqlite import SqliteStore

ATTRIBUTE = {
    "id": "42",
    "name": "lookgate_handle",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://gateway.example.com/*",
}


class Scene:
    """A Looker in another thread, and a shell that knows it."""

    def __init__(self, folder: Path) -> None:
        self.double = LookerDouble()
        self.double.attributes = [ATTRIBUTE]
        for number in ("7", "8"):
            self.double.add_user(number)
        self.double.add_user("9", is_disabled=True)
        self.shell = Shell(folder)
        self._started, self._base_url = threading.Event(), ""
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._started.wait(10)

    async def _serve(self) -> None:
        async with serving(self.double) as client:
            self._base_url = client.base_url
            self._started.set()
            await self._end.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    def run(self, *arguments: str) -> Said:
        said = self.shell.run(
            "handles",
            *arguments,
            LOOKERSDK_BASE_URL=self._base_url,
            LOOKERSDK_CLIENT_ID="id",
            LOOKERSDK_CLIENT_SECRET="secret",
        )
        assert "lgh_" not in said.out + said.err
        return said

    @contextlib.contextmanager
    def store(self) -> Iterator[SqliteStore]:
        store = SqliteStore(self.shell.folder / ".lookgate" / "lookgate.sqlite3")
        yield store
        store.close()

    def accepted(self, number: str) -> list[str]:
        with self.store() as store:
            return [record.digest for record in store.handles.of_user(number)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.stop()


def test_everyone_enabled_gets_a_handle_and_no_session_stays_behind(scene: Scene) -> None:
    said = scene.run("issue", "--everyone")
    assert said.code == 0
    assert said.out.splitlines() == ["7\tUser 7\tissued", "8\tUser 8\tissued"]
    for number in ("7", "8"):
        assert scene.accepted(number) == [sha256_hex(Secret(scene.double.values[number, "42"]))]
    assert not scene.double.live
    assert scene.double.asked["POST /login"] == 1


def test_one_user_or_the_members_of_one_group_get_a_handle(scene: Scene) -> None:
    scene.double.add_user("10", group_ids=["2"])
    assert scene.run("issue", "--group", "Analysts_").out == "10\tUser 10\tissued\n"
    assert scene.run("issue", "--user", "7").out == "7\tUser 7\tissued\n"
    status = scene.run("status").out.splitlines()
    assert status[0].startswith("7\tUser 7\tsince ")
    assert status[1] == "8\tUser 8\tno handle"


def test_a_rotation_leaves_two_live_handles_and_no_overlap_leaves_one(scene: Scene) -> None:
    scene.run("issue", "--everyone")
    assert scene.run("rotate", "--group", "Analysts_").out == ""
    assert scene.run("rotate", "--user", "7").out == "7\tUser 7\trotated\n"
    assert scene.run("rotate", "--user", "8", "--overlap", "0").code == 0
    status = scene.run("status").out.splitlines()
    assert [line.split("\t")[3:] for line in status] == [["2 live", "never used"], ["1 live", "never used"]]
    assert scene.run("revoke", "--everyone").code == 0
    assert scene.run("status").out.splitlines() == ["7\tUser 7\tno handle", "8\tUser 8\tno handle"]


def test_a_crowd_gets_handles_a_few_at_a_time_and_is_told_how_far_it_is(scene: Scene) -> None:
    for number in range(100, 250):
        scene.double.add_user(str(number))
    said = scene.run("issue", "--everyone")
    assert said.code == 0
    assert said.out.count("issued") == 152
    assert "100 of 152…" in said.err
    assert scene.double.asked["POST /login"] == 1
    assert all(len(scene.accepted(str(number))) == 1 for number in range(100, 250, 49))


def test_a_revoked_handle_is_gone_on_both_sides(scene: Scene) -> None:
    scene.run("issue", "--user", "7")
    assert scene.run("revoke", "--user", "7").code == 0
    assert scene.accepted("7") == []
    assert not scene.double.values


def test_status_says_when_a_handle_was_last_used_and_finds_the_unused_ones(scene: Scene) -> None:
    scene.run("issue", "--everyone")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with scene.store() as store:
        for number, days in (("7", 40), ("8", 400)):  # 8 has not used theirs since it was issued
            (record,) = store.handles.of_user(number)
            store.handles.remove(record.digest)
            store.handles.add(replace(record, issued_at=now - timedelta(days=days)))
        store.handles.used({sha256_hex(Secret(scene.double.values["7", "42"])): now - timedelta(days=31)})
    lines = scene.run("status").out.splitlines()
    used = (now - timedelta(days=31)).isoformat(timespec="minutes")
    assert [line.split("\t")[4] for line in lines] == [f"last used {used}", "never used"]
    found = {
        days: [line.split("\t")[0] for line in scene.run("status", "--unused-for", days).out.splitlines()]
        for days in ("0", "30", "31", "32", "399", "401")
    }
    assert found == {"0": ["7", "8"], "30": ["7", "8"], "31": ["7", "8"], "32": ["8"], "399": ["8"], "401": []}


def test_of_two_live_handles_the_one_that_is_used_keeps_the_user_from_being_listed_as_unused(scene: Scene) -> None:
    scene.run("issue", "--user", "7")
    long_ago, lately = datetime.now(UTC) - timedelta(days=400), datetime.now(UTC) - timedelta(days=3)
    with scene.store() as store:
        (record,) = store.handles.of_user("7")
        store.handles.remove(record.digest)
        for digest in ("a" * 64, "b" * 64):
            store.handles.add(replace(record, digest=digest, issued_at=long_ago))
        store.handles.used({"a" * 64: lately})
    assert scene.run("status", "--unused-for", "30").out == ""
    assert scene.run("status", "--unused-for", "2").out.startswith("7\t")


def test_a_handle_that_was_issued_today_or_is_no_more_is_not_listed_as_unused(scene: Scene) -> None:
    scene.run("issue", "--user", "7")
    assert scene.run("status", "--unused-for", "1").out == ""
    scene.run("revoke", "--user", "7")
    assert scene.run("status", "--unused-for", "0").out == ""


def test_status_as_json_tells_each_live_handle_and_no_more_of_it_than_eight_digits(scene: Scene) -> None:
    scene.double.users["8"]["display_name"] = 'Eve "\x1b[31m\x7f"\n'
    scene.run("issue", "--user", "7")
    scene.run("rotate", "--user", "7")
    first, second = (json.loads(line) for line in scene.run("status", "--json").out.splitlines())
    assert (first["user"], first["name"], first["used_at"]) == ("7", "User 7", None)
    newest, older = first["handles"]
    assert newest["sha256"] == sha256_hex(Secret(scene.double.values["7", "42"]))[:8]
    assert (newest["ends_at"], newest["used_at"]) == (None, None)
    assert older["ends_at"] > older["issued_at"]
    assert (second["handles"], second["used_at"]) == ([], None)
    assert second["name"].isprintable()


def test_one_failure_is_told_and_does_not_keep_the_others_from_it(scene: Scene) -> None:
    scene.double.misbehave["PATCH /users/7/attribute_values/42"] = says(403)
    said = scene.run("issue", "--everyone")
    assert said.code == 1
    assert said.out == "8\tUser 8\tissued\n"
    assert "7\tUser 7\tfailed: Looker refuses" in said.err
    assert "error: 1 of the users failed." in said.err


def test_an_unsafe_attribute_is_refused_before_anything_is_written(scene: Scene) -> None:
    scene.double.attributes = [ATTRIBUTE | {"value_is_hidden": False}]
    said = scene.run("issue", "--everyone")
    assert said.code == 1
    assert "not hidden" in said.err
    assert "fix: " in said.err
    assert not scene.double.values
    assert not scene.double.live


@pytest.mark.parametrize("arguments", [(), ("--everyone", "--user", "7"), ("--user", "7", "--group", "Analysts")])
def test_whose_handles_are_meant_is_said_exactly_once(scene: Scene, arguments: tuple[str, ...]) -> None:
    for verb in ("issue", "rotate", "revoke"):
        said = scene.run(verb, *arguments)
        assert said.code == 2
        assert "exactly one of" in said.err
    assert not scene.double.asked


def test_without_an_instance_the_fix_is_named(tmp_path: Path) -> None:
    said = Shell(tmp_path).run("handles", "issue", "--everyone")
    assert said.code == 1
    assert "LOOKERSDK_BASE_URL" in said.err
