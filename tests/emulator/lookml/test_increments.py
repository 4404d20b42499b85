"""Incremental persistent tables: whole at first, then step by step, as Looker documents it."""

from __future__ import annotations

import threading

import pytest

from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.project import load_project
from lookml_bench import Bench
from racing_connection import RacingConnection

STEPS = "SELECT id, moment FROM events WHERE {% incrementcondition %} moment {% endincrementcondition %}"
TRIGGER = "sql_trigger_value: SELECT MAX(value) FROM trigger_table ;;"
EVENTS = ((1, "2013-03-01 10:05:00"), (2, "2013-03-01 11:05:00"), (3, "2013-03-02 08:00:00"))


@pytest.fixture
def events(either: Bench) -> Bench:
    either.table("events", "id INTEGER, moment TIMESTAMP", *EVENTS)
    either.table("trigger_table", "value INTEGER", (1,))
    return either


def steps(
    bench: Bench, more: str = 'increment_key: "made_hour"', sql: str = STEPS, trigger: str = TRIGGER, model: str = ""
) -> None:
    bench.lookml(f"""{model} explore: p {{}} view: p {{ derived_table: {{ sql: {sql} ;; {trigger} {more} }}
      dimension: id {{ type: number }}
      dimension_group: made {{ type: time sql: ${{TABLE}}.moment ;;
        timeframes: [raw, minute, hour, date, week, month, quarter, year, hour_of_day] }} }}""")


def ids(bench: Bench) -> list[int]:
    return [row[0] for row in bench.rows("p", "p.id", sorts=["p.id"])]


def next_trigger(bench: Bench) -> None:
    bench.connection.execute("INSERT INTO trigger_table SELECT MAX(value) + 1 FROM trigger_table")


def tables(bench: Bench) -> list[str]:
    _, rows = bench.connection.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = 'looker_scratch' AND table_type = 'BASE TABLE' ORDER BY 1"
    )
    return [row[0] for row in rows]


def test_the_first_build_is_whole_and_the_next_ones_replace_the_newest_period_only(events: Bench) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    (name,) = tables(events)
    # Late rows: one before the newest hour in the table, which no step finds, and one inside of it.
    for row in ("(10, '2013-03-01 10:30:00')", "(30, '2013-03-02 08:59:59')", "(40, '2013-03-05 00:00:00')"):
        events.connection.execute(f"INSERT INTO events VALUES {row}")  # noqa: S608 - constants
    events.connection.execute("DELETE FROM events WHERE id IN (1, 3)")
    assert ids(events) == [1, 2, 3]
    next_trigger(events)
    # 1 stays though its source is gone; 3 was in the newest hour and goes.
    assert ids(events) == [1, 2, 30, 40]
    assert tables(events) == [name]


@pytest.mark.parametrize(
    ("key", "offset", "kept"),
    [
        ("made_hour", 0, [1, 2]),
        ("made_hour", 20, [1, 2]),
        ("made_hour", 21, [1]),
        ("made_date", 0, [1, 2]),
        ("made_date", 1, []),
        ("made_week", 0, []),
        ("made_month", 0, []),
        ("made_quarter", 1, []),
        ("made_year", 0, []),
    ],
)
def test_the_offset_goes_back_that_many_periods_from_the_newest_row(
    events: Bench, key: str, offset: int, kept: list[int]
) -> None:
    steps(events, f'increment_key: "{key}" increment_offset: {offset}')
    assert ids(events) == [1, 2, 3]
    events.connection.execute("DELETE FROM events")
    next_trigger(events)
    assert ids(events) == kept


@pytest.mark.parametrize(("day", "kept"), [("saturday", [1, 2]), ("friday", []), ("monday", [])])
def test_weeks_begin_where_the_model_says(events: Bench, day: str, kept: list[int]) -> None:
    # 1 and 2 March 2013 are Friday and Saturday.
    steps(events, 'increment_key: "made_week"', model=f"week_start_day: {day}")
    assert ids(events) == [1, 2, 3]
    events.connection.execute("DELETE FROM events")
    next_trigger(events)
    assert ids(events) == kept


