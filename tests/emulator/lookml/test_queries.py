"""What a query returns, on DuckDB and on Postgres."""

from __future__ import annotations

from typing import Any

import pytest

from lookgate.emulator.lookml.errors import QueryError
from lookml_bench import Bench, user

FLIGHTS = """
explore: flights {
  join: carriers { sql_on: ${flights.carrier} = ${carriers.code} ;; relationship: many_to_one }
}
view: flights {
  dimension: id { primary_key: yes type: number }
  dimension: carrier {}
  dimension: delay { type: number }
  dimension: late { type: yesno sql: ${delay} > 10 ;; }
  dimension: bucket { type: tier tiers: [0, 10, 25] style: integer sql: ${delay} ;; }
  dimension: size { case: { when: { sql: ${delay} > 25 ;; label: "big" } when: { sql: ${delay} > 0 ;; label: "small" }
                            else: "none" } }
  dimension: place { type: location sql_latitude: 1.5 ;; sql_longitude: ${delay} ;; }
  dimension_group: dep {
    type: time
    timeframes: [raw, time, date, week, month, quarter, year, hour, hour_of_day, day_of_week, day_of_week_index,
                 month_name, month_num,
                 day_of_month, week_of_year, quarter_of_year, hour6, minute15, time_of_day, minute]
  }
  dimension_group: air { type: duration intervals: [minute, hour, day, month] sql_start: ${dep_raw} ;;
                         sql_end: ${TABLE}.arr ;; }
  measure: count { type: count }
  measure: carriers { type: count_distinct sql: ${carrier} ;; }
  measure: total { type: sum sql: ${delay} ;; }
  measure: mean { type: average sql: ${delay} ;; }
  measure: lowest { type: min sql: ${delay} ;; }
  measure: highest { type: max sql: ${delay} ;; }
  measure: middle { type: median sql: ${delay} ;; }
  measure: p90 { type: percentile percentile: 90 sql: ${delay} ;; }
  measure: late_count { type: count filters: [late: "yes", carrier: "-UA"] }
  measure: late_total { type: sum sql: ${delay} ;; filters: { field: late value: "Yes" } }
  measure: ratio { type: number sql: 1.0 * ${late_count} / ${count} ;; }
  measure: names { type: list list_field: carrier }
  measure: any_late { type: yesno sql: MAX(${delay}) > 10 ;; }
  measure: last_dep { type: date sql: MAX(${dep_raw}) ;; }
  measure: running { type: running_total sql: ${total} ;; }
}
view: carriers {
  dimension: code { primary_key: yes }
  dimension: name {}
  measure: count { type: count }
}
"""


@pytest.fixture
def flights(either: Bench) -> Bench:
    either.table(
        "flights",
        "id INTEGER, carrier VARCHAR(9), delay DOUBLE PRECISION, dep TIMESTAMP, arr TIMESTAMP",
        (1, "AA", 5, "2013-01-01 05:17:09", "2013-01-01 07:20:00"),
        (2, "AA", 20, "2013-02-14 13:47:00", "2013-02-15 01:00:00"),
        (3, "UA", 30, "2013-02-17 23:59:59", "2013-04-18 00:10:00"),
        (4, "UA", -5, "2013-03-20 08:00:00", "2013-03-20 09:00:00"),
        (5, None, None, None, None),
    )
    either.table("carriers", "code VARCHAR(9), name VARCHAR(99)", ("AA", "American"), ("UA", "United"), ("ZZ", "None"))
    either.lookml(FLIGHTS)
    return either


def test_dimensions_group_and_measures_aggregate(flights: Bench) -> None:
    rows = flights.rows(
        "flights", "flights.carrier", "flights.count", "flights.total", sorts=["flights.count", "flights.carrier"]
    )
    assert rows == [(None, 1, 0), ("AA", 2, 25), ("UA", 2, 25)]


