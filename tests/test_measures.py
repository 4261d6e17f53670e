"""Measures are what a plain count over samples and pairs says, and what scikit-learn says."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.distance import pdist
from scipy.special import log_softmax, softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import KNeighborsClassifier

from discern import distances, measures

few = settings(max_examples=20, derandomize=True, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def overlapping(seed, count=60, width=3, classes=3):
    """Embeddings of classes that overlap, so that no measure of them is 0 or 1."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % classes).astype(np.uint8)
    centres = random.normal(size=(classes, width))
    embeddings = centres[labels] + random.normal(size=(count, width))
    return embeddings.astype(np.float32), labels


def majority(votes):
    """The label with the most votes, the lowest of several."""
    counts = Counter(int(vote) for vote in votes)
    return min(label for label in counts if counts[label] == max(counts.values()))


def nearest_labels(query, others, labels, neighbours):
    """The labels of the ``neighbours`` points nearest to ``query``."""
    order = sorted(range(len(others)), key=lambda i: math.dist(query, others[i]))
    return [labels[i] for i in order[:neighbours]]


def share(outcomes):
    return sum(outcomes) / len(outcomes)


def knn_accuracy(gallery, gallery_labels, queries, labels, neighbours):
    found = measures.nearest_neighbour_classes(gallery, gallery_labels, queries, neighbours)
    return np.mean(found == labels)


def nearest_mean_accuracy(gallery, gallery_labels, queries, labels):
    return np.mean(measures.nearest_mean_classes(gallery, gallery_labels, queries) == labels)


# in_distance


def test_euclidean_embeddings_stay_as_they_are():
    embeddings, _ = overlapping(0)
    before = embeddings.copy()
    np.testing.assert_array_equal(
        measures.in_distance(embeddings, "euclidean"), before, strict=True
    )


@few
@given(seeds)
def test_cosine_embeddings_have_the_direction_they_had_and_length_one(seed):
    random = np.random.default_rng(seed)
    embeddings, _ = overlapping(seed)
    embeddings *= 10 ** random.uniform(-6, 6, (len(embeddings), 1)).astype(np.float32)
    before = embeddings.copy()
    found = measures.in_distance(embeddings, "cosine")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(embeddings, before)
    for vector, unit in zip(embeddings, found, strict=True):
        length = math.sqrt(sum(float(value) ** 2 for value in vector))
        np.testing.assert_allclose(unit, vector / length, rtol=1e-5, atol=1e-7)


@few
@given(seeds)
def test_normalised_euclidean_distances_order_pairs_as_cosine_distances_do(seed):
    embeddings, _ = overlapping(seed, count=25)
    embeddings = embeddings.astype(np.float64)
    euclidean = pdist(measures.in_distance(embeddings, "cosine"))
    cosine = cosine_distances(embeddings)[np.triu_indices(25, k=1)]
    np.testing.assert_array_equal(np.argsort(euclidean), np.argsort(cosine))
    np.testing.assert_allclose(euclidean**2, 2 * cosine, atol=1e-12)


def test_a_zero_vector_stays_zero():
    embeddings = np.float32([[0, 0], [3, 4], [0, 0]])
    found = measures.in_distance(embeddings, "cosine")
    np.testing.assert_array_equal(found, np.float32([[0, 0], [0.6, 0.8], [0, 0]]), strict=True)


@pytest.mark.parametrize("length", [1e-30, 1e-22, 1e-18, 1e18, 1e25])
def test_very_short_and_very_long_vectors_are_normalised_too(length):
    embeddings = np.float32([[3, 4], [-1, 0]]) * np.float32(length)
    found = measures.in_distance(embeddings, "cosine")
    np.testing.assert_allclose(found, [[0.6, 0.8], [-1, 0]], rtol=1e-5)


# accuracies


