"""The figure of separation: how far apart the classes of each row lie, and how tight they are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import Affine2D

from discern.errors import Damaged
from discern.figures.class_key import add_class_key
from discern.figures.pair_distances import AXIS, PairDistances
from discern.figures.palette import class_colours
from discern.figures.style import DARK, FAINT, LIGHT, PAGE, SMALL, new_figure, styled
from discern.measures.catalogue import named

# Inches: the height of a row, less where there are many, of all rows, and of what they share.
_ROW, _ROWS, _SHARED = 0.36, 8.6, 0.75
# Letters of a title in a line.
_LETTERS = 26
# From this number of rows on, titles have smaller letters.
_MANY = 24
_FARTHEST = 1.75
# Points: the longer side of a class's number, and the width of a digit in units of it.
_NUMBER, _DIGIT = 4.5, 0.75


@dataclass(frozen=True)
class Variances:
    """The variances of one training's L2-normalised embeddings.

    Attributes:
        intra: intra-class variance, 0 to 1.
        inter: inter-class variance, 0 to 1.
        ratio: inter-class over intra-class variance, None if undefined.
        of_classes: the intra-class variance of each class alone, None if it has no image. Classes
            without images at the end may be missing.
    """

    intra: float
    inter: float
    ratio: float | None
    of_classes: Sequence[float | None]

    def of_class(self, label: int) -> float | None:
        """The intra-class variance of one class, None if it has no image."""
        return self.of_classes[label] if label < len(self.of_classes) else None


@dataclass(frozen=True)
class Separation:
    """A row: its title, the distances of its first training's pairs, the variances of each."""

    title: str
    distances: PairDistances
    variances: Sequence[Variances]

    @property
    def ratio(self) -> float | None:
        """The mean over trainings of the variance ratio, None if it is undefined for one."""
        ratios = [each.ratio for each in self.variances if each.ratio is not None]
        return fmean(ratios) if len(ratios) == len(self.variances) else None


def variances_in(measures: Mapping[str, Any], path: Path) -> Variances:
    """The variances in the measures of file ``path``.

    Raises:
        Damaged: when those of the classes are missing.
    """
    try:
        entries = measures["l2_normalised"]["class_variances"]
        of_classes = [entry if entry is None else float(entry) for entry in entries]
    except (KeyError, TypeError, ValueError):
        raise Damaged(path, "holds no variances of classes") from None
    intra, inter, ratio = (
        named(name).value(measures)
        for name in ("intra_class_variance", "inter_class_variance", "variance_ratio")
    )
    return Variances(intra or 0.0, inter or 0.0, ratio, of_classes)


def in_order(rows: Sequence[Separation]) -> list[Separation]:
    """The rows by their ratio, the highest first; rows without one come last."""
    return sorted(rows, key=lambda row: -np.inf if row.ratio is None else row.ratio, reverse=True)


def classes_of(rows: Sequence[Separation]) -> range:
    """The labels of all classes that may have images in any row."""
    return range(max(len(each.of_classes) for row in rows for each in row.variances))


def separation_figure(
    rows: Sequence[Separation], class_names: Sequence[str] | None = None
) -> Figure:
    """A line per row: densities of distances, both variances, and the variance of each class.

    Args:
        rows: from the first line to the last.
        class_names: in the order of the labels; None for numbers.
    """
    height = min(_ROW, _ROWS / len(rows))
    with styled(), rc_context({"legend.handlelength": 1.0, "legend.columnspacing": 0.8}):
        figure = new_figure(PAGE, height * len(rows) + _SHARED)
        distances, variances, classes = figure.subplots(1, 3, sharey=True, width_ratios=(5, 4, 4))
        labels = classes_of(rows)
        for place, row in enumerate(rows):
            _draw_densities(distances, place, row.distances)
            _draw_variances(variances, place, row)
        numbers = [_draw_classes(classes, place, row, labels) for place, row in enumerate(rows)]
        titles = ["\n".join(textwrap.wrap(row.title, _LETTERS)) for row in rows]
        size = SMALL - 1 if len(rows) > _MANY else SMALL
        distances.set_yticks(range(len(rows)), titles, fontsize=size, linespacing=0.9)
        distances.set_ylim(len(rows) - 0.4, -0.6)
        distances.set(xlabel=AXIS.replace(" b", "\nb"), xlim=(0, _FARTHEST))
        variances.set(xlabel="variance on the\nunit sphere", xlim=(0, 1))
        variances.text(1.1, len(rows) - 0.3, "ratio", fontsize=SMALL, verticalalignment="top")
        classes.set(xlabel="intra-class variance of\neach class (log scale)", xscale="log")
        classes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        classes.xaxis.set_major_formatter("{x:g}")
        classes.xaxis.set_minor_locator(NullLocator())
        for axes in (distances, variances):
            axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        for axes in (distances, variances, classes):
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
        if class_names:
            add_class_key(figure, class_names, columns=5)
        figure.draw_without_rendering()  # places are known only when the layout is
        for of_row in numbers:
            _part(classes, of_row, _NUMBER * min(1.0, _DIGIT * len(str(labels[-1]))))
    return figure


