"""Verification is what counting accepted pairs at every bound says, and scikit-learn's curve."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from discern.measures.shared.pairs import Pairs
from discern.measures.verification import Verifier
from measures.samples import few, seeds, seen, uneven


def verification(embeddings, labels, rates):
    verifier = Verifier(Pairs(embeddings, labels))
    return seen(verifier, embeddings, labels).verification(rates)


RATES = (0.3, 0.1, 0.01)


def pairs_of(embeddings, labels):
    """The float32 distances of the pairs of one class and of two."""
    found = {True: [], False: []}
    for i, j in combinations(range(len(labels)), 2):
        distance = np.float32(math.dist(embeddings[i], embeddings[j]))
        found[bool(labels[i] == labels[j])].append(distance)
    return found[True], found[False]


def errors_at_every_bound(genuine, impostor):
    """FAR and 1 − TAR at each distance there is, and below all."""
    for bound in sorted({-1.0, *genuine, *impostor}):
        accepted = sum(distance <= bound for distance in impostor) / len(impostor)
        missed = sum(distance > bound for distance in genuine) / len(genuine)
        yield accepted, missed


@few
@given(seeds, st.integers(8, 30))
def test_rates_are_what_counting_pairs_at_every_bound_says(seed, count):
    embeddings, labels = uneven(seed, count)
    found = verification(embeddings, labels, RATES)
    errors = list(errors_at_every_bound(*pairs_of(embeddings, labels)))
    for rate, true_acceptance in zip(RATES, found.true_acceptance, strict=True):
        expected = max(1 - missed for accepted, missed in errors if accepted <= rate + 1e-12)
        assert true_acceptance == pytest.approx(expected)
    gap = min(abs(accepted - missed) for accepted, missed in errors)
    nearest = [sum(pair) / 2 for pair in errors if abs(pair[0] - pair[1]) <= gap + 1e-12]
    assert any(found.equal_error_rate == pytest.approx(value) for value in nearest)


def test_the_curve_lies_on_scikit_learns():
    embeddings, labels = uneven(3, 620)  # more samples than are held at once
    genuine, impostor = pairs_of(embeddings, labels)
    scores = -np.array([*genuine, *impostor])
    alike = np.repeat([1, 0], [len(genuine), len(impostor)])
    accepted, true_acceptance, _ = roc_curve(alike, scores, drop_intermediate=False)
    curve = verification(embeddings, labels, RATES).curve
    assert curve[0, 0] == 0
    assert tuple(curve[-1]) == (1, 1)
    assert np.all(np.diff(curve, axis=0) >= 0)
    for rate, found in curve:
        assert found == pytest.approx(true_acceptance[accepted <= rate + 1e-12].max())


def test_equal_embeddings_can_not_be_verified():
    # every bound accepts all pairs or none
    found = verification(np.ones((4, 2), np.float32), np.uint8([0, 0, 1, 1]), (0.5, 1.0))
    assert found.equal_error_rate == 0.5
    assert found.true_acceptance == (0, 1)


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [1, 1, 1, 1]])
def test_without_pairs_of_both_kinds_there_is_nothing_to_verify(labels):
    points = np.float32([[0], [1], [2], [3]])
    with pytest.raises(ValueError, match="no pairs of the same class, or none of different"):
        verification(points, np.uint8(labels), RATES)


def test_a_class_split_in_two_has_pairs_that_no_bound_accepts_without_others():
    # halves of class 0 are 20 apart, each 10 from class 1
    points = np.float32([-10, 0, 10]).repeat(20)[:, None]
    found = verification(points, np.uint8([0, 1, 0]).repeat(20), (0.0, 1.0))
    near = 3 * 20 * 19 / 2
    assert found.true_acceptance == pytest.approx((near / (near + 20 * 20), 1.0))
    assert found.equal_error_rate > 0.2
