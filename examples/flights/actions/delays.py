"""How late flights are, and how sure one can be of it: bootstrap confidence intervals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from _flights import rows
from msgspec import Meta

from lookgate import Assurance, Context, Input, Output, action, at_least

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Counts = NDArray[np.int64]

RESAMPLES = 1000
MOST_GROUPS = 20
LATE = 15
"""Minutes from which an arrival counts as late."""

_LABELS = {
    "carrier": "airlines.name",
    "route": "flights.origin || ' to ' || flights.dest",
    "month": "monthname(scheduled_departure)",
    "hour": "printf('%02d:00', hour(scheduled_departure))",
}
_KEYS = {
    "carrier": "flights.carrier",
    "route": "flights.origin || '-' || flights.dest",
    "month": "strftime(scheduled_departure, '%Y-%m')",
    "hour": "printf('%02d', hour(scheduled_departure))",
}


class Question(Input, frozen=True):
    """Which flights, grouped how, and what to estimate."""

    by: Annotated[Literal["carrier", "route", "month", "hour"], Meta(description="What each interval is for.")] = (
        "carrier"
    )
    carrier: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z0-9]{2}$")] | None,
        Meta(description="An airline's code; all airlines when left out."),
    ] = None
    origin: Annotated[
        Literal["EWR", "JFK", "LGA"] | None, Meta(description="An airport of New York; all three when left out.")
    ] = None
    statistic: Annotated[
        Literal["mean", "median", "p90", "late_share"],
        Meta(
            description="Of the arrival delay in minutes; late_share is the share of flights 15 minutes late or more."
        ),
    ] = "mean"
    confidence: Annotated[float, Meta(ge=0.5, le=0.999, description="How often such intervals hold the truth.")] = 0.95


class Interval(Output, frozen=True):
    """One group's estimate: with the stated confidence the truth lies between ``low`` and ``high``."""

    key: str
    label: str
    flights: int
    estimate: float
    low: float
    high: float


class Answer(Output, frozen=True):
    """The groups with the most flights: airlines and routes latest first, months and hours in their order."""

    intervals: list[Interval]
    flights: Annotated[int, Meta(description="How many flights the question covers.")]
    unit: Literal["minutes", "share"]
    resamples: int
    confidence: float
    statistic: str
    by: str


@action(policy=[at_least(Assurance.USER)])
def delays(question: Question, context: Context) -> Answer:  # noqa: ARG001 - every action takes both
    """Estimate the arrival delay per airline, route, month or hour, with confidence intervals.

    A percentile bootstrap (Efron, 1979): each group is drawn again a thousand times from its own flights, and the
    spread of the results tells how sure the estimate is. The seed comes from the question, so the same question has
    the same answer. SQL counts flights per minute of delay; drawing from these counts is the same as drawing
    flights, and its cost does not grow with their number.
    """
    import numpy as np  # noqa: PLC0415 - the gateway answers its first call without it

    random = np.random.default_rng(_seed(question))
    intervals = [
        _interval(key, label, np.array(minutes, dtype=float), np.array(counts), question, random)
        for key, label, minutes, counts in _histograms(question)
    ]
    if question.by in {"carrier", "route"}:  # months and hours keep their own order
        intervals.sort(key=lambda each: each.estimate, reverse=True)
    return Answer(
        intervals=intervals,
        flights=sum(each.flights for each in intervals),
        unit="share" if question.statistic == "late_share" else "minutes",
        resamples=RESAMPLES,
        confidence=question.confidence,
        statistic=question.statistic,
        by=question.by,
    )


def _histograms(question: Question) -> Iterator[tuple[str, str, list[float], list[int]]]:
    """Yield key, label, the delays that occur and how often each does, for the groups with the most flights."""
    counted = rows(
        f"""
        WITH counted AS (
          SELECT {_KEYS[question.by]} AS key, {_LABELS[question.by]} AS label, arr_delay AS minutes, count(*) AS flights
          FROM flights JOIN airlines USING (carrier)
          WHERE arr_delay IS NOT NULL AND ($1 IS NULL OR flights.carrier = $1) AND ($2 IS NULL OR flights.origin = $2)
          GROUP BY ALL
        ), busiest AS (
          SELECT key FROM counted GROUP BY key HAVING sum(flights) >= 2
          ORDER BY sum(flights) DESC, key LIMIT {MOST_GROUPS}
        )
        SELECT key, label, minutes, flights FROM counted WHERE key IN (FROM busiest) ORDER BY key, minutes
        """,  # noqa: S608 - pasted are constants of this file, chosen by a Literal
        [question.carrier, question.origin],
    )
    for (key, label), group in groupby(counted, key=lambda row: (row[0], row[1])):
        pairs = list(group)
        yield key, label, [pair[2] for pair in pairs], [pair[3] for pair in pairs]


def _interval(
    key: str, label: str, minutes: Numbers, counts: Counts, question: Question, random: np.random.Generator
) -> Interval:
    import numpy as np  # noqa: PLC0415 - as above

    flights = int(counts.sum())
    drawn = random.multinomial(flights, counts / flights, size=RESAMPLES)
    tail = (1 - question.confidence) / 2
    low, high = np.quantile(_statistic(question.statistic, minutes, drawn), [tail, 1 - tail])
    estimate = _statistic(question.statistic, minutes, counts[np.newaxis, :])[0]
    return Interval(key, label, flights, round(float(estimate), 4), round(float(low), 4), round(float(high), 4))


def _statistic(name: str, minutes: Numbers, counts: Counts) -> Numbers:
    """Return one number for each row of ``counts``: how many flights of each delay a sample holds."""
    flights = counts.sum(axis=1)
    result: Numbers
    if name == "mean":
        result = counts @ minutes / flights
    elif name == "late_share":
        result = counts[:, minutes >= LATE].sum(axis=1) / flights
    else:
        # The smallest delay that at least this share of the flights do not exceed.
        share = 0.5 if name == "median" else 0.9
        result = minutes[(counts.cumsum(axis=1) >= share * flights[:, None]).argmax(axis=1)]
    return result


def _seed(question: Question) -> int:
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(question)).digest()[:8], "big")
