"""Figures of pairs: their distances, and how well these verify that two are of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from discern.plots.style import COLUMN, DARK, FAINT, LIGHT, new_figure, panels, set_title, styled

# The smallest false acceptance rate that is shown.
_STRICTEST = 1e-6


def distances_figure(
    same: np.ndarray, different: np.ndarray, edges: np.ndarray, title: str, distance: str
) -> Figure:
    """How far apart pairs of the same class and of different classes are.

    Args:
        same: pairs of the same class per bin, (M,).
        different: pairs of different classes per bin, (M,).
        edges: the bins' edges, (M + 1,).
        title: of the figure.
        distance: the name of the distance.
    """
    with styled():
        figure = new_figure(COLUMN, 2.2)
        axes = figure.subplots()
        kinds = ((same, DARK, "same class"), (different, LIGHT, "two classes"))
        for counts, colour, name in kinds:
            heights = density(counts, edges)
            axes.stairs(heights, edges, fill=True, color=colour, alpha=0.6, label=name)
        axes.set_title(title, pad=20)
        axes.set_xlabel(f"{distance} distance")
        axes.set_ylabel("density of pairs")
        axes.set_xlim(edges[0], edges[-1])
        # between title and axes, where no bar can lie behind it
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1), borderaxespad=0.2)
    return figure


def density(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Counts (M,) per bin as a density (M,) whose area is 1, or 0 without any."""
    found: np.ndarray = counts / max(counts.sum(), 1) / np.diff(edges)
    return found


def verification_figure(curves: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """True by false acceptance rate, a panel per row, with all other rows in grey behind.

    Args:
        curves: for each row's title, a curve per seed: false and true acceptance rate, (points, 2),
            from strict to loose.
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