@few
@given(seeds, st.integers(1, 8))
def test_nearest_neighbours_vote_as_counted_by_hand(seed, neighbours):
    gallery, gallery_labels = overlapping(seed)
    queries, labels = overlapping(seed, count=75)
    queries, labels = queries[60:], labels[60:]
    right = [
        majority(nearest_labels(query, gallery, gallery_labels, neighbours)) == label
        for query, label in zip(queries, labels, strict=True)
    ]
    arguments = (gallery, gallery_labels, queries, labels)
    found = knn_accuracy(*arguments, neighbours)
    assert found == pytest.approx(share(right))
    tree = KNeighborsClassifier(neighbours, algorithm="ball_tree").fit(gallery, gallery_labels)
    assert found == pytest.approx(tree.score(queries, labels))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_among_classes_with_as_many_votes_the_lowest_label_wins(order):
    # the query at 0 has 7 twice nearer than 4 twice
    gallery = np.float32([[0.1], [-0.2], [0.3], [-0.4]])[order]
    labels = np.uint8([7, 7, 4, 4])[order]
    queries = np.zeros((1, 1), np.float32)

    def accuracy(label, neighbours):
        answer = np.uint8([label])
        return knn_accuracy(gallery, labels, queries, answer, neighbours)

    assert accuracy(7, 3) == 1.0
    assert accuracy(4, 4) == 1.0
    assert accuracy(7, 4) == 0.0


def test_a_label_the_gallery_lacks_is_never_right():
    gallery, gallery_labels = overlapping(1)
    arguments = (gallery, gallery_labels, gallery, np.full(60, 9, np.uint8))
    assert knn_accuracy(*arguments, 1) == 0.0
    assert nearest_mean_accuracy(*arguments) == 0.0


@few
@given(seeds, st.sampled_from([(1, 0), (7, 100)]))
def test_the_nearest_mean_is_that_of_the_gallery(seed, numbering):
    gallery, gallery_labels = overlapping(seed)
    queries, labels = overlapping(seed + 1, count=30)
    step, first = numbering  # labels need not count from zero
    gallery_labels, labels = gallery_labels * step + first, labels * step + first
    kinds = sorted(set(gallery_labels.tolist()))
    means = []
    for kind in kinds:
        members = [v.tolist() for v, k in zip(gallery, gallery_labels, strict=True) if k == kind]
        means.append([math.fsum(axis) / len(members) for axis in zip(*members, strict=True)])
    right = [
        nearest_labels(query, means, kinds, 1)[0] == label
        for query, label in zip(queries, labels, strict=True)
    ]
    found = nearest_mean_accuracy(gallery, gallery_labels, queries, labels)
    assert found == pytest.approx(share(right))


def test_a_class_with_more_images_has_no_more_weight_than_its_mean():
    gallery = np.float32([[0]] * 50 + [[1], [3]])
    labels = np.uint8([0] * 50 + [1, 1])
    queries = np.float32([[0.9], [1.1]])  # the means are 0 and 2
    assert nearest_mean_accuracy(gallery, labels, queries, np.uint8([0, 1])) == 1.0


@pytest.mark.parametrize(
    "accuracy",
    [
        nearest_mean_accuracy,
        lambda *arrays: knn_accuracy(*arrays, 5),
    ],
    ids=["nearest mean", "nearest neighbours"],
)
def test_equal_embeddings_of_a_collapsed_training_have_accuracies_too(accuracy):
    # all distances are ties: whatever class is named, it is the same for each query
    equal, labels = np.ones((30, 4), np.float32), np.arange(30).astype(np.uint8) % 3
    assert accuracy(equal, labels, equal, labels) == pytest.approx(1 / 3)


@pytest.mark.filterwarnings("error")
def test_pixels_that_are_black_in_every_image_are_nothing_to_warn_of():
    embeddings, labels = overlapping(6)
    embeddings[:, 1] = 0
    arguments = (embeddings, labels, embeddings, labels)
    assert knn_accuracy(*arguments, 1) == 1.0
    assert 0.4 < nearest_mean_accuracy(*arguments) < 1.0


# variances


def variances_by_hand(embeddings, labels):
    """Intra-class, inter-class and total variance, number by number."""
    rows = [[float(value) for value in row] for row in embeddings]

    def mean(of):
        return [math.fsum(column) / len(of) for column in zip(*of, strict=True)]

    centre = mean(rows)
    means = {
        kind: mean([row for row, label in zip(rows, labels, strict=True) if label == kind])
        for kind in set(labels.tolist())
    }
    own = [means[label] for label in labels.tolist()]
    within = math.fsum(math.dist(row, m) ** 2 for row, m in zip(rows, own, strict=True))
    between = math.fsum(math.dist(m, centre) ** 2 for m in own)
    total = math.fsum(math.dist(row, centre) ** 2 for row in rows)
    return within / len(rows), between / len(rows), total / len(rows)