def test_every_measure_type_gives_its_figure(flights: Bench) -> None:
    names = ["count", "carriers", "total", "mean", "lowest", "highest", "middle", "late_count", "late_total", "names"]
    (row,) = flights.rows("flights", *(f"flights.{name}" for name in names))
    assert row == (5, 2, 50, 12.5, -5, 30, 12.5, 1, 50, "AA,UA")


def test_percentile_ratio_yesno_and_date_measures(flights: Bench) -> None:
    (row,) = flights.rows("flights", "flights.p90", "flights.ratio", "flights.any_late", "flights.last_dep")
    assert row[0] == pytest.approx(27)
    assert row[1] == pytest.approx(0.2)
    assert row[2:] == ("Yes", "2013-03-20 08:00:00")


def test_a_joined_view_is_only_joined_when_it_is_needed(flights: Bench) -> None:
    assert "JOIN" not in flights.sql("flights", "flights.carrier")
    assert flights.rows("flights", "carriers.name", "flights.count", sorts=["carriers.name desc"], filters={
        "carriers.name": "-NULL"}) == [("United", 2), ("American", 2)]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("raw", "2013-02-14 13:47:00"), ("time", "2013-02-14 13:47:00"), ("date", "2013-02-14"),
        ("week", "2013-02-11"), ("month", "2013-02"), ("quarter", "2013-01"), ("year", 2013),
        ("hour", "2013-02-14 13"), ("minute", "2013-02-14 13:47"), ("hour_of_day", 13), ("day_of_week", "Thursday"),
        ("day_of_week_index", 3), ("month_name", "February"), ("month_num", 2), ("day_of_month", 14),
        ("week_of_year", 7), ("quarter_of_year", "Q1"), ("hour6", "2013-02-14 12:00:00"),
        ("minute15", "2013-02-14 13:45:00"), ("time_of_day", "13:47"),
    ],
)  # fmt: skip
def test_a_timeframe_reads_as_in_looker(flights: Bench, frame: str, expected: object) -> None:
    assert flights.rows("flights", f"flights.dep_{frame}", filters={"flights.id": "2"}) == [(expected,)]


def test_a_time_is_shown_and_filtered_on_the_users_clock(flights: Bench) -> None:
    berlin = user({}, timezone="Europe/Berlin")
    assert flights.rows("flights", "flights.dep_time", user=berlin, filters={"flights.id": "3"}) == [
        ("2013-02-18 00:59:59",)
    ]
    assert flights.rows("flights", "flights.id", user=berlin, filters={"flights.dep_date": "2013-02-18"}) == [(3,)]
    assert flights.rows("flights", "flights.id", filters={"flights.dep_date": "2013-02-18"}) == []


def test_a_time_zone_that_does_not_exist_is_refused(flights: Bench) -> None:
    with pytest.raises(QueryError, match="does not exist"):
        flights.rows("flights", "flights.id", user=user({}, timezone="'; DROP TABLE flights; --"))


def test_durations_count_complete_units(flights: Bench) -> None:
    fields = ["flights.minutes_air", "flights.hours_air", "flights.days_air", "flights.months_air"]
    assert flights.rows("flights", *fields, filters={"flights.id": "1"}) == [(122, 2, 0, 0)]
    assert flights.rows("flights", *fields[2:], filters={"flights.id": "3"}) == [(59, 2)]


def test_tiers_and_cases_are_sorted_by_their_order_not_their_text(flights: Bench) -> None:
    tiers = [row[0] for row in flights.rows("flights", "flights.bucket", sorts=["flights.bucket"])]
    assert tiers == ["Below 0", "0 to 9", "10 to 24", "25 or Above", "Undefined"]
    cases = [row[0] for row in flights.rows("flights", "flights.size", sorts=["flights.size"])]
    assert cases == ["big", "small", "none"]


