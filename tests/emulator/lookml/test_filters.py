"""Filter expressions mean what Looker's documentation says, and no text in them is ever SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookgate.emulator.connection import Connection, ConnectionConfig
from lookgate.emulator.lookml.dialects import dialect
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.filters import Span, parse_dates
from lookgate.emulator.lookml.filters.numbers import number_condition
from lookgate.emulator.lookml.filters.strings import string_condition
from lookml_bench import Bench, quoted

WORDS = ("FOO", "foo", "FOOD", "BAR", "a,b", "50%", "5_0", "it's", "", " FOO", "NULL", "-x", None)
DAY = datetime(2013, 3, 20, 15, 30, 5)  # noqa: DTZ001 - the query's own clock


@pytest.fixture
def words(either: Bench) -> Bench:
    either.table("words", "word VARCHAR(99)", *((word,) for word in WORDS))
    either.lookml("explore: words {} view: words { dimension: word {} }")
    return either


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FOO", ["FOO"]),
        ("FOO,BAR", ["BAR", "FOO"]),
        ("FOO , BAR", ["BAR", "FOO"]),
        ("%OO%", [" FOO", "FOO", "FOOD"]),
        ("FOO%", ["FOO", "FOOD"]),
        ("%OOD", ["FOOD"]),
        ("F%D", ["FOOD"]),
        ("-FOO", [None, "", " FOO", "-x", "50%", "5_0", "BAR", "FOOD", "NULL", "a,b", "foo", "it's"]),
        ("FOO%,-FOOD", ["FOO"]),
        ("-%O%,-BAR,-NULL", ["", "-x", "50%", "5_0", "NULL", "a,b", "foo", "it's"]),
        ("NULL", [None]),
        ("EMPTY", [None, ""]),
        ("-EMPTY", [" FOO", "-x", "50%", "5_0", "BAR", "FOO", "FOOD", "NULL", "a,b", "foo", "it's"]),
        ("-NULL,-%O%,-BAR,-NOT NULL", []),
        ("^NULL", ["NULL"]),
        ('"NULL"', ["NULL"]),
        ("^-x", ["-x"]),
        ("a^,b", ["a,b"]),
        ('"a,b"', ["a,b"]),
        ('" FOO"', [" FOO"]),
        ("50^%", ["50%"]),
        ("5_0", ["5_0"]),
        ("5_%", ["5_0"]),
        ("it's", ["it's"]),
        ("%", ["", " FOO", "-x", "50%", "5_0", "BAR", "FOO", "FOOD", "NULL", "a,b", "foo", "it's"]),
        ("", [None, "", " FOO", "-x", "50%", "5_0", "BAR", "FOO", "FOOD", "NULL", "a,b", "foo", "it's"]),
    ],
)
def test_a_text_filter_finds(words: Bench, text: str, expected: list[str | None]) -> None:
    found = [row[0] for row in words.rows("words", "words.word", filters={"words.word": text})]
    assert sorted(found, key=lambda word: (word is not None, word or "")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", {5}), ("-5", {-5}), ("1, 5", {1, 5}), ("1 OR 5", {1, 5}), ("NOT 5", {None, -5, 1, 3, 10}),
        ("<>5", {None, -5, 1, 3, 10}), ("!=5", {None, -5, 1, 3, 10}), ("NOT 1, 3, 5", {None, -5, 10}),
        (">3", {5, 10}), (">=3 AND <10", {3, 5}), ("<0 or >=10", {-5, 10}), ("1 to 5", {1, 3, 5}), ("3 to", {3, 5, 10}),
        ("to 1", {-5, 1}), ("NOT 1 to 5", {None, -5, 10}), ("[1, 5]", {1, 3, 5}), ("(1, 5]", {3, 5}), ("[1,5)", {1, 3}),
        ("(1,5)", {3}), ("(3, inf)", {5, 10}), ("(-inf, 1]", {-5, 1}), ("[1,3],10", {1, 3, 10}), ("NULL", {None}),
        ("NOT NULL", {-5, 1, 3, 5, 10}), (">1, NOT 5", {3, 10}), ("1.0", {1}), ("", {None, -5, 1, 3, 5, 10}),
        ("NOT (1, 10)", {None, -5, 1, 10}), ("NULL, 10", {None, 10}),
    ],
)  # fmt: skip
def test_a_number_filter_finds(bench: Bench, text: str, expected: set[int | None]) -> None:
    bench.table("n", "x INTEGER", *((x,) for x in (None, -5, 1, 3, 5, 10)))
    bench.lookml("explore: n {} view: n { dimension: x { type: number } }")
    assert {row[0] for row in bench.rows("n", "n.x", filters={"n.x": text})} == expected


@pytest.mark.parametrize(
    "text", ["abc", "1;2", "1--2", "5)", "(5", "1 OR 1=1", "x", "0x10", "1e5", "> ", "5 5", "#0#", "1/**/", "٣", "NOT",
             "9" * 99],
)  # fmt: skip
def test_what_is_no_number_filter_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="not a number filter"):
        number_condition("x", text, "v.x")


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2013-03-20", "2013-03-21"),
        ("yesterday", "2013-03-19", "2013-03-20"),
        ("tomorrow", "2013-03-21", "2013-03-22"),
        ("monday", "2013-03-18", "2013-03-19"),
        ("1 day", "2013-03-20", "2013-03-21"),
        ("7 days", "2013-03-14", "2013-03-21"),
        ("2 weeks", "2013-03-11", "2013-03-25"),
        ("3 months", "2013-01-01", "2013-04-01"),
        ("3 days ago", "2013-03-17", "2013-03-18"),
        ("2 months ago", "2013-01-01", "2013-02-01"),
        ("3 months ago for 2 days", "2012-12-01", "2012-12-03"),
        ("7 days ago for 7 days", "2013-03-13", "2013-03-20"),
        ("2 days from now", "2013-03-22", "2013-03-23"),
        ("this week", "2013-03-18", "2013-03-25"),
        ("last week", "2013-03-11", "2013-03-18"),
        ("this month", "2013-03-01", "2013-04-01"),
        ("last month", "2013-02-01", "2013-03-01"),
        ("next month", "2013-04-01", "2013-05-01"),
        ("this quarter", "2013-01-01", "2013-04-01"),
        ("last quarter", "2012-10-01", "2013-01-01"),
        ("this year", "2013-01-01", "2014-01-01"),
        ("last year", "2012-01-01", "2013-01-01"),
        ("this year to day", "2013-01-01", "2013-03-20"),
        ("this month to second", "2013-03-01", "2013-03-20T15:30:05"),
        ("2013-05-10", "2013-05-10", "2013-05-11"),
        ("2013/05/10", "2013-05-10", "2013-05-11"),
        ("2013-05", "2013-05-01", "2013-06-01"),
        ("2012", "2012-01-01", "2013-01-01"),
        ("2013-Q2", "2013-04-01", "2013-07-01"),
        ("2013-05-10 12:30", "2013-05-10T12:30", "2013-05-10T12:31"),
        ("2013-01-01 to 2013-02-01", "2013-01-01", "2013-02-01"),
        ("2013-01-01 12:00:00 to 2013-01-01 14:00:00", "2013-01-01T12:00", "2013-01-01T14:00"),
        ("2013-01-31 for 1 month", "2013-01-31", "2013-02-28"),
        ("last month to today", "2013-02-01", "2013-03-20"),
        ("2 hours", "2013-03-20T14:00", "2013-03-20T16:00"),
    ],
)
def test_a_date_filter_means(text: str, start: str, end: str) -> None:
    assert parse_dates(text, DAY, "v.d") == [Span(_day(start), _day(end))]


def test_open_and_null_date_filters() -> None:
    assert parse_dates("before 2013-01-01", DAY, "v.d") == [Span(None, _day("2013-01-01"))]
    assert parse_dates("before 3 days ago", DAY, "v.d") == [Span(None, _day("2013-03-17"))]
    assert parse_dates("after 2013-01-01", DAY, "v.d") == [Span(_day("2013-01-01"), None)]
    assert parse_dates("NULL, 2012", DAY, "v.d") == [Span(null=True), Span(_day("2012-01-01"), _day("2013-01-01"))]
    assert parse_dates("any time", DAY, "v.d") == []


@pytest.mark.parametrize(
    "text",
    ["someday", "2013-13-01", "2013-02-30", "last 7 days", "0 days", "7 daze", "2013-01-01'; --", "99999999999 years",
     "9999-12-31", "before", "1 day ago ago", "to", "2013-01-01 to", "9999999 years ago"],
)  # fmt: skip
def test_what_is_no_date_filter_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="not a date filter"):
        parse_dates(text, DAY, "v.d")


def test_a_week_starts_on_the_models_day() -> None:
    assert parse_dates("this week", DAY, "v.d", "sunday") == [Span(_day("2013-03-17"), _day("2013-03-24"))]


@pytest.fixture(scope="module")
def canary() -> Iterator[Connection]:
    connection = Connection(ConnectionConfig(name="db"))
    connection.execute("CREATE TABLE canary AS SELECT 'alive' AS sings")
    yield connection
    connection.close()


TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.text(alphabet="'\"\\;-%_^,/*$ aNULE\n", max_size=20),
)
ESCAPED = re.compile(r'[%^,"\-\s]')


def escape(text: str) -> str:
    """Write a text so that a filter means exactly it."""
    keyword = text.upper() in ("NULL", "EMPTY", "NOT NULL")
    return ("^" if keyword else "") + ESCAPED.sub(lambda match: "^" + match[0], text)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=TEXTS.filter(bool), stored=TEXTS)
def test_an_escaped_text_finds_itself_and_nothing_else(canary: Connection, wanted: str, stored: str) -> None:
    condition = string_condition("word", escape(wanted), dialect("duckdb"))
    for word in (wanted, stored):
        _, rows = canary.execute(f"SELECT 1 FROM (SELECT {quoted(word)} AS word) AS t WHERE {condition}")  # noqa: S608
        assert bool(rows) == (word == wanted)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, stored=TEXTS)
def test_a_filter_text_never_leaves_its_literal(canary: Connection, text: str, stored: str) -> None:
    condition = string_condition("word", text, dialect("duckdb"))
    sql = f"SELECT COUNT(*) FROM (SELECT {quoted(stored)} AS word) AS t WHERE {condition}"  # noqa: S608
    _, rows = canary.execute(sql)
    _, opposite = canary.execute(sql.replace(f"WHERE {condition}", f"WHERE NOT ({condition})"))
    assert (rows[0][0], opposite[0][0]) in ((1, 0), (0, 1))
    assert canary.execute("SELECT sings FROM canary")[1] == [("alive",)]


@settings(deadline=None, max_examples=200)
@given(text=st.one_of(TEXTS, st.text(alphabet="0123456789.<>=!()[], notNOTandornull-+inf;'#", max_size=30)))
def test_a_number_filter_is_sql_of_numbers_only_or_refused(text: str) -> None:
    try:
        condition = number_condition("x", text, "v.x")
    except QueryError:
        return
    assert re.fullmatch(r"(?:[\s().<>=+\-\d]|x|AND|OR|NOT|IS|NULL|1 = 1)*", condition)
