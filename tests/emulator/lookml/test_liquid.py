"""Liquid in SQL and in html: Looker's own variables and tags, and no way out of a literal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookgate.emulator.connection import ConnectionConfig
from lookgate.emulator.lookml.errors import QueryError
from lookgate.emulator.lookml.model import Field
from lookgate.emulator.lookml.query import QueryUser
from lookgate.emulator.lookml.seal import SQL, SQL_END, VALUE, VALUE_END, sealed
from lookml_bench import Bench, user

LOOKML = """
explore: t {}
view: t {
  parameter: column { type: unquoted allowed_value: { label: "A" value: "a" } allowed_value: { value: "b" } }
  parameter: bare { type: unquoted }
  parameter: text { type: string }
  parameter: number { type: number default_value: "3" }
  parameter: day { type: date }
  filter: word { type: string }
  filter: when { type: date }
  filter: sql_filter { type: string sql: {% condition sql_filter %} ${a} {% endcondition %} ;; }
  dimension: a {}
  dimension: b {}
  dimension: chosen { sql: ${TABLE}.{% parameter column %} ;; }
  dimension: bare_chosen { sql: ${TABLE}.{% parameter t.bare %} ;; }
  dimension: branch { sql: {% if column._parameter_value == 'a' %} 'is a' {% else %} 'not a' {% endif %} ;; }
  dimension: said { sql: {% parameter text %} ;; }
  dimension: said_in_quotes { sql: '{% parameter text %}' ;; }
  dimension: said_value { sql: {{ t.text._parameter_value }} ;; }
  dimension: plus { type: number sql: {% parameter number %} + 1 ;; }
  dimension: day_said { type: string sql: {% parameter day %} ;; }
  dimension: matches { type: yesno sql: {% condition word %} ${a} {% endcondition %} ;; }
  dimension: starts { type: string sql: {% date_start when %} ;; }
  dimension: ends { type: string sql: {% date_end t.when %} ;; }
  dimension: who { sql: {{ _user_attributes['who'] | sql_quote }} ;; }
  dimension: who_upper { sql: {{ _user_attributes['who'] | upcase | sql_quote }} ;; }
  dimension: who_raw { sql: '{{ _user_attributes['who'] }}' ;; }
  dimension: who_bare { sql: {{ _user_attributes['who'] }} ;; }
  dimension: who_assigned { sql: {% assign w = _user_attributes['who'] | append: "" %} {{ w }} ;; }
  dimension: who_captured { sql: {% capture w %}{{ _user_attributes['who'] }}{% endcapture %} {{ w }} ;; }
  dimension: mail { sql: {{ _user_attributes['email'] | sql_quote }} ;; }
  dimension: literal { sql: {{ "'a' || 'b'" }} ;; }
  dimension: names {
    sql: '{{ _view._name }}.{{ _explore._name }}.{{ _model._name }}.{{ _query._query_timezone }}' ;; }
  dimension: flag { type: yesno sql: {{ _user_attributes['flag'] | sql_boolean }} ;; }
  dimension: in_query { sql: {% if t.b._in_query %} 'yes' {% else %} 'no' {% endif %} ;; }
  dimension: filtered { sql: {% if t.b._is_filtered %} 'yes' {% else %} 'no' {% endif %} ;; }
  dimension: filter_text { sql: {{ _filters['t.b'] | sql_quote }} ;; }
  dimension: other_sql { sql: {{ t.a._sql }} ;; }
  dimension: endless { sql: {% for i in (1..1000000) %}x{% endfor %} ;; }
  dimension: reads { sql: {% include 'secrets' %} ;; }
  dimension: broken { sql: {% if %} ;; }
  dimension: link_html { sql: ${a} ;;
    html: <a href="/x?v={{ value | url_encode }}">{{ rendered_value }} {{ t.b._value }}
    {{ _user_attributes['who'] }}</a> ;; }
  dimension: plain_html { html: <b>no liquid</b> ;; }
  dimension: capture_html { html: {% capture x %}{{ value }}{% endcapture %}{{ x | append: value }} ;; }
}
"""


def make(folder: Path) -> Bench:
    made = Bench(folder, ConnectionConfig(name="db"))
    made.table("t", "a VARCHAR, b VARCHAR", ("x", "y"))
    made.lookml(LOOKML)
    return made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = make(tmp_path)
    yield made
    made.connection.close()


def one(bench: Bench, field: str, who: QueryUser | None = None, **filters: str) -> object:
    ((value,),) = bench.rows("t", f"t.{field}", user=who, filters={f"t.{k}": v for k, v in filters.items()})
    return value


def test_an_unquoted_parameter_names_a_column(bench: Bench) -> None:
    assert one(bench, "chosen", column="a") == "x"
    assert one(bench, "chosen", column="b") == "y"
    assert one(bench, "bare_chosen", bare="b") == "y"
    assert one(bench, "branch", column="a") == "is a"
    assert one(bench, "branch", column="b") == "not a"


def test_a_parameter_takes_only_its_allowed_values(bench: Bench) -> None:
    with pytest.raises(QueryError, match="not an allowed value"):
        one(bench, "chosen", column="rowid")


@pytest.mark.parametrize("value", ["a b", "a;b", "a--", "a.b", "ä", "a'", "1)", "a\n"])
def test_an_unquoted_parameter_is_letters_digits_and_underscores(bench: Bench, value: str) -> None:
    with pytest.raises(QueryError, match="letters, digits and _ only"):
        one(bench, "bare_chosen", bare=value)


def test_parameters_of_other_types(bench: Bench) -> None:
    assert one(bench, "said", text="it's") == "it's"
    assert one(bench, "said_value", text="it's") == "it's"
    assert one(bench, "said") is None
    assert one(bench, "plus") == 4
    assert one(bench, "plus", number="-1.5") == -0.5
    assert one(bench, "day_said", day="2013-02-03") == "2013-02-03 00:00:00"
    with pytest.raises(QueryError, match="must be a number"):
        one(bench, "plus", number="1+1")


def test_a_string_parameter_inside_quotes_is_refused(bench: Bench) -> None:
    with pytest.raises(QueryError, match="inside quotes"):
        one(bench, "said_in_quotes", text="x")


def test_a_condition_is_the_filter_or_always_true(bench: Bench) -> None:
    assert one(bench, "matches") == "Yes"
    assert one(bench, "matches", word="x") == "Yes"
    assert one(bench, "matches", word="%y%") == "No"
    assert bench.rows("t", "t.a", filters={"t.sql_filter": "nobody"}) == []
    assert bench.rows("t", "t.a", filters={"t.sql_filter": "x"}) == [("x",)]


def test_date_start_and_date_end(bench: Bench) -> None:
    assert one(bench, "starts", when="last month") == "2013-02-01 00:00:00"
    assert one(bench, "ends", when="last month") == "2013-03-01 00:00:00"
    assert one(bench, "starts") is None
    assert one(bench, "starts", when="before 2013-01-01") is None


def test_user_attributes_reach_sql_through_sql_quote(bench: Bench) -> None:
    who = user({"who": "O'Brien"}, email="o@example.com")
    assert one(bench, "who", who) == "O'Brien"
    assert one(bench, "who_upper", who) == "O'BRIEN"
    assert one(bench, "mail", who) == "o@example.com"
    assert one(bench, "who") == ""
    assert one(bench, "flag", user({"flag": "yes"})) == "Yes"
    assert one(bench, "flag", user({"flag": "1) OR (TRUE"})) == "No"


def test_a_harmless_attribute_may_be_printed_as_it_is(bench: Bench) -> None:
    assert one(bench, "who_raw", user({"who": "Jane Doe"})) == "Jane Doe"
    assert one(bench, "who_bare", user({"who": "a"})) == "x"


@pytest.mark.parametrize("field", ["who_raw", "who_bare", "who_assigned", "who_captured"])
@pytest.mark.parametrize("value", ["x' OR '1'='1", "\\'; DROP TABLE t; --", "'"])
def test_an_attribute_that_would_leave_its_literal_is_refused(bench: Bench, field: str, value: str) -> None:
    with pytest.raises(QueryError, match="sql_quote"):
        one(bench, field, user({"who": value}))


@pytest.mark.parametrize(
    "value", ["1 OR 1=1", "a) OR (1=1", "a--", "a/**/", "(SELECT 1)", "a;b", "a b", '"a"', "$$x$$"]
)
def test_outside_of_quotes_only_names_and_numbers_are_printed(bench: Bench, value: str) -> None:
    for field in ("who_bare", "who_assigned", "who_captured"):
        with pytest.raises(QueryError, match="sql_quote"):
            one(bench, field, user({"who": value}))


def test_a_value_is_never_read_as_a_reference(bench: Bench) -> None:
    assert one(bench, "who", user({"who": "${TABLE}.a ${t.b} {{ 1 }}"})) == "${TABLE}.a ${t.b} {{ 1 }}"
    assert one(bench, "said", text="${t.b}") == "${t.b}"


def test_a_list_cannot_add_a_column(bench: Bench) -> None:
    with pytest.raises(QueryError, match="one expression"):
        one(bench, "who_bare", user({"who": "a, 1"}))


def test_what_the_author_wrote_is_printed_as_it_is(bench: Bench) -> None:
    assert one(bench, "literal") == "ab"
    assert one(bench, "names") == "t.t.m.UTC"
    assert one(bench, "other_sql") == "x"


def test_a_template_knows_what_the_query_asks_and_filters(bench: Bench) -> None:
    assert bench.rows("t", "t.in_query", "t.b") == [("yes", "y")]
    assert bench.rows("t", "t.in_query") == [("no",)]
    assert one(bench, "filtered", b="y") == "yes"
    assert one(bench, "filtered") == "no"
    assert one(bench, "filter_text", b="y") == "y"


def test_a_filter_may_name_a_user_attribute(bench: Bench) -> None:
    assert one(bench, "a", user({"who": "y"}), b="{{ _user_attributes['who'] }}") == "x"
    assert bench.rows("t", "t.a", user=user({"who": "z"}), filters={"t.b": "{{ _user_attributes['who'] }}"}) == []


@pytest.mark.parametrize("field", ["endless", "reads", "broken"])
def test_a_template_that_runs_away_reads_files_or_is_broken_is_refused(bench: Bench, field: str) -> None:
    with pytest.raises(QueryError, match="cannot be rendered"):
        one(bench, field)


def field_of(bench: Bench, name: str) -> Field:
    return next(f for f in bench.engine.fields("m", "t", bench.user) if f.name == f"t.{name}")


def test_html_escapes_every_value(bench: Bench) -> None:
    hostile = '"><script>alert(1)</script>'
    row = {"t.link_html": hostile, "t.b": "<i>", "t.plain_html": 1, "t.capture_html": hostile}
    html = bench.engine.render_html(field_of(bench, "link_html"), row, user({"who": "<who>"}))
    assert html is not None
    assert html.split() == [
        "<a",
        'href="/x?v=%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E">&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;',
        "&lt;i&gt;",
        "&lt;who&gt;</a>",
    ]
    assert bench.engine.render_html(field_of(bench, "plain_html"), row, bench.user) == "<b>no liquid</b>"
    assert bench.engine.render_html(field_of(bench, "a"), row, bench.user) is None
    captured = bench.engine.render_html(field_of(bench, "capture_html"), row, bench.user)
    assert captured is not None
    assert "<" not in captured


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = make(tmp_path_factory.mktemp("lasting"))
    made.connection.execute("CREATE TABLE canary AS SELECT 'alive' AS sings")
    yield made
    made.connection.close()


HOSTILE = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    st.text(alphabet="'\"\\;-/*$ {}%_a1,(\n", min_size=1, max_size=20),
    st.sampled_from(["'; DROP TABLE canary; --", "' || (SELECT sings FROM canary) || '", "\\'", "''", "a'--"]),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=HOSTILE)
def test_no_attribute_or_parameter_leaves_its_literal(lasting: Bench, value: str) -> None:
    assert one(lasting, "who", user({"who": value})) == value
    assert one(lasting, "said", text=value) == value
    assert one(lasting, "said_value", text=value) == value
    for field in ("who_raw", "who_bare", "who_assigned", "who_captured", "chosen", "bare_chosen"):
        try:
            found = one(lasting, field, user({"who": value}), column=value, bare=value)
        except QueryError:
            continue
        # Outside of quotes a name or number may stand, which SQL reads as it likes; nothing longer.
        bare = field != "who_raw" and re.fullmatch(r"\s*-?[A-Za-z0-9_.]*\s*", value)
        assert bare or found in (value, "x", "y")
    assert lasting.connection.execute("SELECT sings FROM canary")[1] == [("alive",)]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("'a ", "it's", "'"), ("'", "\\", "'"), ('"', 'a"b', '"'), ("-- ", "x\nDROP", "\n"), ("/* ", "*/ DROP", "*/"),
        ("$$", "$$ DROP", "$$"), ("", "a b", ""), ("'it''s' || ", "'x'", ""), ("E'\\'' || ", "x", ""),
    ],
)  # fmt: skip
def test_a_printed_value_is_judged_by_where_it_stands(before: str, value: str, after: str) -> None:
    with pytest.raises(QueryError):
        sealed(f"{before}{VALUE}{value}{VALUE_END}{after}", "a test")


def test_complete_sql_stands_only_outside_of_quotes() -> None:
    assert sealed(f"a = {SQL}'it''s'{SQL_END}", "a test") == "a = 'it''s'"
    for before, after in (("'", "'"), ('"', '"'), ("''' ", "'"), ("/*", "*/")):
        with pytest.raises(QueryError):
            sealed(f"{before}{SQL}'x'{SQL_END}{after}", "a test")
