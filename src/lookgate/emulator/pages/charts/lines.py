"""Lines and areas over an ordered axis; a missing value is a gap, not a zero."""

from __future__ import annotations

from itertools import groupby

from lookgate.emulator.pages.charts.bars import axis_labels, grid_lines
from lookgate.emulator.pages.charts.plot import CHARACTER, LINE, Plot, mark, short_number, ticks, tone
from lookgate.emulator.pages.html import Markup, el

_MOST_DOTS = 60


def lines(plot: Plot) -> Markup:
    """Draw lines."""
    return _draw(plot, filled=False)


def areas(plot: Plot) -> Markup:
    """Draw lines with the area to zero filled."""
    return _draw(plot, filled=True)


def _draw(plot: Plot, *, filled: bool) -> Markup:
    marks = ticks(*plot.range())
    left = 12 + CHARACTER * max(len(short_number(value)) for value in marks)
    top, bottom = plot.legend_height, plot.height - LINE - 8
    low, high = marks[0], marks[-1]
    count = len(plot.labels)
    room = (plot.width - left - 8) / max(count, 1)

    def y(value: float) -> float:
        return round(bottom - (value - low) / (high - low) * (bottom - top), 1)

    def x(index: int) -> float:
        return round(left + room * (index + 0.5), 1)

    drawn = [*plot.legend(), *grid_lines(marks, y, left, plot.width)]
    for number, series in enumerate(plot.series):
        for run in _runs(series.values):
            points = [(x(index), y(value)) for index, value in run]
            path = "M" + " L".join(f"{across} {up}" for across, up in points)
            if filled:
                closed = f"{path} L{points[-1][0]} {y(0)} L{points[0][0]} {y(0)} Z"
                drawn.append(el("path", d=closed, class_=f"area {tone(number)}"))
            drawn.append(el("path", d=path, class_=f"line {tone(number)}"))
            radius = 3 if count <= _MOST_DOTS or len(run) == 1 else 1.5
            drawn += [
                mark("circle", plot.labels[index], series, index, number, cx=x(index), cy=y(value), r=radius)
                for index, value in run
            ]
    drawn += axis_labels(plot, left, room, centre=0.5)
    return plot.svg(drawn)


def _runs(values: tuple[float | None, ...]) -> list[list[tuple[int, float]]]:
    groups = groupby(enumerate(values), lambda pair: pair[1] is not None)
    return [[(index, value) for index, value in run if value is not None] for there, run in groups if there]
