"""``/derived_table`` for a table that is built step by step."""

from __future__ import annotations

from pathlib import Path

from local_looker import make_looker, people

MODEL = """connection: "db" explore: seen {}
view: seen {
  derived_table: {
    sql: SELECT n, moment FROM source WHERE {% incrementcondition %} moment {% endincrementcondition %} ;;
    sql_trigger_value: SELECT 1 ;;
    increment_key: "made_hour"
  }
  dimension: n { type: number }
  dimension_group: made { type: time timeframes: [hour] sql: ${TABLE}.moment ;; }
}"""


def test_a_forced_build_is_one_step_and_a_full_one_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "air").mkdir()
    (tmp_path / "air/air.model.lkml").write_text(MODEL)
    looker = make_looker(people(connections=[{"name": "db"}]), projects=[tmp_path / "air"])
    database = looker.instance.connections["db"]
    database.execute("CREATE TABLE source AS SELECT 1 AS n, TIMESTAMP '2026-01-01 10:00:00' AS moment")
    database.execute("INSERT INTO source VALUES (2, TIMESTAMP '2026-01-02 10:00:00')")

    def seen() -> list[int]:
        query = {"model": "air", "view": "seen", "fields": ["seen.n"], "sorts": ["seen.n"]}
        return [row["seen.n"] for row in looker.call("Ada", "POST", "/queries/run/json", query).value]

    assert seen() == [1, 2]
    database.execute("DELETE FROM source")
    path = "/derived_table/air/seen/start"
    for query, rows in (({}, [1, 2]), ({"force_rebuild": "true"}, [1]), ({"force_full_incremental": "true"}, [])):
        assert looker.get("Ada", path, **query)["resp_text"].startswith("complete")
        assert seen() == rows
