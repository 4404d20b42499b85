"""Key rings at rest: whole at any moment, for their owner only, sealed when there is a key for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lookgate.core.secret import Secret
from lookgate.errors import LookgateError
from lookgate.keys.ring import Ring, rotate
from lookgate.keys.seal import encryption_key
from lookgate.keys.store import FileRings
from lower_rooms import CountedBytes
from security_counts import Counted

ROTATOR = Path(__file__).with_name("rotator.py")
SEAL = bytes(range(32))
KEY = (
    b'{"format": 1, "ring": "claims", "keys": '
    b'[{"kid": "k_12345678", "alg": "HS256", "not_before": 1, "retire_after": null, "secret": "short"}]}'
)

WHOLE = KEY.replace(b"short", b"A" * 43)


def rings(folder: Path, key: bytes | None = None) -> FileRings:
    return FileRings(folder, encryption_key=key, random=os.urandom)


def grown(ring: Ring) -> Ring:
    return rotate(ring, "HS256", now=datetime.now(UTC), random=os.urandom)


def test_a_ring_comes_back_as_it_went_in_sealed_or_not(tmp_path: Path) -> None:
    for number, key in enumerate((None, SEAL)):
        folder = tmp_path / str(number)
        kept = rings(folder, key).change("claims", grown)
        kept = rings(folder, key).change("claims", grown)
        assert rings(folder, key).load("claims") == kept
        assert len(kept.keys) == 2


def test_a_ring_that_is_not_there_yet_is_empty_and_no_file_is_made(tmp_path: Path) -> None:
    assert rings(tmp_path / "none").load("claims") == Ring("claims")
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "gateway" / "keys"
    rings(folder).change("claims", grown)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_file_open_to_others_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    rings(tmp_path).change("claims", grown)
    (tmp_path / "claims.json").chmod(0o640)
    with pytest.raises(LookgateError) as refused:
        rings(tmp_path).load("claims")
    assert refused.value.code == "ring_exposed"
    assert "chmod 600" in refused.value.hint


def test_a_sealed_file_holds_no_secret_and_opens_with_its_own_key_for_its_own_ring_only(tmp_path: Path) -> None:
    ring = rings(tmp_path, SEAL).change("claims", grown)
    content = (tmp_path / "claims.json").read_text()
    assert ring.keys[0].secret.reveal() not in content
    assert ring.keys[0].kid not in content
    (tmp_path / "tokens.json").write_text(content.replace('"claims"', '"tokens"'))
    (tmp_path / "tokens.json").chmod(0o600)
    for name, key in (("claims", bytes(32)), ("claims", None), ("tokens", SEAL)):
        with pytest.raises(LookgateError) as refused:
            rings(tmp_path, key).load(name)
        assert refused.value.code == "ring_sealed"


def test_a_sealed_file_to_which_anything_was_added_is_refused(tmp_path: Path) -> None:
    rings(tmp_path, SEAL).change("claims", grown)
    document = json.loads((tmp_path / "claims.json").read_text())
    for added in ("!", "\n", " "):
        (tmp_path / "claims.json").write_text(json.dumps(document | {"sealed": added + document["sealed"]}))
        with pytest.raises(LookgateError) as refused:
            rings(tmp_path, SEAL).load("claims")
        assert refused.value.code == "ring_sealed"


def test_a_file_is_written_for_people_to_compare_line_by_line(tmp_path: Path) -> None:
    rings(tmp_path).change("claims", lambda ring: ring)
    assert (tmp_path / "claims.json").read_text() == '{\n "format": 1,\n "ring": "claims",\n "keys": []\n}\n'


def test_a_plain_ring_is_sealed_by_the_first_change_once_there_is_a_key(tmp_path: Path) -> None:
    first = rings(tmp_path).change("claims", grown)
    changed = rings(tmp_path, SEAL).change("claims", grown)
    assert changed.keys[0].kid == first.keys[0].kid
    assert "sealed" in (tmp_path / "claims.json").read_text()


@pytest.mark.counts("chaos", "a key file is half-written or damaged")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": 2, "ring": "claims", "keys": []}',
        b'{"format": 1, "ring": "tokens", "keys": []}',
        b'{"format": 1, "ring": "claims", "keys": [{}]}',
        b'{"format": 1, "ring": "claims", "keys": {"a": 1}}',
        KEY.replace(b"HS256", b"none"),
        KEY.replace(b'"not_before": 1', b'"not_before": 1e400'),
        KEY.replace(b'"not_before": 1', b'"not_before": 99999999999999999'),
        KEY,
        WHOLE.replace(b'"not_before": 1', b'"not_before": -1'),
        WHOLE.replace(b'"not_before": 1', b'"not_before": 8589934592'),
        b" " * 1_000_000 + WHOLE,
        b"[" * 100_000,
    ],
)
def test_a_malformed_file_is_one_clear_error_and_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "claims.json"
    file.write_bytes(content)
    file.chmod(0o600)
    for edit in (None, grown):
        with pytest.raises(LookgateError) as refused:
            rings(tmp_path).change("claims", edit) if edit else rings(tmp_path).load("claims")
        assert refused.value.code == "ring_damaged"
        assert refused.value.hint
    assert file.read_bytes() == content


@pytest.mark.parametrize("second", [0, 1, 8589934591])
def test_a_time_is_any_whole_second_from_1970_to_2242(tmp_path: Path, second: int) -> None:
    file = tmp_path / "claims.json"
    file.write_bytes(WHOLE.replace(b'"not_before": 1', b'"not_before": %d' % second))
    file.chmod(0o600)
    assert rings(tmp_path).load("claims").keys[0].not_before.timestamp() == second


def test_an_edit_that_fails_changes_nothing(tmp_path: Path) -> None:
    before = rings(tmp_path).change("claims", grown)

    def fail(_: Ring) -> Ring:
        raise LookgateError("no", "No.")

    with pytest.raises(LookgateError):
        rings(tmp_path).change("claims", fail)
    assert rings(tmp_path).load("claims") == before


def test_a_running_gateway_sees_another_processs_change_at_once(tmp_path: Path) -> None:
    reader = rings(tmp_path)
    assert reader.load("claims").keys == ()
    for count in (1, 2, 3):
        rings(tmp_path).change("claims", grown)
        assert len(reader.load("claims").keys) == count


@pytest.mark.counts("chaos", "several processes rotate keys at once")
def test_several_processes_that_rotate_at_once_lose_no_key(tmp_path: Path) -> None:
    racers = [subprocess.Popen([sys.executable, ROTATOR, tmp_path, "5", "60"], stdout=subprocess.PIPE) for _ in "abc"]  # noqa: S603 - our own file
    assert [racer.wait(60) for racer in racers] == [0, 0, 0]
    for racer in racers:
        racer.communicate()
    assert len(rings(tmp_path).load("claims").keys) == 15


def test_a_rotation_killed_at_any_point_leaves_a_ring_that_signs_and_verifies(tmp_path: Path, counted: Counted) -> None:
    rings(tmp_path).change("claims", grown)
    killed = broken = 0
    for number in range(12):
        with subprocess.Popen([sys.executable, ROTATOR, tmp_path, "100000", "0"], stdout=subprocess.PIPE) as rotator:  # noqa: S603 - our own file
            assert rotator.stdout is not None
            for _ in range(1 + 3 * number):
                assert rotator.stdout.readline() == b"rotated\n"
            rotator.kill()
        killed += 1
        now = datetime.now(UTC) + timedelta(seconds=1)
        ring = rings(tmp_path).load("claims")
        signer = ring.signer(now)
        grew = rings(tmp_path).change("claims", grown).keys[-1].verifies(now)
        broken += not grew or signer is None or ring.find(signer.kid, now) != signer
    counted("chaos", "killed while it rotates keys", tried=killed, bad=broken)


@pytest.mark.counts("chaos", "a key file is half-written or damaged")
def test_every_step_of_a_replacement_can_fail_and_the_ring_is_whole(tmp_path: Path) -> None:
    before = rings(tmp_path).change("claims", grown)
    leftover = tmp_path / ".claims.json.new"
    leftover.write_bytes(b"half")  # a process was killed while it wrote
    assert rings(tmp_path).load("claims") == before
    after = rings(tmp_path).change("claims", grown)
    assert rings(tmp_path).load("claims") == after
    assert not leftover.exists()


def test_an_unusable_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LookgateError) as refused:
        rings(tmp_path / "file").change("claims", grown)
    assert refused.value.code == "ring_unusable"
    with pytest.raises(ValueError, match="name"):
        rings(tmp_path).load("../claims")


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_an_encryption_key_is_64_hex_digits(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        encryption_key(Secret(text))
    assert encryption_key(Secret("0a" * 32)) == b"\x0a" * 32


def test_each_sealing_uses_a_nonce_of_its_own(tmp_path: Path) -> None:
    store = FileRings(tmp_path, encryption_key=SEAL, random=CountedBytes())
    texts = set()
    for _ in range(3):
        store.change("claims", lambda ring: ring)
        texts.add((tmp_path / "claims.json").read_text())
    assert len(texts) == 3
