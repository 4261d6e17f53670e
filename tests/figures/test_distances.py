"""The densities of pairs are drawn on the same axes for every row, and nothing covers them."""

import numpy as np
import pytest
from matplotlib.transforms import Bbox

from discern.figures.distances import distances_figure
from discern.figures.pair_distances import PairDistances
from figures.examples import TITLES, texts_of


def test_the_two_kinds_of_pairs_differ_in_colour_and_are_drawn_as_densities():
    distances = PairDistances(np.array([0.0, 0.5, 1.0]), np.array([3, 1]), np.array([0, 0]))
    (axes,) = distances_figure(distances, "A row").axes
    same, different = axes.patches
    assert same.get_facecolor() != different.get_facecolor()
    assert (same.get_label(), different.get_label()) == ("same class", "different classes")
    assert same.get_data().values.tolist() == [1.5, 0.5]
    assert same.get_data().edges.tolist() == [0, 0.5, 1]
    assert different.get_data().values.tolist() == [0, 0]  # without pairs
    assert texts_of(axes.get_legend().get_texts()) == ["same class", "different classes"]
    assert axes.get_title() == "A row"


@pytest.mark.parametrize("bins", [1, 7])
def test_every_row_has_the_same_axes_whatever_its_distances_are(bins):
    distances = PairDistances(np.linspace(0, bins, bins + 1), np.ones(bins), np.ones(bins))
    (axes,) = distances_figure(distances, "A row").axes
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 2), (0.001, 100))
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == "distance / mean distance between classes"
    assert axes.get_ylabel() == "density of pairs (log scale)"


@pytest.mark.parametrize("title", TITLES)
def test_the_legend_covers_neither_the_title_nor_the_bars(title):
    full = np.ones(20, int)
    figure = distances_figure(PairDistances(np.linspace(0, 2, 21), full, full), title)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    legend = axes.get_legend()
    # without the frame, which is not drawn
    parts = [part.get_window_extent() for part in legend.get_texts() + legend.legend_handles]
    assert len(parts) == 4
    assert not any(part.overlaps(axes.title.get_window_extent()) for part in parts)
    panel = Bbox(axes.transAxes.transform([(0, 0), (1, 1)]))
    assert not any(part.overlaps(panel) for part in parts)
