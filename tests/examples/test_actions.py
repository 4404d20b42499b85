"""The demo's actions, called through the local Looker's serverProxy as the extension calls them."""

from __future__ import annotations

import tomllib

import pytest

from demo_pair import EXAMPLE, visitor
from lookgate.actions import found
from lookgate.cli.demo.pair import Pair
from lookgate.cli.demo.visitor import NOTHING
from lookgate.core.identity import ANONYMOUS
from lookgate.core.policy import Deny, Request


def test_the_settings_name_every_action_of_the_folder() -> None:
    settings = tomllib.loads((EXAMPLE / "lookgate.toml").read_text())
    assert sorted(settings["actions"]["enabled"]) == sorted(found(EXAMPLE / "actions"))


def test_only_whoami_answers_strangers() -> None:
    open_to_strangers = [
        name
        for name, action in found(EXAMPLE / "actions").items()
        if not isinstance(action.policy.check(ANONYMOUS, Request(name, "r")), Deny)
    ]
    assert open_to_strangers == ["whoami"]


def test_the_two_that_write_are_for_the_planners_group() -> None:
    for name, action in found(EXAMPLE / "actions").items():
        assert ("Network Planning" in action.policy.describe()) == (action.effect == "local"), name


def test_a_note_is_stored_under_whoever_wrote_it(pair: Pair) -> None:
    noor = visitor(pair, "Noor")
    note = noor.call("add_note", {"subject": "ewr-sfo", "text": "  Busy on Fridays  "}).body
    assert (note["subject"], note["text"]) == ("EWR-SFO", "Busy on Fridays")
    assert (note["author"], note["author_id"]) == (noor.person.email, noor.person.id)
    assert visitor(pair, "Chris").call("list_notes", {"subject": "ewr-sfo"}).body["notes"][0] == note


@pytest.mark.parametrize(
    ("note", "pointer"),
    [
        ({"subject": "XX", "text": "t"}, "/subject"),
        ({"subject": "EWR-QQQ", "text": "t"}, "/subject"),
        ({"subject": "' OR 1", "text": "t"}, "/subject"),
        ({"subject": "", "text": "t"}, "/subject"),
        ({"subject": "UA", "text": ""}, "/text"),
        ({"subject": "UA", "text": "   "}, "/text"),
        ({"subject": "UA", "text": "x" * 501}, "/text"),
        ({"subject": "UA", "text": 7}, "/text"),
        ({"subject": "UA"}, "/text"),
        ({"subject": "UA", "text": "t", "author": "ada@example.com"}, "/author"),
        ({"subject": "UA", "text": "t", "author_id": "1"}, "/author_id"),
    ],
)
def test_a_note_that_does_not_fit_is_refused_at_its_field(pair: Pair, note: dict[str, object], pointer: str) -> None:
    answer = visitor(pair, "Noor").call("add_note", note)
    assert (answer.status, answer.body["pointer"]) == (422, pointer)


def test_a_refused_note_is_not_stored(pair: Pair) -> None:
    chris = visitor(pair, "Chris")
    before = chris.call("list_notes", {"limit": 100}).body
    assert chris.call("add_note", {"subject": "UA", "text": "no"}).code == "not_in_group"
    assert chris.call("list_notes", {"limit": 100}).body == before


def test_the_readme_tells_how_many_arrivals_the_bootstrap_is_over(pair: Pair) -> None:
    readme = (EXAMPLE.parents[1] / "README.md").read_text("utf-8")
    flights = visitor(pair, "Vera").call("delays", {"by": "carrier"}).body["flights"]
    assert f"a bootstrap over {flights:,} real arrivals" in readme


@pytest.mark.parametrize("by", ["carrier", "route", "month", "hour"])
def test_delays_are_estimated_for_every_grouping(pair: Pair, by: str) -> None:
    answer = visitor(pair, "Vera").call("delays", {"by": by}).body
    rows = answer["intervals"]
    assert 2 <= len(rows) <= 20
    assert answer["flights"] == sum(row["flights"] for row in rows)
    assert all(row["low"] <= row["estimate"] <= row["high"] for row in rows)
    order = [row["key"] if by in {"month", "hour"} else -row["estimate"] for row in rows]
    assert order == sorted(order)


def test_delays_agree_with_what_sql_can_compute(pair: Pair) -> None:
    import duckdb  # noqa: PLC0415 - the database is built by the fixture

    with duckdb.connect(str(pair.stage.folder / "flights.duckdb"), read_only=True) as database:
        expected = database.execute(
            "SELECT carrier, round(avg(arr_delay), 4), count(arr_delay) FROM flights WHERE origin = 'LGA' GROUP BY 1"
        ).fetchall()
    rows = visitor(pair, "Vera").call("delays", {"origin": "LGA"}).body["intervals"]
    assert {(row["key"], row["estimate"], row["flights"]) for row in rows} == set(expected)


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"by": "tailnum"}, "/by"),
        ({"carrier": "ua"}, "/carrier"),
        ({"carrier": "U' "}, "/carrier"),
        ({"origin": "LAX"}, "/origin"),
        ({"confidence": 1}, "/confidence"),
        ({"statistic": "max"}, "/statistic"),
        ({"resamples": 10**9}, "/resamples"),
    ],
)
def test_a_question_outside_its_bounds_is_refused(pair: Pair, question: dict[str, object], pointer: str) -> None:
    answer = visitor(pair, "Vera").call("delays", question)
    assert (answer.status, answer.body["pointer"]) == (422, pointer)


def test_an_airline_that_never_flew_has_no_intervals(pair: Pair) -> None:
    assert visitor(pair, "Vera").call("delays", {"carrier": "ZZ"}).body["intervals"] == []


@pytest.mark.parametrize("month", ["2013-13", "2013-1", "december", ""])
def test_only_a_month_can_be_approved(pair: Pair, month: str) -> None:
    assert visitor(pair, "Noor").call("approve_schedule", {"month": month}).body["pointer"] == "/month"


def test_being_an_admin_does_not_help(pair: Pair) -> None:
    ada = visitor(pair, "Ada")
    assert "Admin" in ada.call("whoami", {}).body["roles"]
    assert ada.call("approve_schedule", {"month": "2013-12"}).code == "not_in_group"


def test_whoami_tells_strangers_that_nothing_is_known(pair: Pair) -> None:
    told = visitor(pair, "Noor").call("whoami", {}, NOTHING).body
    assert (told["kind"], told["assurance"], told["authenticated_by"]) == ("anonymous", "anonymous", "")
    assert [told[name] for name in ("subject", "name", "email", "groups", "roles")] == ["", "", "", [], []]
