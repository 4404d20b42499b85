"""Bars (lying) and columns (standing), side by side when there are several series."""

from __future__ import annotations

import math
from collections.abc import Callable

from lookgate.emulator.pages.charts.plot import CHARACTER, LINE, Plot, mark, short_number, shorten, ticks
from lookgate.emulator.pages.html import Markup, el

_FILLED = 0.72
"""The part of a category's room that its bars take."""


def columns(plot: Plot) -> Markup:
    """Draw standing bars."""
    marks = ticks(*plot.range())
    left = 12 + CHARACTER * max(len(short_number(value)) for value in marks)
    top, bottom = plot.legend_height, plot.height - LINE - 8
    low, high = marks[0], marks[-1]

    def y(value: float) -> float:
        return round(bottom - (value - low) / (high - low) * (bottom - top), 1)

    drawn = [*plot.legend(), *grid_lines(marks, y, left, plot.width)]
    room = (plot.width - left) / max(len(plot.labels), 1)
    thick = room * _FILLED / max(len(plot.series), 1)
    for index, label in enumerate(plot.labels):
        start = left + room * index + room * (1 - _FILLED) / 2
        for number, series in enumerate(plot.series):
            value = series.values[index]
            if value is not None:
                edge, zero = y(value), y(0)
                box = {
                    "x": round(start + thick * number, 1),
                    "y": min(edge, zero),
                    "width": round(max(thick - 1, 1), 1),
                }
                drawn.append(mark("rect", label, series, index, number, **box, height=max(abs(zero - edge), 0.5), rx=2))
    drawn += axis_labels(plot, left, room, centre=0.5)
    return plot.svg(drawn)


def bars(plot: Plot) -> Markup:
    """Draw lying bars, as many as are legible; the table has all."""
    marks = ticks(*plot.range(), wanted=4)
    most = max(int(plot.width * 0.3 / CHARACTER), 6)
    left = 12 + CHARACTER * min(max([len(label) for label in plot.labels] or [1]), most)
    top, bottom, right = plot.legend_height, plot.height - LINE - 4, plot.width - 16
    low, high = marks[0], marks[-1]
    shown = max(1, min(len(plot.labels), int((bottom - top) / LINE)))

    def x(value: float) -> float:
        return round(left + (value - low) / (high - low) * (right - left), 1)

    drawn = plot.legend()
    for value in marks:
        drawn.append(el("line", x1=x(value), x2=x(value), y1=top, y2=bottom, class_="zero" if value == 0 else "grid"))
        drawn.append(el("text", short_number(value), x=x(value), y=bottom + LINE - 2, class_="label middle"))
    room = (bottom - top) / shown
    thick = min(room * _FILLED, 36) / max(len(plot.series), 1)
    for index, label in enumerate(plot.labels[:shown]):
        middle = top + room * (index + 0.5)
        drawn.append(el("text", shorten(label, most), x=left - 8, y=round(middle + 4, 1), class_="label end"))
        for number, series in enumerate(plot.series):
            found = series.values[index]
            if found is not None:
                edge, zero = x(found), x(0)
                start = round(middle - thick * len(plot.series) / 2 + thick * number, 1)
                box = {"x": min(edge, zero), "y": start, "width": max(abs(edge - zero), 0.5)}
                drawn.append(
                    mark("rect", label, series, index, number, **box, height=round(max(thick - 1, 1), 1), rx=2)
                )
    return plot.svg(drawn)


def grid_lines(marks: list[float], y: Callable[[float], float], left: float, width: float) -> list[Markup]:
    """Return the horizontal lines of the value axis with their numbers."""
    drawn = []
    for value in marks:
        line = "zero" if value == 0 else "grid"
        drawn.append(el("line", x1=left, x2=width, y1=y(value), y2=y(value), class_=line))
        drawn.append(el("text", short_number(value), x=left - 8, y=y(value) + 4, class_="label end"))
    return drawn


def axis_labels(plot: Plot, left: float, room: float, *, centre: float) -> list[Markup]:
    """Return the labels of the category axis: shortened to their room, or every n-th when there is hardly any."""
    longest = max([len(label) for label in plot.labels] or [1])
    needed = CHARACTER * min(longest, 10) + 10
    every = max(1, math.ceil(needed / max(room, 1)))
    most = max(int((room * every - 6) / CHARACTER), 3)
    drawn = []
    for index in range(0, len(plot.labels), every):
        text = shorten(plot.labels[index], most)
        half = CHARACTER * len(text) / 2
        x = min(max(left + room * (index + centre), half), plot.width - half)
        drawn.append(el("text", text, x=round(x, 1), y=plot.height - 6, class_="label middle"))
    return drawn
