"""Generated files: all of them or none, and only over files of our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookgate.claims.dialect import dialect_named, dialects
from lookgate.claims.write import write_files
from lookgate.errors import Conflict, LookgateError, NotFound

OURS = "# Written by `lookgate claims lookml`."
FILES = {"a.view.lkml": f"{OURS}\nview: é {{}}\n", "b.view.lkml": f"{OURS}\nview: b {{}}\n"}


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_files_are_written_into_a_new_folder_and_nothing_else_is_left_there(tmp_path: Path) -> None:
    folder = tmp_path / "project" / "claims"
    assert write_files(folder, FILES) == [folder / name for name in FILES]
    assert content(folder) == FILES


def test_a_file_that_would_be_the_same_is_not_touched(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    before = (tmp_path / "a.view.lkml").stat()
    changed = FILES | {"b.view.lkml": FILES["b.view.lkml"] + "# more\n"}
    assert write_files(tmp_path, changed) == [tmp_path / "b.view.lkml"]
    assert content(tmp_path) == changed
    assert (tmp_path / "a.view.lkml").stat().st_ino == before.st_ino
    assert write_files(tmp_path, changed) == []


@pytest.mark.parametrize("theirs", [b"view: b {}\n", b"", b"\xff\xfe", b" " + OURS.encode()])
def test_somebody_elses_file_stops_everything_before_anything_is_written(tmp_path: Path, theirs: bytes) -> None:
    (tmp_path / "b.view.lkml").write_bytes(theirs)
    with pytest.raises(Conflict) as refused:
        write_files(tmp_path, FILES)
    assert refused.value.code == "file_taken"
    assert "b.view.lkml" in refused.value.detail
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b.view.lkml": theirs}


def test_a_folder_that_cannot_be_written_to_is_one_clear_error_and_nothing_is_half_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / "b.view.lkml").mkdir(parents=True)
    (tmp_path / "blocked" / f".b.view.lkml.{os.getpid()}").mkdir(parents=True)
    for name in ("file", "taken", "blocked"):
        with pytest.raises(LookgateError) as refused:
            write_files(tmp_path / name, FILES)
        assert refused.value.code == "folder_unusable"
        assert "--out" in refused.value.hint
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["b.view.lkml"]
    assert [path.name for path in (tmp_path / "blocked").iterdir()] == [f".b.view.lkml.{os.getpid()}"]


def test_an_unknown_dialect_is_answered_with_the_known_ones() -> None:
    assert all(dialect_named(name).name == name for name in dialects())
    with pytest.raises(NotFound) as refused:
        dialect_named("oracle" + "x" * 100)
    assert refused.value.code == "dialect_unknown"
    assert refused.value.detail == f"There is no dialect 'oracle{'x' * 58}'."
    assert refused.value.hint == f"Use one of: {', '.join(dialects())}."