def test_a_table_without_rows_is_filled_by_the_next_step(events: Bench) -> None:
    events.connection.execute("DELETE FROM events")
    steps(events)
    assert ids(events) == []
    events.connection.execute("INSERT INTO events VALUES (7, '2001-01-01 00:00:00')")
    next_trigger(events)
    assert ids(events) == [7]


@pytest.mark.parametrize(
    "change",
    [
        {"sql": STEPS.replace("id, moment", "id + 100 AS id, moment")},
        {"more": 'increment_key: "made_date"'},
        {"more": 'increment_key: "made_hour" increment_offset: 1'},
    ],
)
def test_a_change_of_its_lookml_builds_the_table_anew(events: Bench, change: dict[str, str]) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    events.connection.execute("DELETE FROM events WHERE id = 1")
    steps(events, **change)
    assert len(ids(events)) == 2
    assert len(tables(events)) == 1


def test_another_field_or_another_trigger_keeps_the_rows(events: Bench) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    events.connection.execute("DELETE FROM events WHERE id = 1")
    steps(events, trigger='interval_trigger: "24 hours"')
    assert ids(events) == [1, 2, 3]


def test_by_hand_a_step_is_built_and_on_request_the_whole(events: Bench) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    events.connection.execute("DELETE FROM events WHERE id <> 2")
    name = events.engine.rebuild("m", "p")
    assert ids(events) == [1, 2, 3]
    assert events.engine.rebuild("m", "p", force=True) == name
    assert ids(events) == [1, 2]
    assert events.engine.rebuild("m", "p", whole=True) == name
    assert ids(events) == [2]


def test_a_step_that_fails_changes_nothing_and_is_tried_again(events: Bench) -> None:
    wrong = "CAST(CASE WHEN id = 4 THEN 'four' ELSE CAST(id AS VARCHAR) END AS INTEGER) AS id,"
    steps(events, sql=STEPS.replace("id,", wrong))
    assert ids(events) == [1, 2, 3]
    events.connection.execute("INSERT INTO events VALUES (4, '2013-03-09 00:00:00')")
    next_trigger(events)
    for _ in range(2):
        with pytest.raises(QueryError, match="next step"):
            ids(events)
    events.connection.execute("DELETE FROM events WHERE id = 4")
    assert ids(events) == [1, 2, 3]


def test_readers_never_see_a_half_built_step(events: Bench) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    seen: list[object] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                seen.append(tuple(ids(events)))
            except QueryError as error:
                seen.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(40):
        next_trigger(events)
        ids(events)
    over.set()
    for reader in readers:
        reader.join()
    assert set(seen) == {(1, 2, 3)}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (f'sql: {STEPS} ;; {TRIGGER} increment_key: "other_hour"', "no time dimension"),
        (f'sql: {STEPS} ;; {TRIGGER} increment_key: "id"', "no time dimension"),
        (f'sql: {STEPS} ;; {TRIGGER} increment_key: "made_hour_of_day"', "no time dimension"),
        (f'sql: {STEPS} ;; {TRIGGER} increment_key: "odd_hour"', "columns of"),
        (f'sql: {STEPS} ;; {TRIGGER} increment_key: "made_hour" increment_offset: -1', "whole number"),
        (f"sql: {STEPS} ;; {TRIGGER} increment_offset: 1", "without an increment_key"),
        (f'sql: {STEPS} ;; persist_for: "1 hour" increment_key: "made_hour"', "needs a trigger"),
        (f'sql: SELECT 1 AS id ;; {TRIGGER} increment_key: "made_hour"', "incrementcondition"),
        (
            f'sql_create: CREATE TABLE ${{SQL_TABLE_NAME}} AS SELECT 1 ;; {TRIGGER} increment_key: "made_hour"',
            "incrementcondition",
        ),
        (f'explore_source: p {{ column: id {{}} }} {TRIGGER} increment_key: "made_hour"', "incrementcondition"),
        ('sql: SELECT 1 ;; persist_for: "1 hour" publish_as_db_view: yes', "is published"),
    ],
)
def test_what_cannot_be_built_step_by_step_is_a_problem_of_the_project(
    either: Bench, table: str, sentence: str
) -> None:
    (either.folder / "m.model.lkml").write_text(f"""connection: "db" view: p {{ derived_table: {{ {table} }}
      dimension: id {{}}
      dimension_group: made {{ type: time timeframes: [hour, hour_of_day] sql: ${{TABLE}}.moment ;; }}
      dimension_group: odd {{ type: time timeframes: [hour] sql: ${{made_hour}} ;; }} }}""")
    (problem,) = load_project(either.folder).problems
    assert sentence in problem.message


