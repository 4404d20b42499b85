"""How early a token is renewed, and what follows from that. All arguments and answers are seconds.

Let L be a token's life, T the time between two ticks and M the margin. A token is due at the first tick at which no
more of its life is left than the lead: M rounded up to whole ticks, one tick more, and a tenth of a tick as slack for
ticks that come a little early or late.

* At the tick before, more than the lead was left; so at the tick that renews it more than M is left, and at any moment
  of a healthy run at least M.
* Looker or the writer fails from that tick on, for D seconds: the first tick after it comes ⌈D/T⌉ ticks later, that is
  at most M rounded up to whole ticks, when D is no longer than M. The token still lives. So no outage of up to M, and
  no M/T missed ticks in a row, leave an expired second.
* No margin can do better than to renew at every tick: then L - T is left, and ``longest_outage`` is the end of it.
"""

from __future__ import annotations

from math import ceil

SLACK = 0.1
"""Of the time between two ticks: how much early or late a tick may come, its own work included."""
MONTH = 30 * 24 * 3600.0


def lead(margin: float, every: float) -> float:
    """Return with how much of its life left a token is due."""
    return ceil(margin / every) * every + every + SLACK * every


def fits(life: float, margin: float, every: float) -> bool:
    """Return whether tokens of that life can keep the margin: a new one must not be due at once."""
    return lead(margin, every) < life


def default_margin(life: float, every: float) -> float:
    """Return half the life, or as many whole ticks as the life has room for; 0 when it has none."""
    if fits(life, life / 2, every):
        return life / 2
    ticks = max(0, int(life / every - 1 - SLACK))
    return (ticks if fits(life, ticks * every, every) else max(0, ticks - 1)) * every


def kept_lead(margin: float, every: float, life: float) -> float:
    """Return the lead for a token whose life is known: a margin that it cannot keep gives way to one that it can.

    Args:
        margin: what the rule asks for.
        every: between two ticks.
        life: the stored token's whole life; 0 when it is not known.
    """
    if not life or fits(life, margin, every):
        return lead(margin, every)
    return min(lead(default_margin(life, every), every), (1 - SLACK) * life)


def renewed_after(life: float, margin: float, every: float) -> float:
    """Return how old a token is when it is renewed, in a healthy run with ticks on time."""
    return max(1, ceil((life - kept_lead(margin, every, life)) / every)) * every


def calls_a_month(life: float, margin: float, every: float) -> float:
    """Return how many renewals, at one call each, a target costs in thirty days of a healthy run."""
    return MONTH / renewed_after(life, margin, every)


def survivable_outage(life: float, margin: float, every: float) -> float:
    """Return the longest outage of Looker or of the writer, whenever it begins, that leaves no expired second."""
    left = life - renewed_after(life, margin, every)
    return max(0, ceil(left / every) - 1) * every


def longest_outage(life: float, every: float) -> float:
    """Return the longest that any margin makes survivable: a token cannot outlive its own life."""
    return max(0, ceil((life - every) / every) - 1) * every
