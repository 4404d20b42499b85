"""Pies and donuts of the first series; what is too small to see is put together."""

from __future__ import annotations

import math

from lookgate.emulator.pages.charts.plot import CHARACTER, LINE, TONES, Plot, shorten, tone
from lookgate.emulator.pages.html import Markup, el


def pie(plot: Plot) -> Markup:
    """Draw a pie."""
    return _draw(plot, hole=0.0)


def donut(plot: Plot) -> Markup:
    """Draw a pie with a hole."""
    return _draw(plot, hole=0.6)


def _draw(plot: Plot, *, hole: float) -> Markup:
    slices = _slices(plot)
    total = sum(value for _, value in slices)
    if total <= 0:
        return plot.svg(
            el("text", "Nothing above zero to share out", x=plot.width / 2, y=plot.height / 2, class_="label middle")
        )
    beside = plot.width >= 1.3 * plot.height
    legend_room = 0 if beside else LINE * len(slices) + 8
    radius = max(min(plot.height - legend_room, plot.width * (0.5 if beside else 1.0)) / 2 - 6, 24)
    centre_x = radius + 6 if beside else plot.width / 2
    centre_y = (plot.height - legend_room) / 2
    drawn: list[Markup] = []
    angle = -math.pi / 2
    for index, (label, value) in enumerate(slices):
        share = value / total
        words = f"{label}: {share:.1%}"
        path = _sector(centre_x, centre_y, radius, radius * hole, angle, share)
        drawn.append(el("path", el("title", words), d=path, class_=f"slice {tone(index)}", fill_rule="evenodd"))
        angle += 2 * math.pi * share
        x, y = _legend_place(plot, index, len(slices), centre_x + radius + 24 if beside else None, centre_y)
        drawn.append(el("rect", x=x, y=y - 10, width=12, height=12, rx=3, class_=tone(index)))
        most = int((plot.width - x - 24) / CHARACTER) - 7
        drawn.append(el("text", f"{shorten(label, max(most, 4))}  {share:.0%}", x=x + 20, y=y, class_="label"))
    return plot.svg(drawn)


def _slices(plot: Plot) -> list[tuple[str, float]]:
    values = plot.series[0].values if plot.series else ()
    found = [
        (label, value) for label, value in zip(plot.labels, values, strict=False) if value is not None and value > 0
    ]
    if len(found) > TONES:
        found.sort(key=lambda pair: -pair[1])
        found = [*found[: TONES - 1], ("Other", sum(value for _, value in found[TONES - 1 :]))]
    return found


def _legend_place(plot: Plot, index: int, count: int, beside: float | None, centre_y: float) -> tuple[float, float]:
    if beside is not None:
        return beside, round(centre_y + 4 + (index - (count - 1) / 2) * (LINE + 4), 1)
    return 8.0, plot.height - LINE * (count - index) + 8


def _sector(x: float, y: float, outer: float, inner: float, start: float, share: float) -> str:
    if share > 0.9999:  # noqa: PLR2004 - an arc that ends where it starts draws nothing: two circles do
        return "".join(
            f"M{x - r:.1f} {y:.1f} a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0 a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0 Z "
            for r in (outer, inner)
            if r
        )
    end, large = start + 2 * math.pi * share, int(share > 0.5)  # noqa: PLR2004 - half a circle

    def at(radius: float, angle: float) -> str:
        return f"{x + radius * math.cos(angle):.1f} {y + radius * math.sin(angle):.1f}"

    arc = f"M{at(outer, start)} A{outer:.1f} {outer:.1f} 0 {large} 1 {at(outer, end)}"
    if not inner:
        return f"{arc} L{x:.1f} {y:.1f} Z"
    return f"{arc} L{at(inner, end)} A{inner:.1f} {inner:.1f} 0 {large} 0 {at(inner, start)} Z"
