"""Distances of all pairs are counted, in units of the mean between classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from discern.errors import Damaged, DiscernError
from discern.figures.pair_distances import (
    PAIR_COLUMNS,
    PairDistances,
    pair_distances,
    read_pair_distances,
)
from discern.figures.table import as_csv

few = settings(max_examples=10, derandomize=True, deadline=None)


@few
@given(st.integers(0, 1000), st.integers(4, 30), st.floats(0.01, 100))
def test_all_pairs_are_counted_by_their_normalised_distance_over_the_mean_between_classes(
    seed, count, scale
):
    embeddings = np.random.default_rng(seed).normal(size=(count, 3)) * scale
    labels = np.arange(count) % 2
    counted = pair_distances(embeddings, labels)
    distances = pdist(embeddings / np.sqrt((embeddings**2).sum(axis=1, keepdims=True)))
    different = pdist(labels[:, None].astype(float)) > 0
    bin_width = counted.edges[1]
    relative = distances / distances[different].mean()
    # the mean takes each pair at the middle of its bin
    for counts, pairs in ((counted.same, ~different), (counted.different, different)):
        assert counts.sum() == np.count_nonzero(pairs)
        mean = np.average(counted.edges[:-1] + bin_width / 2, weights=counts)
        assert mean == pytest.approx(relative[pairs].mean(), abs=bin_width)
    middles = (counted.edges[:-1] + counted.edges[1:]) / 2
    assert np.average(middles, weights=counted.different) == pytest.approx(1)


def test_bins_are_equal_and_reach_the_farthest_pair_but_not_beyond_the_sphere():
    opposite = np.array([[1.0, 0], [1, 0], [1, 0], [-1, 0]])  # 1.5 from their mean
    counted = pair_distances(opposite, np.array([0, 0, 0, 1]))
    assert counted.different[-1] == 3
    np.testing.assert_allclose(np.diff(counted.edges), counted.edges[1])
    near = np.array([[1.0, 0], [0.8, 0.6]])
    assert pair_distances(near, np.array([0, 1])).different[-1] == 1


@pytest.mark.filterwarnings("error")
def test_equal_embeddings_of_a_collapsed_training_are_counted_too():
    counted = pair_distances(np.full((4, 2), 0.7), np.array([0, 0, 1, 1]))
    assert (counted.same[0], counted.different[0]) == (2, 4)


def test_images_of_one_class_have_no_unit():
    with pytest.raises(DiscernError, match="of one class; give images of at least two"):
        pair_distances(np.eye(3), np.zeros(3, int))


@few
@given(st.integers(0, 1000), st.integers(1, 30))
def test_the_area_of_a_density_is_one(seed, bins):
    random = np.random.default_rng(seed)
    edges = np.cumsum(random.uniform(0.1, 1, bins + 1))  # bins of unequal width
    counts = random.integers(1, 900, bins)
    heights = PairDistances(edges, counts, counts).density(counts)
    areas = [value * (b - a) for value, a, b in zip(heights, edges, edges[1:], strict=False)]
    assert areas == pytest.approx([count / sum(counts.tolist()) for count in counts])
    assert not PairDistances(edges, counts, counts).density(0 * counts).any()


def test_the_table_of_a_file_is_read_as_it_was_written(tmp_path):
    written = PairDistances(np.array([0, 0.5, 1]), np.array([3, 4]), np.array([0, 9]))
    path = tmp_path / "distances.csv"
    path.write_text(as_csv(PAIR_COLUMNS, written.rows()))
    read = read_pair_distances(path)
    for name in ("edges", "same", "different"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",".join(PAIR_COLUMNS),
        "a,b,c,d\n1,2,3,4\n",
        f"{','.join(PAIR_COLUMNS)}\n0,1,2\n",
        f"{','.join(PAIR_COLUMNS)}\n0,1,2,many\n",
        f"{','.join(PAIR_COLUMNS)}\n0,1,2,3\n0\n",
    ],
)
def test_another_table_is_damaged(tmp_path, text):
    path = tmp_path / "distances.csv"
    path.write_text(text)
    with pytest.raises(Damaged, match=r"distances\.csv holds no distances of pairs; delete it"):
        read_pair_distances(path)
