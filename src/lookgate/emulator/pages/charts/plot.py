"""What all charts share: the data, the scale, the grid, the legend."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lookgate.emulator.pages.html import Child, Markup, el

CHARACTER = 6.6
"""Width of a character of the labels, in pixels, on average."""
LINE = 18
TONES = 6
_SMALLEST = 1e-200


@dataclass(frozen=True, slots=True)
class Series:
    """One measure: a value for each label; None leaves a gap."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    """The values as people read them."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What to draw, and how large (pixels)."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    width: int = 640
    height: int = 320

    def svg(self, *marks: Child) -> Markup:
        """Return the drawing around its marks, with a title that is read aloud."""
        names = ", ".join(series.name for series in self.series)
        return el(
            "svg",
            el("title", f"{self.title}: {names} over {len(self.labels)} values"),
            marks,
            viewBox=f"0 0 {self.width} {self.height}",
            width=self.width,
            height=self.height,
            role="img",
            class_="chart",
        )

    @property
    def legend_height(self) -> int:
        """Pixels that the legend takes; a single series needs none, its name is the axis's."""
        return 28 if len(self.series) > 1 else 8

    def legend(self) -> list[Markup]:
        """Return the legend along the top edge, as far as it fits."""
        if len(self.series) < 2:  # noqa: PLR2004 - one series needs no legend
            return []
        items: list[Markup] = []
        x = 0.0
        for index, series in enumerate(self.series):
            name = shorten(series.name, 24)
            step = 18 + CHARACTER * len(name) + 16
            if x + step > self.width and items:
                break
            items.append(el("rect", x=x, y=3, width=12, height=12, rx=3, class_=tone(index)))
            items.append(el("text", name, x=x + 18, y=13, class_="label"))
            x += step
        return items

    def range(self) -> tuple[float, float]:
        """Return the smallest and largest value, zero included."""
        found = [value for series in self.series for value in series.values if value is not None]
        return min([0.0, *found]), max([0.0, *found])


def tone(index: int) -> str:
    """Return the class that colours a series."""
    return f"s{index % TONES + 1}"


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers from at most ``low`` to at least ``high``, between which zero lies."""
    span = high - low if high - low > _SMALLEST else 1.0
    step = 10 ** math.floor(math.log10(span / wanted))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= wanted)
    first, last = math.floor(low / step), math.ceil(high / step)
    digits = 3 - math.floor(math.log10(step))  # what remains is the error of the multiplication
    return [round(number * step, digits) for number in range(first, max(last, first + 1) + 1)]


def short_number(value: float) -> str:
    """Return a number for an axis: 1.5K, 20M."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= size:
            return f"{value / size:.4g}{unit}"
    return f"{value:.4g}"


def shorten(text: str, most: int) -> str:
    """Return the text, cut with an ellipsis when it is longer than ``most`` characters."""
    return text if len(text) <= most else text[: max(most - 1, 1)].rstrip() + "…"


def mark(name: str, label: str, series: Series, index: int, tone_index: int, **geometry: float) -> Markup:
    """Return one mark with its value as a tooltip."""
    words = f"{label} · {series.name}: {series.texts[index]}"
    return el(name, el("title", words), class_=tone(tone_index), **geometry)
