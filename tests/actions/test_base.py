from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.actions.base import discover, found
from lookgate.errors import RegistryError

HEAD = """
from __future__ import annotations
import dataclasses
import msgspec
from lookgate.actions import Context, Input, Output, action
from lookgate.core.policy import public

class Given(Input):
    days: int

class Taken(Output):
    text: str
"""
BODY = (
    HEAD
    + '''
@action(policy=[public()])
def {name}(input: Given, context: Context) -> Taken:
    """Count days.

    One by one.
    """
    return Taken("")
'''
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, *enabled: str) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        discover(folder, enabled)
    return caught.value


def test_an_action_takes_its_name_types_and_words_from_its_function(folder: Path) -> None:
    path = write(folder, "count", BODY.format(name="count_days"))
    action = discover(folder, ["count_days"])["count_days"]
    assert (action.name, action.summary, action.description) == ("count_days", "Count days.", "One by one.")
    assert (action.input.__name__, action.output.__name__) == ("Given", "Taken")
    assert (action.effect, action.policy.describe(), action.source) == ("none", "everyone", path)


def test_what_is_found_is_inert_until_it_is_enabled(folder: Path) -> None:
    write(folder, "one", BODY.format(name="one"))
    write(folder, "two", BODY.format(name="two"))
    assert list(discover(folder, ["two"])) == ["two"]
    assert list(found(folder)) == ["one", "two"]


def test_an_unknown_enabled_name_is_answered_with_the_nearest(folder: Path) -> None:
    write(folder, "notes", BODY.format(name="add_note"))
    error = refusal(folder, "add_notes")
    assert error.code == "action_unknown"
    assert error.hint == "Did you mean 'add_note'?"


def test_an_unknown_name_near_nothing_is_answered_with_the_list(folder: Path) -> None:
    write(folder, "notes", BODY.format(name="add_note"))
    assert refusal(folder, "zzz").hint == "There are: add_note."


@pytest.mark.parametrize("policy", ["policy=None", "policy=[]", "policy=()"])
def test_an_action_without_a_policy_is_refused_even_when_it_is_not_enabled(folder: Path, policy: str) -> None:
    path = write(folder, "open", BODY.format(name="open_door").replace("policy=[public()]", policy))
    error = refusal(folder)
    assert error.code == "action_without_policy"
    assert str(path) in error.detail
    assert "public()" in error.hint


@pytest.mark.parametrize("policy", ["[public]", "['analysts']", "public()", "[None]"])
def test_a_policy_that_is_no_list_of_rules_is_refused(folder: Path, policy: str) -> None:
    write(folder, "odd", BODY.format(name="odd").replace("[public()]", policy))
    assert refusal(folder).code == "action_policy"


def test_two_actions_in_one_file_are_refused(folder: Path) -> None:
    text = BODY.format(name="one") + BODY.removeprefix(HEAD).format(name="two")
    write(folder, "both", text)
    assert refusal(folder).code == "one_action_per_file"


def test_a_file_without_an_action_is_refused_unless_its_name_starts_with_an_underscore(folder: Path) -> None:
    write(folder, "_shared", "VALUE = 1")
    assert found(folder) == {}
    write(folder, "shared", "VALUE = 1")
    assert refusal(folder).code == "one_action_per_file"


def test_an_action_imported_from_a_neighbour_belongs_to_the_neighbour(folder: Path) -> None:
    write(folder, "neighbour", BODY.format(name="one"))
    write(folder, "two", BODY.format(name="two").replace("import msgspec", "import msgspec\nfrom neighbour import one"))
    assert set(found(folder)) == {"one", "two"}


def test_two_actions_of_one_name_are_refused(folder: Path) -> None:
    write(folder, "a", BODY.format(name="same"))
    write(folder, "b", BODY.format(name="same"))
    assert refusal(folder).code == "duplicate_name"


@pytest.mark.parametrize("name", ["Upper", "_hidden", "a" * 64, "näher"])
def test_a_name_that_cannot_stand_in_a_url_is_refused(folder: Path, name: str) -> None:
    write(folder, "named", BODY.format(name=name))
    assert refusal(folder).code == "action_name"


def test_a_name_may_be_given(folder: Path) -> None:
    write(folder, "named", BODY.format(name="f").replace("[public()]", '[public()], name="given_name"'))
    assert list(found(folder)) == ["given_name"]


