from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.core.registry import modules_in_folder, unique
from lookgate.errors import RegistryError


def test_each_file_is_a_member_in_alphabetical_order_and_underscores_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("WORD = 'shared'")
    (tmp_path / "b.py").write_text("from _shared import WORD\nname = 'b ' + WORD")
    (tmp_path / "a.py").write_text("name = 'a'")
    assert [module.name for module in modules_in_folder(tmp_path)] == ["a", "b shared"]


def test_two_members_of_one_name_are_an_error() -> None:
    with pytest.raises(RegistryError) as refused:
        unique([("x", 1), ("y", 2), ("x", 3)], "action")
    assert refused.value.code == "duplicate_name"
    assert "'x'" in refused.value.detail


@pytest.mark.parametrize("text", ["def (", "1 / 0", "import no_such_module_anywhere", "raise SystemExit", "x: int = y"])
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(RegistryError) as refused:
        list(modules_in_folder(tmp_path))
    assert "broken.py" in refused.value.detail
    assert refused.value.hint


def test_a_broken_file_is_named_with_the_line_in_it_whatever_was_called_from_there(tmp_path: Path) -> None:
    (tmp_path / "top.py").write_text("import json\n\n\njson.loads('')\n")
    with pytest.raises(RegistryError, match=r"top\.py, line 4: cannot be imported: JSONDecodeError"):
        list(modules_in_folder(tmp_path))


def test_a_syntax_error_says_its_line_once(tmp_path: Path) -> None:
    (tmp_path / "top.py").write_text("x = 1\ndef (")
    with pytest.raises(RegistryError) as refused:
        list(modules_in_folder(tmp_path))
    assert refused.value.detail.count("line 2") == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as refused:
        list(modules_in_folder(tmp_path / "nowhere"))
    assert "nowhere" in refused.value.detail
