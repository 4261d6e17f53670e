"""The drawn distances are those of all pairs of one training's queries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from figure_inputs import EMBEDDINGS, LABELS, draw, write_embeddings


@pytest.mark.usefixtures("drawable")
def test_the_distances_are_those_of_all_pairs_of_normalised_embeddings(job):
    (axes,), data = draw(job("distances_figure"))
    assert axes.get_title() == "A row"
    values = EMBEDDINGS.astype(np.float64)
    distances = pdist(values / np.sqrt((values**2).sum(axis=1, keepdims=True)))
    alike = pdist(LABELS[:, None].astype(float)) == 0
    columns = ("pairs_of_same_class", "pairs_of_different_classes")
    edges = np.array([0, *(line["distance_to"] for line in data)])
    assert [line["distance_from"] for line in data] == edges[:-1].tolist()
    # the unit, from the width of a bin of normalised embeddings
    unit = distances[~alike].mean()
    for patch, pairs, column in zip(axes.patches, (alike, ~alike), columns, strict=True):
        counts = np.array([line[column] for line in data])
        assert counts.sum() == np.count_nonzero(pairs)
        middles = (edges[:-1] + edges[1:]) / 2
        mean = np.average(middles, weights=counts)
        assert mean == pytest.approx(distances[pairs].mean() / unit, abs=edges[1])
        np.testing.assert_array_equal(patch.get_data().edges, edges)
        np.testing.assert_allclose(patch.get_data().values * edges[1], counts / counts.sum())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 0.7])
def test_the_equal_embeddings_of_a_collapsed_training_are_drawn_too(job, drawable, value):
    write_embeddings(drawable, "a", 0, np.full((40, 5), value))
    (axes,), _ = draw(job("distances_figure"))
    for patch in axes.patches:
        assert np.flatnonzero(patch.get_data().values).tolist() == [0]
