"""Who sees what: access grants, access filters, and what an explore always filters."""

from __future__ import annotations

import pytest

from lookgate.emulator.lookml.errors import QueryError
from lookml_bench import Bench, user

LOOKML = """
access_grant: hr { user_attribute: department allowed_values: ["hr", "board"] }
explore: people {
  access_filter: { field: people.region user_attribute: region }
  join: pay { sql_on: ${pay.id} = ${people.id} ;; relationship: one_to_one required_access_grants: [hr] }
}
explore: secret { from: people required_access_grants: [hr] }
explore: ghost { from: people required_access_grants: [no_such_grant] }
explore: always { view_name: people always_filter: { filters: [people.region: "south"] } }
explore: maybe { view_name: people conditionally_filter: { filters: [region: "south"] unless: [id] } }
explore: where { view_name: people sql_always_where: ${region} <> 'south' ;; sql_always_having: ${count} > 0 ;; }
explore: by_number { view_name: people access_filter: { field: people.id user_attribute: number } }
explore: picky { view_name: people fields: [people.few*, -people.region] }
explore: nearly_all { view_name: people fields: [ALL_FIELDS*, -people.salary_note] }
view: people {
  set: few { fields: [id, region] }
  dimension: id { primary_key: yes type: number }
  dimension: region {}
  dimension: salary_note { required_access_grants: [hr] hidden: yes sql: 'n' || ${region} ;; }
  dimension: uses_note { sql: ${salary_note} ;; }
  measure: count { type: count }
}
view: pay { sql_table_name: people ;; dimension: id { primary_key: yes type: number } }
"""


@pytest.fixture
def people(either: Bench) -> Bench:
    either.table(
        "people", "id INTEGER, region VARCHAR(99)", (1, "north"), (2, "south"), (3, "o'hare"), (4, "north,south")
    )
    either.lookml(LOOKML)
    return either


def test_an_access_filter_lets_only_the_users_rows_through(people: Bench) -> None:
    for region, ids in (("north", [1]), ("o'hare", [3]), ("north,south", [4]), ("nor%", []), ("x' OR '1'='1", [])):
        rows = people.rows("people", "people.id", user=user({"region": region}))
        assert [row[0] for row in rows] == ids


def test_an_advanced_attribute_is_read_as_a_filter(people: Bench) -> None:
    for region, ids in (("north,south", [1, 2]), ("nor%", [1, 4]), ("-south", [1, 3, 4])):
        asker = user({"region": region}, filter_attributes=frozenset({"region"}))
        assert [row[0] for row in people.rows("people", "people.id", user=asker, sorts=["people.id"])] == ids


@pytest.mark.parametrize("attributes", [{}, {"region": ""}, {"region": "  "}])
def test_without_a_value_there_are_no_rows_and_the_attribute_is_named(
    people: Bench, attributes: dict[str, str]
) -> None:
    result = people.run("people", "people.id", user=user(attributes))
    assert result.rows == []
    assert '"region"' in result.notes[0]


def test_an_empty_advanced_filter_or_any_value_does_not_open_everything(people: Bench) -> None:
    asker = user({"region": ","}, filter_attributes=frozenset({"region"}))
    assert people.rows("people", "people.id", user=asker) == []


def test_a_number_attribute_filters_numbers(people: Bench) -> None:
    assert people.rows("by_number", "people.id", user=user({"number": "2"})) == [(2,)]
    with pytest.raises(QueryError, match="not a number filter"):
        people.rows("by_number", "people.id", user=user({"number": "2 OR 1=1"}))


def test_what_a_user_has_no_grant_for_looks_like_nothing(people: Bench) -> None:
    plain, board = user({"region": "north"}), user({"region": "north", "department": "sales, board"})
    for view, field in (("secret", "secret.id"), ("people", "pay.id"), ("people", "people.salary_note"),
                        ("ghost", "ghost.id")):  # fmt: skip
        with pytest.raises(QueryError, match="Unknown"):
            people.rows(view, field, user=plain)
    assert people.rows("people", "pay.id", "people.salary_note", user=board) == [(1, "nnorth")]
    assert len(people.rows("secret", "secret.id", user=board)) == 4
    with pytest.raises(QueryError, match="Unknown"):
        people.rows("ghost", "ghost.id", user=board)


def test_a_grant_cannot_be_walked_around_through_another_field_or_a_filter(people: Bench) -> None:
    plain = user({"region": "north"})
    with pytest.raises(QueryError, match="Unknown field"):
        people.rows("people", "people.uses_note", user=plain)
    with pytest.raises(QueryError, match="Unknown field"):
        people.rows("people", "people.id", user=plain, filters={"people.salary_note": "nnorth"})


def test_a_hidden_field_can_be_queried(people: Bench) -> None:
    assert people.rows("always", "people.salary_note", user=user({"department": "hr"})) == [("nsouth",)]


def test_what_an_explore_always_filters(people: Bench) -> None:
    assert people.rows("always", "people.id") == [(2,)]
    assert people.rows("always", "people.id", filters={"people.region": "north"}) == [(1,)]
    assert people.rows("maybe", "people.id") == [(2,)]
    assert people.rows("maybe", "people.id", filters={"people.id": "1"}) == [(1,)]
    assert len(people.rows("where", "people.id")) == 3


def test_fields_lists_and_sets_limit_what_can_be_asked(people: Bench) -> None:
    names = {field.name for field in people.engine.fields("m", "picky", people.user)}
    assert names == {"people.id"}
    everything = {field.name for field in people.engine.fields("m", "nearly_all", user({"department": "hr"}))}
    assert everything == {"people.id", "people.region", "people.uses_note", "people.count"}
    with pytest.raises(QueryError, match="Unknown field"):
        people.rows("picky", "people.region")
