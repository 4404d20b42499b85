"""Charts as SVG of our own: drawn at the size they are shown, each mark with its value, a table always beside it."""

from __future__ import annotations

from lookgate.emulator.pages.charts.bars import bars, columns
from lookgate.emulator.pages.charts.lines import areas, lines
from lookgate.emulator.pages.charts.pie import donut, pie
from lookgate.emulator.pages.charts.plot import Plot, Series

__all__ = ["KINDS", "Plot", "Series"]

KINDS = {
    "looker_bar": bars,
    "looker_column": columns,
    "looker_line": lines,
    "looker_area": areas,
    "looker_pie": pie,
    "looker_donut_multiples": donut,
    "looker_donut": donut,
}
"""Looker's name of a visualization → what draws it."""