@few
@given(seeds, st.integers(2, 40), st.sampled_from([1.0, 1e-3, 1e3]))
def test_intra_and_inter_class_variance_are_those_counted_by_hand_and_sum_to_the_total(
    seed, count, size
):
    embeddings, labels = overlapping(seed, count, classes=4)
    embeddings *= np.float32(size)
    within, between = measures.class_variances(embeddings, labels)
    expected_within, expected_between, total = variances_by_hand(embeddings, labels)
    assert within == pytest.approx(expected_within, rel=1e-9, abs=1e-12 * total)
    assert between == pytest.approx(expected_between, rel=1e-9, abs=1e-12 * total)
    assert within + between == pytest.approx(total, rel=1e-9)
    assert min(within, between) >= 0


def test_variances_are_those_of_scikit_learns_discriminant_analysis():
    embeddings, labels = overlapping(3, count=58)  # classes of unequal size
    values = embeddings.astype(np.float64)
    within, between = measures.class_variances(embeddings, labels)
    analysis = LinearDiscriminantAnalysis(solver="eigen", store_covariance=True)
    scatter = analysis.fit(values, labels).covariance_
    assert within == pytest.approx(np.trace(scatter))
    assert between == pytest.approx(values.var(axis=0).sum() - np.trace(scatter))


def test_variances_are_exact_far_from_the_origin():
    # in float32 the squares of these would hold no digit of the differences
    embeddings = np.float32([[10000, 0], [10001, 0], [10004, 0], [10005, 0]])
    within, between = measures.class_variances(embeddings, np.uint8([0, 0, 1, 1]))
    assert (within, between) == (0.25, 4.0)


# silhouette


def silhouettes_by_hand(embeddings, labels):
    """Rousseeuw's, of each sample; one that is alone in its class counts 0."""
    widths = []
    for i, (point, label) in enumerate(zip(embeddings, labels, strict=True)):
        others = {kind: [] for kind in set(labels.tolist())}
        for j, (other, kind) in enumerate(zip(embeddings, labels, strict=True)):
            if i != j:
                others[int(kind)].append(math.dist(point, other))
        own = others.pop(int(label))
        if not own:
            widths.append(0.0)
            continue
        a = math.fsum(own) / len(own)
        b = min(math.fsum(far) / len(far) for far in others.values())
        widths.append((b - a) / max(a, b))
    return widths


@few
@given(seeds, st.integers(5, 30))
def test_silhouettes_are_those_counted_by_hand(seed, count):
    embeddings, labels = overlapping(seed, count, classes=4)
    found = measures.silhouettes(embeddings, labels)
    np.testing.assert_allclose(found, silhouettes_by_hand(embeddings, labels), atol=1e-5)


def test_silhouettes_tell_classes_apart_from_classes_mixed_up():
    points = np.float32([[0], [0.001], [1000], [1000.001]])
    for labels, expected in (([0, 0, 1, 1], 1), ([0, 1, 0, 1], -0.5)):
        found = measures.silhouettes(points, np.uint8(labels))
        np.testing.assert_allclose(found, np.full(4, expected), atol=1e-4)


def test_silhouettes_of_samples_in_one_place_are_0():
    found = measures.silhouettes(np.ones((6, 3), np.float32), np.uint8([0, 0, 0, 1, 1, 1]))
    assert found.tolist() == [0] * 6


def test_silhouettes_do_not_depend_on_how_much_of_the_distances_is_held_at_once(monkeypatch):
    embeddings, labels = overlapping(0, count=700)
    expected = measures.silhouettes(embeddings, labels)
    monkeypatch.setattr(measures, "_WORKING_MEMORY", 1)  # holds 187 of the 700 rows
    np.testing.assert_allclose(measures.silhouettes(embeddings, labels), expected, rtol=1e-4)


# distances of pairs


def histograms_by_hand(embeddings, labels, edges):
    """Each pair once, in the last bin whose lower edge it reaches, else in the first."""
    counts = np.zeros((2, len(edges) - 1), np.int64)
    for i, j in combinations(range(len(embeddings)), 2):
        distance = math.dist(embeddings[i].tolist(), embeddings[j].tolist())
        bin_ = max((b for b, lower in enumerate(edges[:-1]) if lower <= distance), default=0)
        counts[0 if labels[i] == labels[j] else 1, bin_] += 1
    return counts


@pytest.mark.parametrize("block", [1, 2, 7, 16, 25, 26, 27, 500])
def test_every_pair_is_counted_once_whatever_the_size_of_a_block(monkeypatch, block):
    monkeypatch.setattr(distances, "_BLOCK", block)
    embeddings, labels = overlapping(block, count=26)
    edges = np.linspace(0, 4, 12)  # some pairs lie beyond the last edge
    assert pdist(embeddings).max() > 4
    found = measures.distance_histograms(embeddings, labels, edges)
    np.testing.assert_array_equal(found, histograms_by_hand(embeddings, labels, edges))
    assert np.sum(found) == 26 * 25 // 2
    assert [counts.dtype for counts in found] == [np.int64, np.int64]
    assert [counts.shape for counts in found] == [(11,), (11,)]


