"""The densities of pairs have the area 1, and nothing covers them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.transforms import Bbox
from scipy.spatial.distance import pdist

from discern.figures.distances import bin_edges, distances_figure
from figures.examples import TITLES, texts_of

few = settings(max_examples=10, derandomize=True, deadline=None)


@few
@given(st.integers(0, 1000), st.integers(2, 30), st.floats(0.01, 100))
def test_no_pair_lies_beyond_the_bins_which_are_equal_and_start_at_zero(seed, count, scale):
    embeddings = np.random.default_rng(seed).normal(size=(count, 3)) * scale
    edges = bin_edges(embeddings, "euclidean")
    assert edges[0] == 0
    assert edges[-1] >= pdist(embeddings).max() * (1 - 1e-12)
    np.testing.assert_allclose(np.diff(edges), edges[-1] / 120)


def test_no_distance_of_normalised_embeddings_is_above_two():
    sides = np.array([[1.0, 0], [1, 0], [1, 0], [-1, 0]])  # 1.5 from their mean
    assert bin_edges(sides, "cosine")[-1] == 2
    assert bin_edges(sides, "euclidean")[-1] == 3
    near = np.array([[1.0, 0], [0.8, 0.6]])
    assert bin_edges(near, "cosine")[-1] == pytest.approx(pdist(near).max())


def test_equal_embeddings_have_bins_too():
    assert bin_edges(np.full((4, 2), 0.7), "euclidean")[-1] == 1


@few
@given(st.integers(0, 1000), st.integers(1, 30))
def test_the_area_of_each_kind_of_pairs_is_one(seed, bins):
    random = np.random.default_rng(seed)
    edges = np.cumsum(random.uniform(0.1, 1, bins + 1))  # bins of unequal width
    same, different = random.integers(1, 50, bins), random.integers(1, 900, bins)
    (axes,) = distances_figure(same, different, edges, "a row", "euclidean").axes
    for patch, counts in zip(axes.patches, (same, different), strict=True):
        heights, drawn_edges, _ = patch.get_data()
        np.testing.assert_array_equal(drawn_edges, edges)
        areas = [value * (b - a) for value, a, b in zip(heights, edges, edges[1:], strict=False)]
        assert areas == pytest.approx([count / sum(counts.tolist()) for count in counts])


@pytest.mark.parametrize(
    ("distance", "label"),
    [("euclidean", "Euclidean distance"), ("cosine", "normalised Euclidean distance")],
)
def test_the_two_kinds_of_pairs_differ_in_colour_and_the_axis_names_the_distance(distance, label):
    counts, edges = np.array([[3, 0], [0, 0]]), np.array([0.0, 1.0, 2.0])
    (axes,) = distances_figure(*counts, edges, "A row", distance).axes
    same, different = axes.patches
    assert same.get_facecolor() != different.get_facecolor()
    assert (same.get_label(), different.get_label()) == ("same class", "two classes")
    assert different.get_data().values.tolist() == [0, 0]  # without pairs
    assert texts_of(axes.get_legend().get_texts()) == ["same class", "two classes"]
    assert axes.get_title() == "A row"
    assert axes.get_xlabel() == label
    assert axes.get_xlim() == (0, 2)


@pytest.mark.parametrize("title", TITLES)
def test_the_legend_covers_neither_the_title_nor_the_bars(title):
    counts, edges = np.ones(20, int), np.linspace(0, 2, 21)  # bars as high as they get everywhere
    figure = distances_figure(counts, counts, edges, title, "euclidean")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    legend = axes.get_legend()
    # without the frame, which is not drawn
    parts = [part.get_window_extent() for part in legend.get_texts() + legend.legend_handles]
    assert len(parts) == 4
    assert not any(part.overlaps(axes.title.get_window_extent()) for part in parts)
    for patch in axes.patches:
        heights, lower, _ = patch.get_data()
        for left, right, height in zip(lower, lower[1:], heights, strict=False):
            bar = Bbox(axes.transData.transform([(left, 0), (right, height)]))
            assert not any(part.overlaps(bar) for part in parts)