def test_an_unknown_effect_is_refused(folder: Path) -> None:
    write(folder, "odd", BODY.format(name="odd").replace("[public()]", '[public()], effect="big"'))
    assert refusal(folder).code == "action_effect"


def test_a_local_effect_cannot_be_async(folder: Path) -> None:
    text = BODY.format(name="odd").replace("[public()]", '[public()], effect="local"').replace("\ndef", "\nasync def")
    write(folder, "odd", text)
    error = refusal(folder)
    assert error.code == "action_effect"
    assert "def" in error.hint


@pytest.mark.parametrize(
    "signature",
    [
        "(input, context: Context) -> Taken",
        "(input: Given) -> Taken",
        "(input: Given, context: Context)",
        "(input: Given, context: Context) -> dict",
        "(input: dict, context: Context) -> Taken",
        "(input: Given, context: dict) -> Taken",
        "(input: Given, context: Context, more: int) -> Taken",
        "(input: Unheard, context: Context) -> Taken",
        "(input: Given | None, context: Context) -> Taken",
    ],
)
def test_a_handler_of_another_shape_is_refused_with_the_shape(folder: Path, signature: str) -> None:
    text = BODY.format(name="odd").replace("(input: Given, context: Context) -> Taken", signature)
    path = write(folder, "odd", text)
    error = refusal(folder)
    assert error.code == "action_types"
    assert str(path) in error.detail
    assert error.hint


OPEN = {
    "struct": "class Inner(msgspec.Struct):\n    x: int = 0\n",
    "dataclass": "@dataclasses.dataclass\nclass Inner:\n    x: int = 0\n",
    "typed dict": "from typing import TypedDict\nclass Inner(TypedDict):\n    x: int\n",
}


@pytest.mark.parametrize("inner", OPEN.values(), ids=OPEN.keys())
@pytest.mark.parametrize("place", ["Inner", "list[Inner]", "dict[str, Inner]", "Inner | None", "tuple[int, Inner]"])
def test_an_input_that_would_drop_unknown_fields_at_any_depth_is_refused(folder: Path, inner: str, place: str) -> None:
    text = BODY.replace("class Given(Input):\n    days: int", f"{inner}\nclass Given(Input):\n    days: {place}")
    write(folder, "odd", text.format(name="odd"))
    error = refusal(folder)
    assert error.code == "action_input_open"
    assert "Input" in error.hint


def test_a_plain_struct_as_input_is_refused(folder: Path) -> None:
    write(folder, "odd", BODY.format(name="odd").replace("class Given(Input)", "class Given(msgspec.Struct)"))
    assert refusal(folder).code == "action_input_open"


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("input: Given", "input: int", "lookgate.Input"),
        (" -> Taken", "", "lookgate.Output"),
        (" -> Taken", " -> dict[str, int]", "lookgate.Output"),
    ],
)
def test_each_type_that_does_not_fit_is_told_with_what_it_should_be(
    folder: Path, was: str, becomes: str, told: str
) -> None:
    write(folder, "odd", BODY.format(name="odd").replace(was, becomes))
    error = refusal(folder)
    assert error.code == "action_types"
    assert told in error.hint


def test_an_output_that_cannot_be_told_apart_stops_the_start_and_not_the_first_call(folder: Path) -> None:
    odd = BODY.format(name="odd").replace("class Taken(Output):", "class Taken(Output):\n    odd: list[int] | set[int]")
    write(folder, "odd", odd)
    assert refusal(folder).code == "action_types"


def test_an_input_that_contains_itself_is_accepted(folder: Path) -> None:
    tree = BODY.replace(
        "    days: int", "    days: int\n    children: 'list[Given]' = msgspec.field(default_factory=list)"
    )
    write(folder, "tree", tree.format(name="tree"))
    assert list(found(folder)) == ["tree"]


def test_a_file_that_fails_while_imported_is_named(folder: Path) -> None:
    path = write(folder, "broken", "1 / 0")
    error = refusal(folder)
    assert error.code == "file_broken"
    assert str(path) in error.detail


def test_two_actions_of_one_name_are_told_with_both_files(folder: Path) -> None:
    one, other = (write(folder, file, BODY.format(name="whoami")) for file in ("mine", "yours"))
    error = refusal(folder)
    assert error.code == "duplicate_name"
    assert error.detail == f"There are two actions named 'whoami': {one} and {other}."
