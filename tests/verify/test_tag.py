from __future__ import annotations

import pytest

from lookgate.errors import Unauthenticated
from lookgate.verify.tag import refuse_unsubstituted
from lower_rooms import credential


def refusal(value: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        refuse_unsubstituted(credential("handle", value, "x-lookgate-handle"))
    return refused.value


@pytest.mark.parametrize(
    "value", ["{{flights_demo_handle}}", "x {{ flights_demo_handle }} y", "{{flights_demo_handle}}="]
)
def test_a_tag_that_looker_left_alone_is_answered_with_what_to_set_up(value: str) -> None:
    error = refusal(value)
    assert error.code == "unsubstituted_tag"
    for word in ("'flights_demo_handle'", "exist", "hidden", "value for this user", "allow-list", "serverProxy"):
        assert word in error.hint


@pytest.mark.parametrize("value", ["{{<script>}}", "{{}}", "{{a b}}", "{{a\nb}}", "{{" + "x" * 300 + "}}", "{{{{x}}}}"])
def test_a_tag_is_never_repeated_unless_it_is_a_plain_name(value: str) -> None:
    error = refusal(value)
    assert error.code == "unsubstituted_tag"
    inner = value.strip("{}")
    assert not inner or f"'{inner}'" not in str(error) or inner == "x"


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", "Basic YTpi", "token abc", "Bearer\tabc"])
def test_a_scheme_inside_the_value_is_answered_with_where_it_came_from(value: str) -> None:
    error = refusal(value)
    assert error.code == "doubled_scheme"
    assert "abc" not in str(error)
    assert "attribute" in error.hint


@pytest.mark.parametrize("value", ["lgh_abc", "a.b.c", "{abc}", "{{abc", "abc}}", "Bearerabc", ""])
def test_anything_else_is_left_to_the_verifiers(value: str) -> None:
    refuse_unsubstituted(credential("handle", value))
