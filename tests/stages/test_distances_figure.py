"""The drawn distances are those of all pairs of one training's queries, in the row's distance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from figure_inputs import EMBEDDINGS, LABELS, draw, write_embeddings

both_distances = pytest.mark.parametrize("distance", ["euclidean", "cosine"])


@pytest.mark.usefixtures("drawable")
@both_distances
def test_the_distances_are_those_of_all_pairs_in_the_rows_distance(job, distance):
    (axes,), data = draw(job("distances_figure", distance=distance))
    assert axes.get_title() == "A row"
    assert ("normalised" in axes.get_xlabel()) == (distance == "cosine")
    values = EMBEDDINGS.astype(np.float64)
    if distance == "cosine":
        values = values / np.sqrt((values**2).sum(axis=1, keepdims=True))
    distances = pdist(values)
    alike = pdist(LABELS[:, None].astype(float)) == 0
    columns = ("pairs_of_same_class", "pairs_of_two_classes")
    for patch, pairs, column in zip(axes.patches, (alike, ~alike), columns, strict=True):
        heights, edges, _ = patch.get_data()
        assert edges[-1] >= distances.max()  # no pair lies beyond the figure
        expected, _ = np.histogram(distances[pairs], edges, density=True)
        np.testing.assert_allclose(heights, expected, rtol=1e-6)
        counts, _ = np.histogram(distances[pairs], edges)
        assert [line[column] for line in data] == counts.tolist()
        assert [line["distance_from"] for line in data] == edges[:-1].tolist()
        assert [line["distance_to"] for line in data] == edges[1:].tolist()


@both_distances
@pytest.mark.parametrize("value", [0.0, 0.7])
@pytest.mark.filterwarnings("error")
def test_the_equal_embeddings_of_a_collapsed_training_are_drawn_too(job, version, distance, value):
    write_embeddings(version, "a", 0, np.full((40, 5), value))
    (axes,), _ = draw(job("distances_figure", distance=distance))
    for patch in axes.patches:
        heights, edges, _ = patch.get_data()
        assert np.flatnonzero(heights).tolist() == [0]
        assert heights[0] * edges[1] == pytest.approx(1)
