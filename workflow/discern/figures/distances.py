"""The figure of distances between pairs of the same class and of different classes."""

from __future__ import annotations

from matplotlib.figure import Figure

from discern.figures.pair_distances import AXIS, PairDistances
from discern.figures.style import COLUMN, DARK, LIGHT, new_figure, styled

# The same axes for every row. Distances have the mean between classes as their unit; densities
# below the lowest are of a few pairs among a million.
_FARTHEST = 2.0
_DENSITIES = (1e-3, 1e2)


def distances_figure(distances: PairDistances, title: str) -> Figure:
    """The distances of pairs of the same class and of different classes, as two densities.

    The axes are the same for all rows. The densities' scale is logarithmic, so that the few pairs
    that a threshold gets wrong are visible.
    """
    with styled():
        figure = new_figure(COLUMN, 2.4)
        axes = figure.subplots()
        kinds = (
            (distances.same, DARK, "same class"),
            (distances.different, LIGHT, "different classes"),
        )
        lowest, _ = _DENSITIES
        for counts, colour, name in kinds:
            heights = distances.density(counts)
            steps = axes.stairs(heights, distances.edges, baseline=lowest, fill=True, label=name)
            steps.set(color=colour, alpha=0.6)
        axes.set_title(title, pad=20)
        axes.set_xlabel(AXIS)
        axes.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "0.5", "1", "1.5", "2"])
        axes.set_ylabel("density of pairs (log scale)")
        axes.set_xlim(0, _FARTHEST)
        axes.set_yscale("log")
        axes.set_ylim(*_DENSITIES)
        axes.yaxis.set_major_formatter("{x:g}")
        # between title and axes, where no bar can lie behind it
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1), borderaxespad=0.2)
    return figure