def test_the_tag_stands_only_in_an_incremental_table(events: Bench) -> None:
    for more in ("", TRIGGER):
        events.lookml(f"explore: p {{}} view: p {{ derived_table: {{ sql: {STEPS} ;; {more} }} dimension: id {{}} }}")
        with pytest.raises(QueryError, match="incrementcondition"):
            events.rows("p", "p.id")


def test_a_published_table_has_a_view_of_a_lasting_name(events: Bench) -> None:
    published = "SELECT id FROM looker_scratch.m_p ORDER BY id"
    steps(events, 'increment_key: "made_hour" publish_as_db_view: yes')
    assert ids(events) == [1, 2, 3]
    assert events.connection.execute(published)[1] == [(1,), (2,), (3,)]
    events.connection.execute("INSERT INTO events VALUES (4, '2013-03-09 00:00:00')")
    next_trigger(events)
    assert len(ids(events)) == len(events.connection.execute(published)[1]) == 4
    # Whole tables change their name with each build; the view follows them.
    steps(events, "publish_as_db_view: yes", sql="SELECT id FROM events WHERE id > 1")
    for _ in range(3):
        next_trigger(events)
        assert ids(events) == [2, 3, 4]
        assert events.connection.execute(published)[1] == [(2,), (3,), (4,)]
    assert len(tables(events)) == 1
    steps(events, "", sql="SELECT id FROM events WHERE id > 2")
    next_trigger(events)
    assert ids(events) == [3, 4]


def test_a_table_that_was_built_before_it_was_published_gets_its_view_with_the_next_build(events: Bench) -> None:
    steps(events)
    assert ids(events) == [1, 2, 3]
    steps(events, 'increment_key: "made_hour" publish_as_db_view: yes')
    events.engine.rebuild("m", "p", force=True)
    assert events.connection.execute("SELECT COUNT(*) FROM looker_scratch.m_p")[1] == [(3,)]


def test_a_query_whose_table_is_replaced_before_it_runs_is_answered_from_the_new_one(either: Bench) -> None:
    either.connection.close()
    either.connection = racing = RacingConnection(either.connection.config)
    either.table("events", "id INTEGER, moment TIMESTAMP", *EVENTS)
    either.table("trigger_table", "value INTEGER", (1,))
    steps(either, "", sql="SELECT id FROM events")
    assert ids(either) == [1, 2, 3]
    before = tables(either)

    def rebuild() -> None:
        either.connection.execute("DELETE FROM events WHERE id = 1")
        next_trigger(either)
        either.engine.rebuild("m", "p")

    racing.mark, racing.meanwhile = 'FROM "looker_scratch"', rebuild
    assert ids(either) == [2, 3]
    assert racing.raced == 1
    assert tables(either) != before


def test_queries_that_race_with_whole_builds_are_answered(events: Bench) -> None:
    steps(events, "", sql="SELECT id FROM events")
    failures: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                ids(events)
            except QueryError as error:
                failures.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(40):
        next_trigger(events)
        assert ids(events) == [1, 2, 3]
    over.set()
    for reader in readers:
        reader.join()
    assert failures == []