@few
@given(seeds, st.integers(2, 60), st.integers(1, 20))
def test_the_histograms_are_those_of_numpy_over_all_pairs(seed, count, bins):
    embeddings, labels = overlapping(seed, count)
    distances = pdist(embeddings)
    edges = np.linspace(0, distances.max() * 1.01, bins + 1)
    alike = np.array([labels[i] == labels[j] for i, j in combinations(range(count), 2)])
    same, different = measures.distance_histograms(embeddings, labels, edges)
    np.testing.assert_array_equal(same, np.histogram(distances[alike], edges)[0])
    np.testing.assert_array_equal(different, np.histogram(distances[~alike], edges)[0])


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([0, 3, 6, 9], [0, 2, 1]),  # an edge belongs to the bin it opens
        ([0, 3, 7], [0, 3]),  # the last edge to the bin it closes
        ([0, 2, 4, 6], [0, 1, 2]),  # beyond the last edge: the last bin
        ([0, 1, 2], [0, 3]),
        ([5, 6, 9], [2, 1]),  # before the first edge: the first bin
        ([8, 9, 10], [3, 0]),
        ([4, 5], [3]),
    ],
)
def test_distances_at_and_beyond_the_edges_are_counted(edges, expected):
    points = np.float32([[0, 0], [3, 0], [7, 0]])  # distances 3, 4 and 7
    empty = [0] * len(expected)
    edges = np.float64(edges)
    same, different = measures.distance_histograms(points, np.uint8([1, 1, 1]), edges)
    assert (same.tolist(), different.tolist()) == (expected, empty)
    same, different = measures.distance_histograms(points, np.uint8([1, 2, 3]), edges)
    assert (same.tolist(), different.tolist()) == (empty, expected)


def test_equal_embeddings_have_all_pairs_in_the_first_bin():
    equal, labels = np.full((11, 4), 3, np.float32), np.arange(11).astype(np.uint8) % 2
    same, different = measures.distance_histograms(equal, labels, np.linspace(0, 1, 5))
    assert same.tolist() == [6 * 5 // 2 + 5 * 4 // 2, 0, 0, 0]
    assert different.tolist() == [6 * 5, 0, 0, 0]


# a linear probe


def probed(gallery, gallery_labels, queries, classes):
    """Logistic regression by another method: Newton's, on the cost written out."""
    mean, deviation = gallery.mean(axis=0), gallery.std(axis=0)
    x = np.column_stack([(gallery - mean) / deviation, np.ones(len(gallery))])
    targets = np.eye(classes)[gallery_labels]
    free = np.append(np.ones(gallery.shape[1]), 0.0)  # no penalty for the intercept

    def cost(weights):
        weights = weights.reshape(x.shape[1], classes)
        log_p = log_softmax(x @ weights, axis=1)
        value = -np.sum(targets * log_p) / len(x) + 1e-3 / 2 * np.sum(free[:, None] * weights**2)
        slope = x.T @ (np.exp(log_p) - targets) / len(x) + 1e-3 * free[:, None] * weights
        return value, slope.ravel()

    start = np.zeros(x.shape[1] * classes)
    best = minimize(cost, start, jac=True, method="Newton-CG", options={"xtol": 1e-10})
    y = np.column_stack([(queries - mean) / deviation, np.ones(len(queries))])
    return softmax(y @ best.x.reshape(x.shape[1], classes), axis=1)


@few
@given(seeds)
def test_the_linear_probe_is_the_logistic_regression_that_costs_least(seed):
    gallery, gallery_labels = overlapping(seed, count=90)
    queries, _ = overlapping(seed + 1, count=30)
    chances = probed(gallery.astype(np.float64), gallery_labels, queries, classes=3)
    found = measures.linear_probe_classes(gallery, gallery_labels, queries)
    best, second = np.sort(chances, axis=1)[:, :-3:-1].T
    clear = best - second > 1e-2  # the minimum is found to some digits only
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(found[clear], chances.argmax(axis=1)[clear])


def test_the_linear_probe_needs_no_scale_and_no_origin():
    gallery, labels = overlapping(4, count=200)
    expected = measures.linear_probe_classes(gallery, labels, gallery)
    for factor, shift in ((1e-3, 0.0), (1e3, 0.0), (1.0, 100.0)):
        moved = gallery * np.float32(factor) + np.float32(shift)
        found = measures.linear_probe_classes(moved, labels, moved)
        assert np.mean(found == expected) >= 0.99


@pytest.mark.filterwarnings("error")
def test_the_linear_probe_finds_classes_that_lie_apart_however_far():
    random = np.random.default_rng(0)
    labels = np.repeat(np.uint8([3, 5, 9]), 30)
    for distance in (10, 1e6):
        apart = np.repeat(np.eye(3), 30, axis=0) * distance + random.normal(size=(90, 3))
        found = measures.linear_probe_classes(apart, labels, apart)
        np.testing.assert_array_equal(found, labels)


def test_classes_that_no_plane_parts_are_not_told_apart_by_the_linear_probe():
    # one class on either side of the other: nearest neighbours know, a linear classifier can not
    random = np.random.default_rng(0)
    places = np.float32([-10, 0, 10]).repeat(40)[:, None] + random.normal(size=(120, 1))
    labels = np.uint8([0, 1, 0]).repeat(40)
    assert np.mean(measures.linear_probe_classes(places, labels, places) == labels) < 0.7
    assert knn_accuracy(places, labels, places, labels, 5) == 1.0


@pytest.mark.filterwarnings("error")
def test_equal_embeddings_are_all_probed_as_the_commonest_class():
    equal = np.ones((6, 3), np.float32)
    found = measures.linear_probe_classes(equal, np.uint8([0, 1, 1, 1, 2, 2]), equal)
    assert found.tolist() == [1] * 6


# confusions, separation, clusters


def test_confusions_are_counted_pair_by_pair():
    labels, predictions = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2]
    expected = np.zeros((4, 4), int)
    for label, prediction in zip(labels, predictions, strict=True):
        expected[label, prediction] += 1
    found = measures.confusions(np.uint8(labels), np.uint8(predictions), classes=4)
    np.testing.assert_array_equal(found, expected)


