"""Writing a value: where it goes, and what Looker's answers mean for the next try."""

from __future__ import annotations

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.renewal import Holder, Target
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.looker.values import ValueWriter, place
from lower_rooms import run


def target(holder: Holder = "user", holder_id: str = "7") -> Target:
    return Target("r", "https://l.example.com", "42", "token", holder, holder_id, "user Ana", "google", "", 1, "f")


def answer(status: int, headers: dict[str, str] | None = None) -> LookgateError:
    async def story() -> LookgateError:
        double = LookerDouble()
        double.misbehave["PATCH /users/7/attribute_values/42"] = says(status, {"message": "shh"}, headers)
        async with serving(double) as client:
            with pytest.raises(LookgateError) as refused:
                await ValueWriter(client).write(target(), Secret("shh"))
            return refused.value

    return run(story())


@pytest.mark.parametrize(
    ("holder", "holder_id", "path", "field"),
    [
        ("default", "", "/user_attributes/42", "default_value"),
        ("group", "3", "/groups/3/attribute_values/42", "value"),
        ("user", "7", "/users/7/attribute_values/42", "value"),
    ],
)
def test_each_kind_of_value_has_an_operation_of_its_own(holder: Holder, holder_id: str, path: str, field: str) -> None:
    assert place(target(holder, holder_id)) == (path, field)


def test_an_id_that_is_none_reaches_no_other_operation() -> None:
    with pytest.raises(LookgateError, match="no id of Looker's"):
        place(target(holder_id="../groups/1"))


def test_a_value_is_written_bare_with_one_call() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await ValueWriter(client).write(target(), Secret("shh"))
        assert double.values == {("7", "42"): "shh"}
        assert double.asked["PATCH /users/7/attribute_values/42"] == 1

    run(story())


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "looker_forbidden"), (404, "target_gone"), (400, "value_refused"), (422, "value_refused")],
)
def test_what_needs_somebody_is_refused_for_good_without_the_value(status: int, code: str) -> None:
    refused = answer(status)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert "shh" not in f"{refused} {refused.hint}"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert isinstance(answer(status), Unavailable)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Wed, 01 Jul 2026 12:02:00 GMT", 120), ("soon", None), ("-1", None), ("9" * 40, 999_999_999)],
)
def test_how_long_looker_asks_to_be_left_alone_is_read(header: str, seconds: float | None) -> None:
    error = answer(429, {"retry-after": header})
    assert isinstance(error, Unavailable)
    assert error.retry_after == seconds


def test_a_session_that_looker_forgot_is_renewed_once_and_then_refused() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await ValueWriter(client).write(target(), Secret("one"))
            double.live.clear()
            await ValueWriter(client).write(target(), Secret("two"))
        assert double.values["7", "42"] == "two"
        assert double.asked["POST /login"] == 2

    run(story())
