from __future__ import annotations

import re
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.sync.describe import span
from lookgate.sync.margin import (
    calls_a_month,
    default_margin,
    fits,
    kept_lead,
    lead,
    longest_outage,
    renewed_after,
    survivable_outage,
)

LIVES = st.integers(60, 86_400 * 7).map(float)
EVERY = st.integers(10, 3600).map(float)


def test_a_one_hour_token_keeps_half_an_hour_and_costs_two_calls_an_hour_or_less() -> None:
    assert default_margin(3600, 300) == 1800
    assert renewed_after(3600, 1800, 300) == 1500
    assert calls_a_month(3600, 1800, 300) == 30 * 24 * 3600 / 1500
    assert survivable_outage(3600, 1800, 300) == 1800
    assert longest_outage(3600, 300) == 3000


def test_the_page_s_table_is_what_the_functions_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sync.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+ h) \| (\d+ min) \|(.*)\|$", page, re.MULTILINE)
    assert len(rows) == 4
    for length, between, told in rows:
        life, every = seconds(length), seconds(between)
        margin = default_margin(life, every)
        times = margin, renewed_after(life, margin, every), survivable_outage(life, margin, every)
        calls = f"{calls_a_month(life, margin, every):,.0f}"
        said = (*map(span, times[:2]), calls, span(times[2]), span(longest_outage(life, every)))
        assert tuple(cell.strip() for cell in told.split("|")) == said


def seconds(text: str) -> float:
    number, unit = text.split()
    return float(number) * {"h": 3600, "min": 60}[unit]


@pytest.mark.parametrize(
    ("life", "every", "margin"), [(600, 60, 300), (600, 300, 0), (3600, 1200, 1200), (300, 300, 0)]
)
def test_a_default_margin_gives_way_to_few_ticks(life: float, every: float, margin: float) -> None:
    assert default_margin(life, every) == margin


@given(LIVES, EVERY)
def test_a_default_margin_is_half_the_life_or_the_most_that_fits(life: float, every: float) -> None:
    margin = default_margin(life, every)
    assert 0 <= margin <= life / 2
    assert fits(life, margin, every) or margin == 0
    assert margin == life / 2 or not fits(life, min(life / 2, margin + every), every)


@given(LIVES, EVERY, st.floats(0, 1))
def test_no_outage_as_long_as_a_margin_that_fits_leaves_an_expired_second(
    life: float, every: float, part: float
) -> None:
    margin = part * life
    if not fits(life, margin, every):
        return
    longest = survivable_outage(life, margin, every)
    assert longest >= ceil(margin / every) * every >= margin
    assert longest <= longest_outage(life, every)
    # The first tick after the longest outage still finds a living token; after any longer one it may not.
    left = life - renewed_after(life, margin, every)
    assert longest < left <= longest + every


@given(LIVES, EVERY, st.floats(0, 2))
def test_a_new_token_is_never_due_at_once_and_an_old_one_always_is(life: float, every: float, part: float) -> None:
    kept = kept_lead(part * life, every, life)
    assert 0 < kept < life
    assert kept <= lead(part * life, every)


@given(LIVES, EVERY, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_margin_never_costs_fewer_calls(life: float, every: float, one: float, other: float) -> None:
    small, large = sorted((one * life, other * life))
    if fits(life, large, every):
        assert calls_a_month(life, small, every) <= calls_a_month(life, large, every)
