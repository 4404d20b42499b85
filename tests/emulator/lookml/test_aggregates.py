"""Figures stay right when joins repeat rows, or the query is refused."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookgate.emulator.connection import ConnectionConfig
from lookgate.emulator.lookml.errors import QueryError
from lookml_bench import Bench

LOOKML = """
explore: orders {
  join: items { sql_on: ${items.order_id} = ${orders.id} ;; relationship: one_to_many }
  join: products { sql_on: ${items.product_id} = ${products.id} ;; relationship: many_to_one }
  join: notes { sql_on: ${notes.order_id} = ${orders.id} ;; relationship: one_to_many }
  join: keyless { sql_on: ${keyless.order_id} = ${orders.id} ;; relationship: many_to_one }
}
view: orders {
  dimension: id { primary_key: yes type: number }
  dimension: price { type: number }
  measure: count { type: count }
  measure: total { type: sum sql: ${price} ;; }
  measure: mean { type: average sql: ${price} ;; }
  measure: middle { type: median sql: ${price} ;; }
  measure: top { type: max sql: ${price} ;; }
  measure: dear { type: count filters: [price: ">50"] }
  measure: dear_total { type: sum sql: ${price} ;; filters: [price: ">50"] }
  measure: by_chance { type: sum sql: ${price} * ${items.quantity} ;; }
}
view: items {
  dimension: id { primary_key: yes type: number }
  dimension: order_id { type: number }
  dimension: product_id { type: number }
  dimension: quantity { type: number }
  measure: count { type: count }
  measure: pieces { type: sum sql: ${quantity} ;; }
  measure: value { type: sum sql: ${quantity} * ${products.price} ;; }
  measure: order_prices { type: sum_distinct sql_distinct_key: ${orders.id} ;; sql: ${orders.price} ;; }
}
view: products {
  dimension: id { primary_key: yes type: number }
  dimension: price { type: number }
  measure: count { type: count }
  measure: total { type: sum sql: ${price} ;; }
}
view: notes { dimension: id { primary_key: yes type: number } dimension: order_id {} measure: count { type: count } }
view: keyless { sql_table_name: notes ;; dimension: order_id {} measure: count { type: count }
  measure: total { type: sum sql: 1 ;; } }
"""


def make(bench: Bench) -> Bench:
    bench.table("orders", "id INTEGER, price INTEGER", (1, 100), (2, 100), (3, 7))
    bench.table("items", "id INTEGER, order_id INTEGER, product_id INTEGER, quantity INTEGER",
                (1, 1, 1, 2), (2, 1, 2, 3), (3, 2, 1, 4), (4, 2, 1, 4))  # fmt: skip
    bench.table("products", "id INTEGER, price INTEGER", (1, 10), (2, 10), (3, 99))
    bench.table("notes", "id INTEGER, order_id INTEGER", (1, 1), (2, 1), (3, 3))
    bench.lookml(LOOKML)
    return bench


@pytest.fixture
def shop(either: Bench) -> Bench:
    return make(either)


def test_repeated_rows_are_counted_and_summed_once(shop: Bench) -> None:
    rows = shop.rows("orders", "orders.count", "orders.total", "orders.mean", "orders.middle", "orders.top",
                     "orders.dear", "orders.dear_total", "items.count", "items.pieces", "notes.count")  # fmt: skip
    assert rows == [(3, 207, 69, 100, 100, 2, 200, 4, 13, 3)]


def test_the_one_side_of_a_join_is_counted_once_per_key(shop: Bench) -> None:
    assert shop.rows("orders", "products.count", "products.total", "items.count") == [(2, 20, 4)]


def test_a_measure_may_use_the_one_side_of_its_view(shop: Bench) -> None:
    assert shop.rows("orders", "items.value", "notes.count") == [(130, 3)]


def test_a_distinct_key_of_its_own(shop: Bench) -> None:
    # The third order has no items, and is in the joined rows all the same.
    assert shop.rows("orders", "items.order_prices") == [(207,)]


def test_a_figure_that_would_depend_on_chance_is_refused(shop: Bench) -> None:
    with pytest.raises(QueryError, match="depend on chance"):
        shop.rows("orders", "orders.by_chance")


def test_without_a_primary_key_a_joined_views_measures_are_refused(shop: Bench) -> None:
    for measure in ("count", "total"):
        with pytest.raises(QueryError, match="primary key"):
            shop.rows("orders", f"keyless.{measure}")


def test_a_query_without_joins_uses_plain_aggregates(shop: Bench) -> None:
    assert "COUNT(*)" in shop.sql("orders", "orders.count")
    assert "DISTINCT" not in shop.sql("orders", "orders.total")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = make(Bench(tmp_path_factory.mktemp("shop"), ConnectionConfig(name="db")))
    yield made
    made.connection.close()


ORDERS = st.lists(st.one_of(st.none(), st.integers(-99, 99)), min_size=1, max_size=6)
LINKS = st.lists(st.integers(0, 7), max_size=12)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prices=ORDERS, items=LINKS, notes=LINKS)
def test_measures_equal_pythons_own_for_any_data(
    lasting: Bench, prices: list[int | None], items: list[int], notes: list[int]
) -> None:
    connection = lasting.connection
    for table in ("orders", "items", "notes"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the line above
    for number, price in enumerate(prices):
        connection.execute(f"INSERT INTO orders VALUES ({number}, {'NULL' if price is None else price})")  # noqa: S608
    for number, order in enumerate(items):
        connection.execute(f"INSERT INTO items VALUES ({number}, {order}, 1, 1)")  # noqa: S608
    for number, order in enumerate(notes):
        connection.execute(f"INSERT INTO notes VALUES ({number}, {order})")  # noqa: S608
    known = [price for price in prices if price is not None]
    (row,) = lasting.rows("orders", "orders.count", "orders.total", "orders.mean", "orders.middle", "items.count",
                          "items.pieces", "notes.count")  # fmt: skip
    linked = [order for order in items if order < len(prices)]
    assert row[0] == len(prices)
    assert row[1] == sum(known)
    assert row[2] == (pytest.approx(statistics.fmean(known)) if known else None)
    assert row[3] == (statistics.median(known) if known else None)
    assert row[4:] == (len(linked), len(linked), len([order for order in notes if order < len(prices)]))