def test_separation_by_hand():
    # means at 0, 5 and 9, farthest samples 1, 2 and 0.5 away: 4 / 2
    points = np.float32([[1], [-1], [3], [7], [8.5], [9.5]])
    labels = np.uint8([0, 0, 1, 1, 2, 2])
    assert measures.separation(points, labels) == pytest.approx(2.0)
    assert measures.separation(points * 7 - 3, labels) == pytest.approx(2.0, rel=1e-6)


def test_classes_that_are_points_have_no_radius_to_compare_with():
    assert measures.separation(np.float32([[0], [0], [1]]), np.uint8([0, 0, 1])) is None


def test_classes_far_apart_are_found_again_by_k_means_and_chance_is_not_counted():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 40)
    apart = 100 * np.eye(5)[labels] + random.normal(size=(200, 5))
    assert measures.clustering(apart, labels) == {
        "adjusted_mutual_information": pytest.approx(1),
        "normalised_mutual_information": pytest.approx(1),
        "adjusted_rand_index": pytest.approx(1),
    }
    nothing = measures.clustering(random.normal(size=(200, 5)), labels)
    assert abs(nothing["adjusted_mutual_information"]) < 0.05
    assert abs(nothing["adjusted_rand_index"]) < 0.05
    assert nothing["normalised_mutual_information"] > nothing["adjusted_mutual_information"]


def test_a_class_split_in_two_is_seen_by_all_that_ask_for_one_place_per_class():
    # class 0 at both ends, class 1 between: neighbours are right, both means are in one place
    random = np.random.default_rng(0)
    places = np.float32([-10, 0, 10]).repeat(30)[:, None] * np.float32([1, 0])
    points = (places + random.normal(size=(90, 2)) / 10).astype(np.float32)
    labels = np.uint8([0, 1, 0]).repeat(30)
    assert knn_accuracy(points, labels, points, labels, 5) == 1.0
    assert nearest_mean_accuracy(points, labels, points, labels) < 0.9
    silhouettes = measures.silhouettes(points, labels)
    assert silhouettes[labels == 0].max() < 0.1
    assert silhouettes[labels == 1].min() > 0.9
    within, between = measures.class_variances(points, labels)
    assert between < 0.01 * within
    assert measures.separation(points, labels) < 0.1
    assert measures.clustering(points, labels)["adjusted_mutual_information"] < 0.5
