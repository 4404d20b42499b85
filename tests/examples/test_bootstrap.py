"""The arithmetic of examples/flights/actions/delays.py, without a database."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from demo_pair import EXAMPLE
from lookgate.actions import found


@pytest.fixture(scope="module")
def delays() -> ModuleType:
    assert "delays" in found(EXAMPLE / "actions")
    return sys.modules["lookgate_members.actions.delays"]


def estimate(delays: ModuleType, minutes: list[float], counts: list[int], **question: object) -> tuple[float, ...]:
    asked = delays.Question(**question)
    random = np.random.default_rng(7)
    got = delays._interval("k", "l", np.array(minutes), np.array(counts), asked, random)  # noqa: SLF001 - the arithmetic
    return got.low, got.estimate, got.high


def test_the_interval_of_a_mean_is_as_wide_as_theory_says(delays: ModuleType) -> None:
    minutes, counts = [float(minute) for minute in range(-20, 61)], [40] * 81
    sample = np.repeat(minutes, counts)
    low, middle, high = estimate(delays, minutes, counts)
    half = 1.96 * sample.std() / len(sample) ** 0.5
    assert middle == pytest.approx(sample.mean())
    assert high - middle == pytest.approx(half, rel=0.12)
    assert middle - low == pytest.approx(half, rel=0.12)


@pytest.mark.parametrize(
    ("statistic", "expected"), [("mean", 11.0), ("median", 5.0), ("p90", 20.0), ("late_share", 0.4)]
)
def test_each_statistic_is_the_one_it_is_called(delays: ModuleType, statistic: str, expected: float) -> None:
    _, middle, _ = estimate(delays, [0.0, 5.0, 20.0, 60.0], [2, 4, 3, 1], statistic=statistic)
    assert middle == pytest.approx(14.0 if statistic == "mean" else expected)


def test_more_confidence_asks_for_a_wider_interval(delays: ModuleType) -> None:
    minutes, counts = [-10.0, 0.0, 30.0, 90.0], [50, 80, 20, 5]
    narrow = estimate(delays, minutes, counts, confidence=0.5)
    wide = estimate(delays, minutes, counts, confidence=0.99)
    assert wide[0] < narrow[0] < narrow[2] < wide[2]


def test_flights_that_are_all_alike_leave_no_doubt(delays: ModuleType) -> None:
    assert estimate(delays, [12.0], [300]) == (12.0, 12.0, 12.0)


def test_the_seed_depends_on_every_part_of_the_question(delays: ModuleType) -> None:
    questions: list[dict[str, object]] = [
        {}, {"by": "month"}, {"carrier": "UA"}, {"origin": "JFK"}, {"statistic": "p90"}, {"confidence": 0.9},
    ]  # fmt: skip
    assert len({delays._seed(delays.Question(**question)) for question in questions}) == len(questions)  # noqa: SLF001
