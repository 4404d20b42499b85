from __future__ import annotations

import base64
import hashlib
import re
import shlex
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

from gateway_site import ACTIONS, Said, Site, Text, echo
from lookgate.actions import Action, Context, Input, action
from lookgate.actions.decode import decode_input
from lookgate.core.identity import Assurance
from lookgate.core.policy import AllOf, Policy, at_least, has_scope, in_group, public
from lookgate.settings.model import Web
from lookgate.web.docs_page import docs_page

PUBLIC = Web(public_pages=frozenset({"docs"}))


class Tags(HTMLParser):
    """Collects start tags with their attributes, and checks that what opens closes."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(*actions: Action) -> str:
    return docs_page({each.name: each for each in actions}, "my_ext_app_handle")[0].decode()


def test_each_action_is_shown_with_its_policy_and_fields() -> None:
    reply = Site(web=PUBLIC).call("GET", "/docs")
    text = unescape(reply.body.decode())
    assert reply.headers["content-type"].startswith("text/html")
    for name in ACTIONS:
        assert f"/actions/{name}" in text
    assert "members of the Looker group 'Analysts'" in text
    assert "text, at most 5000 long" in text


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    reply = Site(web=PUBLIC).call("GET", "/docs")
    tags = Tags(reply.body.decode())
    assert tags.open == []
    names = {name for name, _ in tags.seen}
    assert not names & {"script", "link", "img", "iframe", "form", "object"}
    for _, attributes in tags.seen:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "style"}]
        assert (attributes.get("href") or "#").startswith(("#", "/openapi.json"))


def test_the_policy_lets_in_exactly_the_stylesheet_by_its_hash() -> None:
    reply = Site(web=PUBLIC).call("GET", "/docs")
    style = re.search(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in reply.headers["content-security-policy"]
    assert "unsafe" not in reply.headers["content-security-policy"]


def test_words_of_an_action_cannot_become_markup() -> None:
    class Odd(Input):
        value: str = "<script>alert(1)</script>"

    def odd(input: Odd, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        """Show <b>bold</b>.

        And <img src=x onerror=alert(1)> too.
        """
        return Said("")

    odd.__annotations__.update(input=Odd, context=Context)
    names = {name for name, _ in Tags(page(action(policy=[public()])(odd))).seen}
    assert not names & {"script", "b", "img"}


class Part(Input):
    amount: Annotated[int, msgspec.Meta(ge=3)]


class Node(Input):
    children: list[Node]


class Many(Input):
    name: Annotated[str, msgspec.Meta(min_length=9)]
    short: Annotated[str, msgspec.Meta(max_length=2)]
    count: Annotated[int, msgspec.Meta(gt=5)]
    low: Annotated[float, msgspec.Meta(le=-2)]
    size: Literal["small", "large"]
    day: date
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    ref: UUID
    flags: Annotated[list[str], msgspec.Meta(min_length=2)]
    parts: Annotated[list[Part], msgspec.Meta(min_length=1)]
    one: Part
    maybe: Part | None
    sure: bool
    map: dict[str, int]
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", examples=["AA"], description="The airline's code.")]
    anything: Any
    quoted: str = "it's"


@action(policy=[public()])
def many(input: Many, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
    """Take many things."""
    return Said("")


def curl(act: Action) -> list[str]:
    command = unescape(re.findall(r"<pre[^>]*><code>(curl.*?)</code>", page(act), re.DOTALL)[0])
    return shlex.split(command.replace("\\\n", " "))


@pytest.mark.parametrize("act", [many, *ACTIONS.values()], ids=lambda act: act.name)
def test_the_curl_example_holds_an_input_the_action_accepts(act: Action) -> None:
    words = curl(act)
    assert isinstance(decode_input(words[words.index("-d") + 1].encode(), act.input), act.input)


@pytest.mark.parametrize(
    ("rule", "header"),
    [
        (public(), None),
        (at_least(Assurance.SHARED_SECRET), "x-api-key: $API_KEY"),
        (has_scope("x"), "x-api-key: $API_KEY"),
        (at_least(Assurance.USER), "x-lookgate-handle: $HANDLE"),
        (in_group("Analysts"), "x-lookgate-handle: $HANDLE"),
    ],
)
def test_the_curl_example_presents_a_credential_that_the_policy_lets_in(rule: Policy, header: str | None) -> None:
    words = curl(replace(echo, policy=AllOf((rule,))))
    assert [word for word in words if word.startswith("x-")] == ([header] if header else [])


def test_the_fields_of_inner_structs_are_shown_with_the_path_to_them() -> None:
    text = page(many)
    assert "<td><code>parts[].amount</code></td><td>integer, at least 3</td><td>required</td>" in text
    assert "<td><code>maybe.amount</code></td>" in text
    assert "<small>The airline&#x27;s code.</small>" in text


def test_a_struct_that_holds_itself_is_shown_to_a_bounded_depth() -> None:
    def grow(input: Node, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        return Said("")

    assert page(action(policy=[public()])(grow)).count("<td><code>children") == 5


def test_the_extension_example_names_the_attribute_that_the_settings_name() -> None:
    assert "'x-lookgate-handle': '{{my_ext_app_handle}}'" in unescape(page(echo))


def test_an_input_without_fields_says_so() -> None:
    class Nothing(Input):
        pass

    def idle(input: Nothing, context: Context) -> Said:  # noqa: A002, ARG001 - the handler's shape
        return Said("")

    idle.__annotations__.update(input=Nothing, context=Context)
    assert "No fields." in page(action(policy=[public()])(idle))


def test_without_actions_the_page_says_so() -> None:
    assert "No action is enabled." in page()


def test_a_field_without_limits_is_said_in_one_word() -> None:
    assert "<td><code>days</code></td><td>integer</td><td>0</td>" in page(echo)
    assert Text.__struct_fields__ == ("text", "days")
