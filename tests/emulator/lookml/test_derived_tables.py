"""Derived tables: written into the query, or built once and kept."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from lookgate.emulator.lookml.errors import QueryError
from lookml_bench import Bench, user

BASE = """
explore: base {}
view: base { dimension: id { primary_key: yes type: number } dimension: word {} dimension: n { type: number sql: 1 ;; }
  measure: count { type: count } measure: total { type: sum sql: ${id} ;; } }
datagroup: daily { sql_trigger: SELECT value FROM trigger_table ;; }
datagroup: aged { max_cache_age: "24 hours" }
datagroup: empty {}
"""


@pytest.fixture
def words(either: Bench) -> Bench:
    either.table("base", "id INTEGER, word VARCHAR(99)", (1, "a"), (2, "b"), (3, "b"))
    either.table("trigger_table", "value INTEGER", (1,))
    return either


LIQUID = """
explore: d { join: other { sql_on: ${other.word} = ${d.word} ;; relationship: one_to_one } }
view: d {
  derived_table: { sql: SELECT word, COUNT(*) AS n FROM base
    WHERE {% condition d.pick %} word {% endcondition %}
    AND word <> {{ _user_attributes['not'] | sql_quote }} GROUP BY 1 ;; }
  filter: pick { type: string }
  dimension: word { primary_key: yes } dimension: n { type: number }
  measure: count { type: count }
}
view: other { derived_table: { sql: SELECT word, n * 2 AS twice FROM ${d.SQL_TABLE_NAME} ;; }
  dimension: word { primary_key: yes } dimension: twice { type: number } }
"""


def test_a_derived_table_becomes_part_of_the_query_with_its_liquid(words: Bench) -> None:
    words.lookml(BASE + LIQUID)
    assert words.rows("d", "d.word", "d.n", sorts=["d.word"]) == [("a", 1), ("b", 2)]
    assert words.rows("d", "d.word", "other.twice", filters={"d.pick": "b"}) == [("b", 4)]
    assert words.rows("d", "d.word", user=user({"not": "b"})) == [("a",)]


def test_a_native_derived_table_is_a_query_on_an_explore(words: Bench) -> None:
    words.lookml(BASE + """
explore: ndt {}
view: ndt {
  derived_table: { explore_source: base {
    column: word {} column: many { field: base.count }
    derived_column: place { sql: RANK() OVER (ORDER BY many DESC) ;; }
    filters: [base.id: ">0"]
    bind_filters: { from_field: ndt.word_filter to_field: base.word }
  } }
  filter: word_filter { type: string }
  dimension: word {} dimension: many { type: number } dimension: place { type: number }
}
""")  # fmt: skip
    assert words.rows("ndt", "ndt.word", "ndt.many", "ndt.place", sorts=["ndt.place"]) == [("b", 2, 1), ("a", 1, 2)]
    assert words.rows("ndt", "ndt.word", filters={"ndt.word_filter": "a"}) == [("a",)]


def test_a_derived_table_may_have_the_name_of_the_table_it_reads(words: Bench) -> None:
    words.lookml(
        "explore: base {} view: base { derived_table: { sql: SELECT * FROM base WHERE id > 1 ;; } dimension: id {} }"
    )
    assert words.rows("base", "base.id", sorts=["base.id"]) == [(2,), (3,)]


def test_derived_tables_that_contain_each_other_are_refused(words: Bench) -> None:
    words.lookml("""explore: x {}