def test_yesno_shows_yes_and_no_and_filters_by_either(flights: Bench) -> None:
    assert flights.rows("flights", "flights.id", "flights.late", sorts=["flights.id"])[1:3] == [(2, "Yes"), (3, "Yes")]
    assert len(flights.rows("flights", "flights.id", filters={"flights.late": "No"})) == 3
    assert len(flights.rows("flights", "flights.id", filters={"flights.late": "yes"})) == 2
    assert len(flights.rows("flights", "flights.id", filters={"flights.late": "Yes,No"})) == 5


def test_a_filter_on_a_measure_limits_groups(flights: Bench) -> None:
    assert flights.rows("flights", "flights.carrier", filters={"flights.count": ">1"}, sorts=["flights.carrier"]) == [
        ("AA",), ("UA",),
    ]  # fmt: skip


def test_without_sorts_dates_come_newest_first_then_the_first_measure_largest_first(flights: Bench) -> None:
    months = [row[0] for row in flights.rows("flights", "flights.dep_month", filters={"flights.dep_date": "2013"})]
    assert months == ["2013-03", "2013-02", "2013-01"]
    assert flights.rows("flights", "flights.id", "flights.total")[0] == (3, 30)


def test_five_hundred_rows_come_unless_more_are_asked_for(bench: Bench) -> None:
    bench.connection.execute("CREATE TABLE n AS SELECT range AS id FROM range(6000)")
    bench.lookml("explore: n {} view: n { dimension: id { type: number } }")
    counts = {limit: len(bench.rows("n", "n.id", limit=limit)) for limit in (None, "7", 5000, -1, "unlimited")}
    assert counts == {None: 500, "7": 7, 5000: 5000, -1: 6000, "unlimited": 6000}
    for refused in ("0", "-2", "5001", "1; DROP TABLE n", "1e3", "٣"):
        with pytest.raises(QueryError, match="limit must be"):
            bench.rows("n", "n.id", limit=refused)


@pytest.mark.parametrize(
    ("fields", "more", "sentence"),
    [
        (["flights.nothing"], {}, 'Unknown field "flights.nothing"'),
        ([], {}, "at least one field"),
        (["flights.id"], {"filters": {"carriers.nothing": "x"}}, 'Unknown field "carriers.nothing"'),
        (["flights.id"], {"sorts": ["flights.carrier"]}, "is not a field of the query"),
        (["flights.id"], {"sorts": ["flights.id desc; DROP TABLE flights"]}, "is not a field of the query"),
        (["flights.id"], {"pivots": ["flights.id"]}, 'does not support "pivots"'),
        (["flights.id"], {"dynamic_fields": "[{}]"}, 'does not support "dynamic_fields"'),
        (["flights.id"], {"filter_expression": "1=1"}, 'does not support "filter_expression"'),
        (["flights.running"], {}, "running_total"),
        (["flights.id"], {"filters": {"flights.id": "abc"}}, "not a number filter"),
        (["flights.id"], {"filters": {"flights.dep_date": "someday"}}, "not a date filter"),
        (["flights.id"], {"filters": {"flights.late": "perhaps"}}, 'must be "Yes" or "No"'),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(
    flights: Bench, fields: list[str], more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(QueryError, match=sentence):
        flights.rows("flights", *fields, **more)


def test_a_database_error_is_a_query_error(flights: Bench) -> None:
    flights.connection.execute("DROP TABLE carriers")
    with pytest.raises(QueryError, match="carriers"):
        flights.rows("flights", "carriers.name")


def test_two_statements_are_never_run_as_one(either: Bench) -> None:
    with pytest.raises(QueryError):
        either.connection.execute("SELECT 1; SELECT 2")


def test_duckdb_reaches_no_files(bench: Bench) -> None:
    for sql in ("SELECT * FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/dev/null'", "INSTALL httpfs",
                "ATTACH '/etc/passwd' AS x", "SET enable_external_access = true"):  # fmt: skip
        with pytest.raises(QueryError):
            bench.connection.execute(sql)
