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


def test_a_tag_is_answered_first_with_the_call_that_went_past_looker() -> None:
    start = "Looker did not replace the tag: either the call did not go through serverProxy, or "
    assert refusal("{{flights_demo_handle}}").hint.startswith(start)


@pytest.mark.parametrize("value", ["{{<script>}}", "{{}}", "{{a b}}", "{{a\nb}}", "{{" + "x" * 300 + "}}", "{{{{x}}}}"])
def test_a_tag_is_never_repeated_unless_it_is_a_plain_name(value: str) -> None:
    error = refusal(value)
    assert error.code == "unsubstituted_tag"
    inner = value.strip("{}")
    assert not inner or f"'{inner}'" not in str(error) or inner == "x"


@pytest.mark.parametrize(
    "secret",
    [
        "lgh_M6xW5WChSeQHDXThMt97GRC2eB1n7usZasM5l76AFDI",
        "lgk_" + "a1b2" * 10 + "abc",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "deadbeefdeadbeefdeadbeefdeadbeef",
        "AKIAIOSFODNN7EXAMPLE",
        "mfrggzdfmztwq2lknnwg23tpobyxe43u",
    ],
)
@pytest.mark.parametrize("around", ["{{%s}}", "{{ %s }}", "{{{{%s}}}}", "x{{%s}}y"])
def test_a_secret_that_looker_put_inside_another_tag_is_not_told_as_the_name_of_an_attribute(
    secret: str, around: str
) -> None:
    error = refusal(around % secret)
    assert error.code == "unsubstituted_tag"
    assert secret not in str(error)


@pytest.mark.parametrize(
    "name",
    ["project_app_lookgate_handle", "flights_delays_no_such_attribute", "oauth2_token", "s3.key", "a__b", "token1"],
)
def test_the_names_that_people_give_attributes_are_told(name: str) -> None:
    assert f"'{name}'" in refusal("{{" + name + "}}").detail


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", "Basic YTpi", "token abc", "Bearer\tabc"])
def test_a_scheme_inside_the_value_is_answered_with_where_it_came_from(value: str) -> None:
    error = refusal(value)
    assert error.code == "doubled_scheme"
    assert "abc" not in str(error)
    assert "attribute" in error.hint


@pytest.mark.parametrize("value", ["lgh_abc", "a.b.c", "{abc}", "{{abc", "abc}}", "Bearerabc", ""])
def test_anything_else_is_left_to_the_verifiers(value: str) -> None:
    refuse_unsubstituted(credential("handle", value))