view: x { derived_table: { sql: SELECT * FROM ${y.SQL_TABLE_NAME} ;; } dimension: id {} }
view: y { derived_table: { sql: SELECT * FROM ${x.SQL_TABLE_NAME} ;; } }""")
    with pytest.raises(QueryError, match="contains itself"):
        words.rows("x", "x.id")


def pdt(words: Bench, table: str, more: str = "") -> None:
    words.lookml(
        f"{BASE} explore: p {{}} view: p {{ derived_table: {{ {table} }} dimension: n {{ type: number }} }} {more}"
    )


def tables(words: Bench) -> list[str]:
    _, rows = words.connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'looker_scratch' ORDER BY 1"
    )
    return [row[0] for row in rows]


COUNTED = "sql: SELECT COUNT(*) AS n FROM base ;;"


@pytest.mark.parametrize(
    "trigger", ["sql_trigger_value: SELECT value FROM trigger_table ;;", "datagroup_trigger: daily"]
)
def test_a_persistent_table_is_rebuilt_when_its_trigger_changes(words: Bench, trigger: str) -> None:
    pdt(words, f"{COUNTED} {trigger}")
    assert words.rows("p", "p.n") == [(3,)]
    first = tables(words)
    words.connection.execute("INSERT INTO base VALUES (4, 'c')")
    assert words.rows("p", "p.n") == [(3,)]
    assert tables(words) == first
    words.connection.execute("UPDATE trigger_table SET value = 2")
    assert words.rows("p", "p.n") == [(4,)]
    assert len(tables(words)) == 1
    assert tables(words) != first


def test_a_table_that_an_earlier_process_built_is_found_again(words: Bench) -> None:
    pdt(words, f"{COUNTED} datagroup_trigger: daily")
    words.rows("p", "p.n")
    words.connection.execute("DELETE FROM base")
    pdt(words, f"{COUNTED} datagroup_trigger: daily")
    assert words.rows("p", "p.n") == [(3,)]


@pytest.mark.parametrize("age", ['persist_for: "24 hours"', "datagroup_trigger: aged", 'interval_trigger: "24 hours"'])
def test_a_table_lives_as_long_as_its_persist_for_or_cache_age_says(words: Bench, age: str) -> None:
    pdt(words, f"{COUNTED} {age}")
    assert words.rows("p", "p.n") == [(3,)]
    words.connection.execute("INSERT INTO base VALUES (4, 'c')")
    words.now += timedelta(hours=1)
    assert words.rows("p", "p.n") == [(3,)]
    words.now += timedelta(hours=30)
    assert words.rows("p", "p.n") == [(4,)]
    assert len(tables(words)) == 1


def test_a_failed_rebuild_leaves_the_previous_table(words: Bench) -> None:
    pdt(words, "sql: SELECT 1 / (2 - value) AS n FROM trigger_table WHERE CAST(value AS INTEGER) <> 2 OR "
               "CAST('x' || value AS INTEGER) = 2 ;; datagroup_trigger: daily")  # fmt: skip
    assert words.rows("p", "p.n") == [(1,)]
    before = tables(words)
    words.connection.execute("UPDATE trigger_table SET value = 2")
    with pytest.raises(QueryError, match="could not be built"):
        words.rows("p", "p.n")
    assert tables(words) == before


def test_a_table_may_be_created_by_its_own_statements(words: Bench) -> None:
    pdt(
        words,
        """create_process: { sql_step: CREATE TABLE ${SQL_TABLE_NAME} (n INTEGER) ;;
        sql_step: INSERT INTO ${SQL_TABLE_NAME} SELECT COUNT(*) FROM base ;; } datagroup_trigger: daily""",
    )
    assert words.rows("p", "p.n") == [(3,)]
    pdt(words, "sql_create: CREATE TABLE ${SQL_TABLE_NAME} AS SELECT 7 AS n ;; datagroup_trigger: daily")
    assert words.rows("p", "p.n") == [(7,)]


def test_a_half_made_table_is_not_left_behind(words: Bench) -> None:
    pdt(
        words,
        """create_process: { sql_step: CREATE TABLE ${SQL_TABLE_NAME} (n INTEGER) ;;
        sql_step: INSERT INTO no_such_table VALUES (1) ;; } datagroup_trigger: daily""",
    )
    with pytest.raises(QueryError, match="could not be built"):
        words.rows("p", "p.n")
    assert tables(words) == []


def test_one_persistent_table_may_stand_on_another(words: Bench) -> None:
    pdt(words, "sql: SELECT n * 10 AS n FROM ${q.SQL_TABLE_NAME} ;; datagroup_trigger: aged",
        f"view: q {{ derived_table: {{ {COUNTED} datagroup_trigger: daily }} }}")  # fmt: skip
    assert words.rows("p", "p.n") == [(30,)]
    words.connection.execute("INSERT INTO base VALUES (4, 'c')")
    words.connection.execute("UPDATE trigger_table SET value = 2")
    assert words.rows("p", "p.n") == [(40,)]


def test_a_native_table_can_be_persistent(words: Bench) -> None:
    pdt(words, "explore_source: base { column: n { field: base.total } } datagroup_trigger: daily")
    assert words.rows("p", "p.n") == [(6,)]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT {{ _user_attributes['x'] | sql_quote }} AS n", "_user_attributes"),
        ("SELECT 1 AS n WHERE {% condition p.n %} 1 {% endcondition %}", "templated filters"),
        ("SELECT {% parameter p.choice %} AS n", "parameters"),
        ("SELECT {{ _filters['p.n'] }} AS n", "_filters"),
        ("SELECT ${p.n} AS n", "SQL_TABLE_NAME"),
        ("SELECT n FROM ${personal.SQL_TABLE_NAME}", "_user_attributes"),
    ],
)
def test_nothing_of_a_user_or_query_enters_a_table_for_all(words: Bench, sql: str, sentence: str) -> None:
    pdt(
        words,
        f"sql: {sql} ;; datagroup_trigger: daily",
        """view: personal { derived_table: {
        sql: SELECT {{ _user_attributes['x'] | sql_quote }} AS n ;; } }
        view: +p { parameter: choice { type: number } }""",
    )
    with pytest.raises(QueryError, match=sentence):
        words.rows("p", "p.n")


def test_an_explore_with_access_filters_cannot_feed_a_table_for_all(words: Bench) -> None:
    pdt(words, "explore_source: base { column: n { field: base.total } } datagroup_trigger: daily",
        "explore: +base { access_filter: { field: base.word user_attribute: w } }")  # fmt: skip
    with pytest.raises(QueryError, match="access filters"):
        words.rows("p", "p.n", user=user({"w": "a"}))


@pytest.mark.parametrize(
    ("trigger", "sentence"),
    [
        ("datagroup_trigger: empty", "neither"),
        ("datagroup_trigger: missing", "unknown datagroup"),
        ("sql_trigger_value: SELECT value FROM trigger_table WHERE 1 = 0 ;;", "no value"),
        ('persist_for: "soon"', "length of time"),
    ],
)
def test_a_trigger_that_says_nothing_is_refused(words: Bench, trigger: str, sentence: str) -> None:
    pdt(words, f"{COUNTED} {trigger}")
    with pytest.raises(QueryError, match=sentence):
        words.rows("p", "p.n")


def test_many_queries_at_once_build_the_table_once(words: Bench) -> None:
    words.connection.execute("CREATE TABLE builds (n INTEGER)")
    pdt(
        words,
        """create_process: { sql_step: INSERT INTO builds VALUES (1) ;;
        sql_step: CREATE TABLE ${SQL_TABLE_NAME} AS SELECT COUNT(*) AS n FROM base ;; } datagroup_trigger: daily""",
    )
    found: list[object] = []
    gate = threading.Barrier(8)

    def ask() -> None:
        gate.wait()
        try:
            found.append(words.rows("p", "p.n"))
        except QueryError as error:
            found.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(3,)]] * 8
    assert words.connection.execute("SELECT COUNT(*) FROM builds")[1] == [(1,)]


def test_a_table_can_be_rebuilt_by_hand(words: Bench) -> None:
    pdt(words, f"{COUNTED} datagroup_trigger: daily")
    name = words.engine.rebuild("m", "p")
    assert words.engine.rebuild("m", "p") == name
    words.connection.execute("INSERT INTO base VALUES (4, 'c')")
    assert words.engine.rebuild("m", "p", force=True) == name
    assert words.rows("p", "p.n") == [(4,)]
    with pytest.raises(QueryError, match="no persistent derived table"):
        words.engine.rebuild("m", "base")
