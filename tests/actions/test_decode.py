from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookgate.actions.base import Input
from lookgate.actions.decode import MAX_DEPTH, decode_input
from lookgate.errors import BadRequest, InvalidInput


class Inner(Input):
    count: int = 0


class Form(Input):
    days: int = 0
    share: float = 0.0
    day: date | None = None
    inner: Inner | None = None
    rows: list[Inner] = msgspec.field(default_factory=list)
    names: dict[str, int] = msgspec.field(default_factory=dict)
    anything: Any = None


def refused(body: str | bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        decode_input(body.encode() if isinstance(body, str) else body, Form)
    return caught.value


def test_an_empty_body_is_an_empty_input() -> None:
    assert decode_input(b"", Form) == Form()


def test_275_point_0_is_an_integer_as_json_schema_says() -> None:
    assert decode_input(b'{"days": 275.0}', Form).days == 275
    assert decode_input(b'{"days": 2.75e2}', Form).days == 275


def test_an_integer_is_a_number() -> None:
    assert decode_input(b'{"share": 3}', Form).share == 3.0


def test_a_date_is_read_from_its_text() -> None:
    assert decode_input(b'{"day": "2026-07-01"}', Form).day == date(2026, 7, 1)


@pytest.mark.parametrize("value", ['"275"', "275.5", "true", "null", "[275]", "9007199254740993.5e3"])
def test_what_is_no_integer_is_refused_at_its_field(value: str) -> None:
    error = refused(f'{{"days": {value}}}')
    assert isinstance(error, InvalidInput)
    assert error.pointer == "/days"
    assert "int" in error.detail


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"unknown": 1}', "/unknown"),
        ('{"inner": {"unknown": 1}}', "/inner/unknown"),
        ('{"inner": {"count": "x"}}', "/inner/count"),
        ('{"rows": [{}, {"count": "x"}]}', "/rows/1/count"),
        ('{"rows": [{}, {"a/b~c": 1}]}', "/rows/1/a~1b~0c"),
        ('{"names": {"k": "x"}}', "/names"),
        ("[]", ""),
        ('"text"', ""),
    ],
)
def test_the_pointer_names_the_field(body: str, pointer: str) -> None:
    error = refused(body)
    assert isinstance(error, InvalidInput)
    assert error.status == 422
    assert error.pointer == pointer
    assert error.hint


def test_the_sentence_for_a_wrong_type_says_what_was_expected_and_where() -> None:
    assert refused('{"days": "x"}').detail == "Expected int, got str at /days."


@pytest.mark.parametrize("number", ["1e400", "-1e999", "1" + "0" * 400 + ".5"])
def test_a_number_beyond_every_float_is_refused_and_does_not_become_infinite(number: str) -> None:
    assert refused(f'{{"days": {number}}}').code == "malformed_json"


@pytest.mark.parametrize("body", ["{", "nonsense", '{"a": NaN}', "{'a': 1}", '{"a": 1} x', b'{"a": "\xff"}', "﻿{}"])
def test_what_is_no_json_is_refused(body: str | bytes) -> None:
    assert refused(body).code == "malformed_json"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_that_nests_too_deep_is_refused(depth: int, opening: str, closing: str) -> None:
    inner = opening * depth + "1" + closing * depth
    assert refused(f'{{"anything": {inner}}}').code == "too_deep"


def test_a_body_that_nests_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert decode_input(f'{{"anything": {"[" * depth}{"]" * depth}}}'.encode(), Form).anything


def test_a_wide_body_is_not_a_deep_one() -> None:
    rows: list[object] = [{} for _ in range(10 * MAX_DEPTH)]
    assert len(decode_input(json.dumps({"rows": rows}).encode(), Form).rows) == 10 * MAX_DEPTH


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(["days", "share", "day", "inner", "rows", "names"]), JSON).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_body_is_read_or_refused_and_never_breaks(body: bytes) -> None:
    try:
        form = decode_input(body, Form)
    except BadRequest as error:
        assert error.status in {400, 422}  # noqa: PT017 - either way is right, this is what one way must hold
    else:
        assert isinstance(form.days, int)


class Limited(Input):
    word: Annotated[str, msgspec.Meta(min_length=2, max_length=4)] = "word"
    rows: Annotated[list[int], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [1])
    few: Annotated[dict[str, int], msgspec.Meta(max_length=1)] = msgspec.field(default_factory=dict)
    days: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    share: Annotated[float, msgspec.Meta(lt=1.5)] | None = None
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]$")] = "A"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ('{"word": "a"}', "Send at least 2 characters."),
        ('{"word": "abcde"}', "Send at most 4 characters."),
        ('{"rows": []}', "Send at least 1 item."),
        ('{"few": {"a": 1, "b": 2}}', "Send at most 1 member."),
        ('{"days": 0}', "Send a number of at least 1."),
        ('{"days": 6}', "Send a number of at most 5."),
        ('{"share": 2.5}', "Send a number of less than 1.5."),
        ('{"days": "x"}', "Send a value of that type."),
    ],
)
def test_what_is_too_long_or_too_large_is_answered_with_the_limit(body: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_input(body.encode(), Limited)
    assert caught.value.hint == hint


def test_a_pattern_is_told_as_it_is_written() -> None:
    with pytest.raises(InvalidInput, match=r"\^\[A-Z\]\$' at /code"):
        decode_input(b'{"code": "a"}', Limited)
