"""The figure of verification: deciding by distance whether two images have the same class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from discern.errors import Damaged
from discern.figures.panels import panels
from discern.figures.style import DARK, FAINT, set_title, styled

# The axis of false acceptance rates does not start below this.
_STRICTEST = 1e-6


def curve_in(measures: Mapping[str, Any], path: Path) -> np.ndarray:
    """The false and true acceptance rates in the measures of file ``path``, float64 (points, 2).

    Raises:
        Damaged: when there is no such curve, or none of its points has a false acceptance rate
            above 0, as the logarithmic axis requires.
    """
    try:
        curve = np.array(measures["verification"]["curve"], np.float64)
    except (KeyError, TypeError, ValueError):
        curve = np.empty(0)
    if curve.ndim != 2 or curve.shape[1] != 2 or not (curve[:, 0] > 0).any():
        raise Damaged(path, "holds no verification curve")
    return curve


def verification_figure(curves: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """True against false acceptance rate, a panel per row, with all rows in grey behind.

    Args:
        curves: for each row's title, a curve per seed: false and true acceptance rates at
            increasing thresholds, (points, 2).
    """
    with styled():
        figure, places = panels(len(curves), 0.8, extra=0.2)
        accepted = [curve[curve[:, 0] > 0] for runs in curves.values() for curve in runs]
        strictest = max(_STRICTEST, min(float(curve[0, 0]) for curve in accepted))
        for axes, (title, runs) in zip(places, curves.items(), strict=True):
            for curve in accepted:
                axes.plot(*curve.T, color="0.85", linewidth=0.6)
            for run in runs:
                axes.plot(*run[run[:, 0] > 0].T, color=DARK)
            axes.axvline(1e-3, color=FAINT, linewidth=0.6, linestyle=":", zorder=0)
            set_title(axes, title)
            axes.set_xscale("log")
            axes.set_xlim(strictest, 1)
            axes.xaxis.set_major_locator(LogLocator(numticks=4))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_ylim(0, 1.02)
            axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        figure.supxlabel("false acceptance rate")
        figure.supylabel("true acceptance rate")
    return figure
