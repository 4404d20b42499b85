"""The error tree is what its own page and the page on actions say it is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from gateway_site import Said, Site, Text
from lookgate import errors
from lookgate.actions import Context, action
from lookgate.core.policy import public
from lookgate.errors import LookgateError

PAGE = (Path(__file__).parents[1] / "docs" / "add-an-action.md").read_text("utf-8")
TREE = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, LookgateError) and kind is not LookgateError
}
TOLD = {name: int(status) for name, status in re.findall(r"`(\w+)` \((\d{3})\)", PAGE)}


def test_the_tree_in_the_docstring_names_every_error_with_its_status() -> None:
    drawn = dict(re.findall(r"── (\w+) +(\d{3})?", errors.__doc__ or ""))
    assert drawn == {name: str(kind.status) if drawn.get(name) else "" for name, kind in TREE.items()}


def test_no_error_is_a_success() -> None:
    assert [name for name, kind in TREE.items() if kind.status not in range(400, 600)] == []


def test_the_page_on_actions_tells_the_refusals_that_an_action_may_raise() -> None:
    assert len(TOLD) >= 5
    assert {name: TREE[name].status for name in TOLD} == TOLD


@pytest.mark.parametrize("name", TOLD)
def test_a_refusal_from_within_an_action_reaches_the_caller_whole(name: str) -> None:
    def refuses(input: Text, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        raise TREE[name]("my_rule", "This is closed.", "Open it first.")

    reply = Site([action(policy=[public()])(refuses)]).act("refuses")
    told = (reply.status, reply.json["code"], reply.json["detail"], reply.json["hint"])
    assert told == (TOLD[name], "my_rule", "This is closed.", "Open it first.")
