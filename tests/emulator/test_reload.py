from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_looker import Looker, make_looker
from lookgate.emulator.reload import Reload


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "air"
    folder.mkdir()
    (folder / "manifest.lkml").write_text('project_name: "air"\n')
    (folder / "air.model.lkml").write_text('connection: "x"\n')
    return folder


@pytest.fixture
def looker(project: Path) -> Looker:
    return make_looker(projects=[project])


def test_an_edited_added_or_removed_file_is_picked_up(looker: Looker, project: Path) -> None:
    seconds = Seconds()
    reload = Reload(looker.instance, seconds)
    assert set(looker.instance.projects["air"].models) == {"air"}
    (project / "sea.model.lkml").write_text('connection: "x"\n')
    reload()
    assert set(looker.instance.engine.models) == {"air", "sea"}
    seconds.now += 1
    (project / "air.model.lkml").unlink()
    reload()
    assert set(looker.instance.engine.models) == {"sea"}


def test_nothing_is_loaded_again_while_nothing_changed(looker: Looker, project: Path) -> None:
    seconds = Seconds()
    reload = Reload(looker.instance, seconds)
    before = looker.instance.projects["air"]
    (project / "notes.txt").write_text("not LookML")
    reload()
    assert looker.instance.projects["air"] is before
    seconds.now += 1
    os.utime(project / "air.model.lkml", ns=(1, 1))
    reload()
    assert looker.instance.projects["air"] is not before


def test_the_folder_is_not_walked_for_every_request(looker: Looker, project: Path) -> None:
    seconds = Seconds()
    reload = Reload(looker.instance, seconds)
    reload()
    (project / "sea.model.lkml").write_text('connection: "x"\n')
    reload()
    assert set(looker.instance.projects["air"].models) == {"air"}
    seconds.now += 0.5
    reload()
    assert set(looker.instance.projects["air"].models) == {"air", "sea"}


def test_a_folder_that_is_gone_for_a_moment_leaves_the_project_as_it_was(looker: Looker, project: Path) -> None:
    seconds = Seconds()
    reload = Reload(looker.instance, seconds)
    project.rename(project.with_name("away"))
    reload()
    assert set(looker.instance.projects["air"].models) == {"air"}


def test_what_an_edit_breaks_is_told_once_with_its_file_and_line(looker: Looker, project: Path) -> None:
    seconds, told = Seconds(), list[str]()
    reload = Reload(looker.instance, seconds, complain=told.extend)
    (project / "air.model.lkml").write_text('connection: "x"\nexplore: planes {}\n')
    reload()
    assert [line.partition(": ")[0] for line in told] == ["air/air.model.lkml:2"]
    assert "planes" in told[0]
    seconds.now += 1
    (project / "air.model.lkml").write_text('connection: "x"\nexplore: planes {}\n# more\n')
    reload()
    assert len(told) == 1
    seconds.now += 1
    (project / "manifest.lkml").unlink()
    reload()
    assert told[1:] == ["air: no manifest.lkml"]
