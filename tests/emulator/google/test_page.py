from __future__ import annotations

import re

import pytest

from local_google import LocalGoogle, google_part, make_google

JOB = {"name": "<b>renew</b>", "uri": "http://127.0.0.1:1/", "schedule": "0 * * * *"}


@pytest.fixture
def local() -> LocalGoogle:
    return make_google(google_part(jobs=[JOB]))


def test_a_ticked_box_is_a_fault_and_an_unticked_one_is_none(local: LocalGoogle) -> None:
    assert "checked" not in local.ask("GET", "/local").text
    answer = local.post_form("/local", {"do": "faults", "iam_429": "1", "clock_off": "-40", "iam_slow": "0"})
    assert (answer.status, answer.header("location")) == (303, "/local")
    on = {name: value for name, value in local.google.faults.values.items() if value}
    assert on == {"iam_429": 1, "clock_off": -40}
    text = local.ask("GET", "/local").text
    assert re.findall(r'<input[^>]* name="(\w+)"[^>]* checked', text) == ["iam_429"]
    assert re.search(r'name="clock_off" value="-40"', text)
    local.post_form("/local", {"do": "faults"})
    assert not any(local.google.faults.values.values())


def test_a_rate_set_elsewhere_stays_with_its_box(local: LocalGoogle) -> None:
    local.control("faults", {"iam_429": 0.1})
    assert re.search(r'name="iam_429" value="0.1" checked', local.ask("GET", "/local").text)


def test_buttons_rotate_withdraw_and_run(local: LocalGoogle) -> None:
    local.post_form("/local", {"do": "rotate"})
    assert len(local.google.keys.all) == 2
    local.post_form("/local", {"do": "withdraw"})
    assert len(local.google.keys.all) == 1
    local.post_form("/local", {"do": f"run:{JOB['name']}"})
    assert len(local.calls) == 1
    text = local.ask("GET", "/local").text
    assert "<b>renew" not in text
    assert "&lt;b&gt;renew" in text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": "explode"},
        {"do": "run:nothing"},
        {"do": "faults", "iam_429": "often"},
        {"do": "faults", "iam_429": "nan"},
        {"do": "faults", "iam_429": "1", "clock_off": "1e999"},
    ],
)
def test_what_makes_no_sense_changes_nothing_and_says_so(local: LocalGoogle, fields: dict[str, str]) -> None:
    answer = local.post_form("/local", fields)
    assert answer.status == 400
    assert "Nothing was changed" in answer.text
    assert not any(local.google.faults.values.values())


def test_a_page_of_another_origin_cannot_press_a_button(local: LocalGoogle) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        assert local.post_form("/local", {"do": "withdraw"}, origin=origin).status == 403
    kid = local.google.keys.current.kid
    assert local.post_form("/local", {"do": "withdraw"}, origin="http://localhost:9998").status == 303
    assert local.google.keys.current.kid != kid


def test_the_page_loads_its_own_style_and_nothing_else(local: LocalGoogle) -> None:
    answer = local.ask("GET", "/local")
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in answer.text
    sheets = re.findall(r'href="(/local/static/[^"]+)"', answer.text)
    assert sheets
    for sheet in sheets:
        assert local.ask("GET", sheet).status == 200
