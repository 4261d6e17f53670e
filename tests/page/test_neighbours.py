"""The neighbours of each query are the nearest others in the row's own distance."""

import numpy as np
import pytest

from discern.page.neighbours import nearest_queries

RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(size=(60, 5)).astype(np.float32) * RANDOM.uniform(
    0.1, 9, (60, 1)
).astype(np.float32)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize("scale", [1, 1e-25, 1e18])
def test_they_are_those_of_all_distances_sorted(distance, scale):
    positions, distances = nearest_queries(EMBEDDINGS * np.float32(scale), distance)
    vectors = EMBEDDINGS.astype(float)
    for query, vector in enumerate(vectors):
        if distance == "cosine":
            lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector)
            expected = 1 - vectors @ vector / lengths
        else:
            expected = np.linalg.norm(vectors - vector, axis=1) * scale
        order = [each for each in np.argsort(expected) if each != query][:10]
        assert positions[query].tolist() == order
        np.testing.assert_allclose(distances[query], expected[order], rtol=1e-4, atol=1e-12)


def test_of_few_queries_all_others_are_neighbours_and_none_is_its_own():
    positions, _ = nearest_queries(np.zeros((4, 2), np.float32), "euclidean")
    assert [sorted({*line, query}) for query, line in enumerate(positions.tolist())] == [
        [0, 1, 2, 3]
    ] * 4
