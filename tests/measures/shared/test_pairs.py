"""Blocks hold every distance once, whatever their size and the number of threads."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist, squareform

from discern.measures.shared import pairs
from discern.measures.shared.pairs import Pairs
from measures.samples import overlapping, uneven


def collected(embeddings, labels, threads=1):
    """All distances in the order in which samples were given, and those of each kind of pair."""
    every = Pairs(embeddings, labels, threads)
    matrix, same, different = np.full((len(labels), len(labels)), np.nan), [], []

    def see(block):
        matrix[block.rows] = block.distances[:, every.columns()]
        same.append(block.same_class_pairs())
        different.append(block.different_class_pairs().ravel())

    every.walk(see)
    return matrix, np.sort(np.concatenate(same)), np.sort(np.concatenate(different))


@pytest.mark.parametrize("rows", [1, 7, 40, 1000])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_distance_is_there_and_every_pair_once(monkeypatch, rows, threads):
    monkeypatch.setattr(pairs, "_BLOCK", 1)
    monkeypatch.setattr(pairs, "_ROWS", rows)
    embeddings, labels = uneven(rows, count=120, width=5, classes=6)
    matrix, same, different = collected(embeddings, labels, threads)
    expected = cdist(embeddings.astype(float), embeddings.astype(float))
    assert np.isinf(np.diag(matrix)).all()
    np.fill_diagonal(matrix, 0)
    np.testing.assert_allclose(matrix, expected, rtol=1e-6)
    once = squareform(expected, checks=False)
    alike = squareform(labels[:, None] == labels, checks=False)
    np.testing.assert_allclose(same, np.sort(once[alike == 1]), rtol=1e-6)
    np.testing.assert_allclose(different, np.sort(once[alike == 0]), rtol=1e-6)


def test_threads_change_no_bit():
    embeddings, labels = overlapping(0, count=900, width=30)
    for one, other in zip(
        collected(embeddings, labels), collected(embeddings, labels, threads=4), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_blocks_know_the_columns_of_each_class():
    embeddings, labels = uneven(3, count=50, classes=4)
    ascending = np.sort(labels)

    def see(block):
        assert set(labels[block.rows]) == set(ascending[block.own])
        assert block.own in block.classes
        assert [len({*ascending[each]}) for each in block.classes] == [1] * len({*labels})
        infinite = np.argwhere(np.isinf(block.distances))
        expected = [(row, block.place + row) for row in range(len(block.rows))]
        assert infinite.tolist() == [list(pair) for pair in expected]

    Pairs(embeddings, labels).walk(see)


def test_neighbours_far_from_the_origin_keep_all_digits():
    # products in float32 would be wrong by more than these distances
    points = np.float32([[1000, 0], [1000.5, 0], [1000, 0.25], [0, 0]])
    matrix, _, _ = collected(points, np.zeros(4, int))
    assert matrix[0, 1:].tolist() == [0.5, 0.25, 1000]


def test_samples_in_the_same_place_are_0_apart():
    points = np.random.default_rng(0).normal(size=(20, 100)).astype(np.float32)
    twice = np.concatenate([points, points])
    matrix, same, _ = collected(twice, np.zeros(40, int))
    assert not np.diag(matrix[:20, 20:]).any()
    assert np.count_nonzero(same) == 40 * 39 / 2 - 20
    assert pdist(points).min() > 1


def test_an_error_in_a_thread_is_raised():
    def see(block):
        raise MemoryError

    with pytest.raises(MemoryError):
        Pairs(np.eye(4, dtype=np.float32), np.arange(4), 2).walk(see)