def _draw_densities(axes: Axes, place: int, distances: PairDistances) -> None:
    """Draw both densities above the row's base line, each as high as the row."""
    base = place + 0.4
    kinds = (
        (distances.same, DARK, "same class"),
        (distances.different, LIGHT, "different classes"),
    )
    for counts, colour, name in kinds:
        heights = distances.density(counts)
        top = base - 0.85 * heights / max(heights.max(), 1e-9)
        name = "" if place else name
        steps = axes.stairs(top, distances.edges, baseline=base, fill=True, label=name)
        steps.set(color=colour, alpha=0.6)
    axes.axhline(base, color=FAINT, linewidth=0.4, zorder=0)


def _draw_variances(axes: Axes, place: int, row: Separation) -> None:
    """Draw the means over trainings of both variances as a bar, and their ratio beside it."""
    intra = fmean(each.intra for each in row.variances)
    inter = fmean(each.inter for each in row.variances)
    names = ("", "") if place else ("intra-class", "inter-class")
    axes.barh(place, intra, 0.6, color=DARK, alpha=0.6, label=names[0])
    axes.barh(place, inter, 0.6, left=intra, color=LIGHT, alpha=0.6, label=names[1])
    dots = [each.intra for each in row.variances]
    (line,) = axes.plot(dots, [place] * len(dots), "o", label="" if place else "a training")
    line.set(color="black", markersize=2.5, markeredgewidth=0)
    ratio = named("variance_ratio").shown(row.ratio)
    axes.text(1.1, place, ratio, fontsize=SMALL, verticalalignment="center")


def _draw_classes(axes: Axes, place: int, row: Separation, labels: range) -> list[Line2D]:
    """Draw each class's number at its own variance, the mean over the trainings that have it."""
    axes.axhline(place, color=FAINT, linewidth=0.4, zorder=0)
    numbers = []
    for label, colour in zip(labels, class_colours(len(labels)), strict=True):
        if values := [value for each in row.variances if (value := each.of_class(label))]:
            with rc_context({"text.parse_math": True}):  # or the marker would show its dollars
                (number,) = axes.plot(fmean(values), place, color=colour, marker=f"${label}$")
            number.set(markersize=_NUMBER, markeredgewidth=0.2)
            numbers.append(number)
    return numbers


def _part(axes: Axes, numbers: Sequence[Line2D], width: float) -> None:
    """Move the numbers of a row, so many points wide, up or down where they would cover each other.

    From left to right, each goes to the height nearest to the row's line that is free, or if none
    is, to the one whose last number is farthest away.
    """
    points = axes.transData + Affine2D().scale(72 / axes.figure.dpi)
    (_, line), (_, next_line) = points.transform([(1, 0), (1, 1)])
    step = _NUMBER / abs(next_line - line)
    count = max(1, int(1 / step))
    heights = sorted(step * (np.arange(count) - (count - 1) // 2), key=abs)
    ends = dict.fromkeys(heights, -np.inf)
    places = ((points.transform(number.get_xydata())[0, 0], number) for number in numbers)
    for place, number in sorted(places, key=itemgetter(0)):
        free = (height for height in heights if place - ends[height] >= width)
        height = next(free, min(ends, key=ends.__getitem__))
        del ends[height]  # the one that was used last comes last
        ends[height] = place
        number.set_ydata(np.asarray(number.get_ydata()) + height)
