"""The figure of verification: deciding by distance whether two images have the same class."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from discern.errors import Damaged
from discern.figures.style import FAINT, KEY_LINE, PAGE, line_looks, new_figure, styled
from discern.measures.catalogue import named

# The ends of both axes, and their ticks in per cent.
_LOWEST, _HIGHEST = 1e-5, 0.95
_TICKS = (0.001, 0.01, 0.1, 1, 5, 20, 50, 80)
# Inches.
_PANEL = 4.0
# Letters of a line of the key.
_LETTERS = 46


@dataclass(frozen=True)
class Curve:
    """The errors of one training's verification.

    Attributes:
        equal_error_rate: where both rates are equal, 0 to 1.
        points: false acceptance and false rejection rate at increasing thresholds, (points, 2).
    """

    equal_error_rate: float
    points: np.ndarray


def curve_in(measures: Mapping[str, Any], path: Path) -> Curve:
    """The curve of L2-normalised embeddings in the measures of file ``path``.

    Raises:
        Damaged: when there is no such curve.
    """
    try:
        verification = measures["l2_normalised"]["verification"]
        rate = float(verification["equal_error_rate"])
        points = np.array(verification["curve"], np.float64)
    except (KeyError, TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != 2:
        raise Damaged(path, "holds no verification curve")
    return Curve(rate, np.column_stack([points[:, 0], 1 - points[:, 1]]))


def verification_figure(curves: Mapping[str, Sequence[Curve]]) -> Figure:
    """False rejection by false acceptance rate, both as normal deviates, with a key.

    This is the detection error trade-off of Martin et al. (The DET curve in assessment of detection
    task performance, Eurospeech, 1997), in which normally distributed distances give straight
    lines.

    Args:
        curves: for each row's title, a curve per seed.
    """
    rates = {title: fmean(r.equal_error_rate for r in runs) for title, runs in curves.items()}
    titles = sorted(curves, key=rates.__getitem__)
    with styled():
        figure = new_figure(PAGE, _PANEL)
        axes = figure.subplots()
        key = []
        for title, (colour, style) in zip(titles, line_looks(len(titles)), strict=True):
            for run in curves[title]:
                _draw_curve(axes, run, colour, style)
            label = f"{named('equal_error_rate').shown(rates[title])}  {title}"
            label = "\n".join(textwrap.wrap(label, _LETTERS))
            (line,) = axes.plot([], [], style, color=colour, label=label)
            key.append(line)
        legend = figure.legend(handles=key, loc="outside right center", handlelength=2.6)
        legend.set_title("equal error rate (dot) and row")
        lines = sum(str(line.get_label()).count("\n") + 1 for line in key)
        figure.set_figheight(max(_PANEL, KEY_LINE * lines + 0.4))
        ends = norm.ppf([_LOWEST, _HIGHEST])
        axes.plot(ends, ends, color=FAINT, linewidth=0.6, zorder=0)
        ticks = norm.ppf(np.array(_TICKS) / 100)
        names = [f"{tick:g} %" for tick in _TICKS]
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        axes.set_xticks(ticks, names, rotation=45)
        axes.set_yticks(ticks, names)
        axes.set_xlabel("false acceptance rate (normal deviates)")
        axes.set_ylabel("false rejection rate (normal deviates)")
        axes.grid(color="0.92", linewidth=0.5)
    return figure


def _draw_curve(axes: Axes, curve: Curve, colour: Any, style: str) -> None:
    """Draw the points where neither rate is 0 or 1, and a dot at the equal error rate."""
    inside = ((curve.points > 0) & (curve.points < 1)).all(axis=1)
    axes.plot(*norm.ppf(curve.points[inside]).T, color=colour, linestyle=style)
    if 0 < curve.equal_error_rate < 1:
        place = norm.ppf(curve.equal_error_rate)
        axes.plot(place, place, "o", color=colour)
