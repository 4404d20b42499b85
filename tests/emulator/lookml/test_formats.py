"""Results and values look as Looker's API writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lookgate.emulator.lookml.formats import plain, to_csv, to_json, to_json_detail
from lookgate.emulator.lookml.value_format import NAMED, format_number
from lookml_bench import Bench


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("decimal_0", 1234.5, "1,235"), ("decimal_2", 1234.5, "1,234.50"), ("decimal_4", -0.00005, "-0.0001"),
        ("usd", 1234.5, "$1,234.50"), ("usd_0", 1234567, "$1,234,567"), ("usd", -5, "-$5.00"), ("eur", 3, "€3.00"),
        ("percent_0", 0.256, "26%"), ("percent_1", 0.256, "25.6%"), ("percent_2", 1, "100.00%"),
        ("id", 1234567, "1234567"),
    ],
)  # fmt: skip
def test_named_formats(name: str, number: float, text: str) -> None:
    assert format_number(number, NAMED[name]) == text


@pytest.mark.parametrize(
    ("style", "number", "text"),
    [
        ("0", 4.5, "5"), ("0.00", 3, "3.00"), ("#,##0", 1234567, "1,234,567"), ("0.##", 1.5, "1.5"), ("0.##", 1, "1"),
        ("000", 7, "007"), ('#,##0.0,"K"', 12345, "12.3K"), ('0.0,,"M"', 1250000, "1.3M"), ("$#,##0.00", 5, "$5.00"),
        ('0;(0);"none"', -5, "(5)"), ('0;(0);"none"', 0, "none"), ("0;[red]-0", -3, "-3"),
        ('0" apples"', 3, "3 apples"),
        ("0%", 0.5, "50%"), ("0\\x", 3, "3x"),
    ],
)  # fmt: skip
def test_spreadsheet_like_formats(style: str, number: float, text: str) -> None:
    assert format_number(number, style) == text


@pytest.mark.parametrize("style", ["", "text", "@", "hh:mm"])
def test_a_format_that_is_not_understood_shows_the_plain_number(style: str) -> None:
    assert format_number(3, style) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2013, 1, 1), "2013-01-01"),
        (datetime.fromisoformat("2013-01-01T12:00"), "2013-01-01 12:00:00"),
        (Decimal("2.50"), 2.5), (Decimal(3), 3), (float("nan"), None), (float("inf"), None), (b"\x01", "01"),
        (timedelta(minutes=1), 60.0), ([Decimal(1)], [1]), ({"a": date(2013, 1, 1)}, {"a": "2013-01-01"}), (None, None),
        (True, True), (2**70, 2**70),
    ],
)  # fmt: skip
def test_values_are_plain_json(value: Any, shown: Any) -> None:
    assert plain(value) == shown


def test_the_three_formats_of_one_result(either: Bench) -> None:
    either.table(
        "t", "id INTEGER, word VARCHAR(99), made TIMESTAMP", (1, 'a "b", c', "2013-05-01 10:00:00"), (2, None, None)
    )
    either.lookml("""
named_value_format: mine { value_format: "0.0" }
explore: t {}
view: t { label: "Things" dimension: id { type: number value_format_name: mine } dimension: word { label: "The word" }
  dimension_group: made { type: time } measure: total { type: sum sql: ${id} * 1000.5 ;; value_format_name: usd } }
""")
    result = either.run("t", "t.id", "t.word", "t.made_quarter", "t.total", sorts=["t.id"])
    assert to_json(result) == [
        {"t.id": 1, "t.word": 'a "b", c', "t.made_quarter": "2013-04", "t.total": 1000.5},
        {"t.id": 2, "t.word": None, "t.made_quarter": None, "t.total": 2001},
    ]
    assert to_csv(result).splitlines() == [
        "Things ID,Things The word,Things Made Quarter,Things Total".replace("ID", "Id"),
        '1,"a ""b"", c",2013-04,1000.5',
        "2,,,2001",
    ]
    detail = to_json_detail(result)
    assert detail["data"][0] == {
        "t.id": {"value": 1, "rendered": "1.0"},
        "t.word": {"value": 'a "b", c'},
        "t.made_quarter": {"value": "2013-04", "rendered": "2013-Q2"},
        "t.total": {"value": 1000.5, "rendered": "$1,000.50"},
    }
    assert [field["name"] for field in detail["fields"]["dimensions"]] == ["t.id", "t.word", "t.made_quarter"]
    assert [field["name"] for field in detail["fields"]["measures"]] == ["t.total"]
