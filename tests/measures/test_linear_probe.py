"""The linear probe is the logistic regression that costs least."""

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from discern.measures.linear_probe import linear_probe_classes
from measures.samples import few, overlapping, seeds


def probabilities(gallery, gallery_labels, queries, classes):
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
    gallery, labels = overlapping(seed, count=90)
    queries, _ = overlapping(seed + 1, count=30)
    expected = probabilities(gallery.astype(np.float64), labels, queries, classes=3)
    probed = linear_probe_classes(gallery, labels, queries)
    best, second = np.sort(expected, axis=1)[:, :-3:-1].T
    clear = best - second > 1e-4  # the minimum is found to some digits only
    assert clear.mean() > 0.95
    np.testing.assert_array_equal(probed[clear], expected.argmax(axis=1)[clear])


def test_the_linear_probe_needs_no_scale_and_no_origin():
    gallery, labels = overlapping(4, count=200)
    expected = linear_probe_classes(gallery, labels, gallery)
    for factor, shift in ((1e-3, 0.0), (1e3, 0.0), (1.0, 100.0)):
        moved = gallery * np.float32(factor) + np.float32(shift)
        assert np.mean(linear_probe_classes(moved, labels, moved) == expected) >= 0.99


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("distance", [10, 1e6])
def test_the_linear_probe_finds_classes_that_lie_apart_however_far(distance):
    random = np.random.default_rng(0)
    labels = np.repeat(np.int16([3, 5, 9]), 30)
    apart = np.repeat(np.eye(3), 30, axis=0) * distance + random.normal(size=(90, 3))
    np.testing.assert_array_equal(linear_probe_classes(apart, labels, apart), labels)


@pytest.mark.filterwarnings("error")
def test_equal_embeddings_are_all_probed_as_the_commonest_class():
    equal = np.ones((6, 3), np.float32)
    probed = linear_probe_classes(equal, np.uint8([0, 1, 1, 1, 2, 2]), equal)
    assert probed.tolist() == [1] * 6
