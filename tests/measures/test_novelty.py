"""Unseen classes are told from trained ones as counted pair by pair, and as geometry demands."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.measures.novelty import auroc, compute, novelty_scores
from discern.measures.shared.interface import Novelty
from measures.samples import few, overlapping, seeds


def at(*degrees):
    """Points on the unit circle, float32 (N, 2)."""
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def area(gallery, seen, unseen, neighbours=1):
    return compute(Novelty(gallery, seen, unseen, neighbours))["novelty_auroc"]


def score_by_hand(image, gallery, neighbours):
    """The distance to the k-th nearest by angle, of unit vectors in double precision."""
    unit = [np.float64(point) / math.hypot(*point) for point in (image, *gallery)]
    return sorted(math.dist(unit[0], point) for point in unit[1:])[neighbours - 1]


@few
@given(seeds, st.integers(1, 6))
def test_the_area_is_the_fraction_of_pairs_in_which_the_unseen_image_is_farther(seed, neighbours):
    embeddings, labels = overlapping(seed, count=70)
    gallery, others = embeddings[:40][labels[:40] < 2], embeddings[40:]
    seen, unseen = others[labels[40:] < 2], others[labels[40:] == 2]
    scores = [[score_by_hand(x, gallery, neighbours) for x in part] for part in (seen, unseen)]
    right = sum(u > s for s in scores[0] for u in scores[1])
    expected = right / (len(seen) * len(unseen))
    assert area(gallery, seen, unseen, neighbours) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("unseen", "expected"),
    [
        (at(180, 270), 1.0),  # far from all training images
        (at(0, 10), 0.0),  # at training images
        (at(15, 180), 0.625),  # one as far as one of the two, the other farther than both
        (at(15, 15), 0.25),  # as far as one of the two, and nearer than the other
        (8 * at(15, 180), 0.625),  # the length does not matter
    ],
)
def test_equally_far_images_count_half(unseen, expected):
    assert area(at(0, 10), at(15, 20), unseen) == expected


def test_images_of_one_distribution_are_not_told_apart():
    drawn = np.random.default_rng(0).normal(size=(3, 600, 8)).astype(np.float32)
    # the standard error of the area is 0.017
    assert area(*drawn, neighbours=5) == pytest.approx(0.5, abs=0.05)


def test_collapsed_classes_are_told_apart_by_nothing():
    same = np.ones((9, 4), np.float32)
    assert area(same, same[:5], same[:3], neighbours=9) == 0.5
    assert area(0 * same, 0 * same, 0 * same) == 0.5


def test_one_training_image_that_strays_does_not_make_unseen_images_known():
    gallery, seen, unseen = at(0, 2, 4, 180), at(10, 12), at(178, 182)
    assert area(gallery, seen, unseen, neighbours=1) == 0.0
    assert area(gallery, seen, unseen, neighbours=2) == 1.0


def test_a_score_is_twice_one_minus_the_cosine_to_the_kth_nearest():
    scores = [novelty_scores(at(0, 60, 90), 3 * at(0, 180), k).tolist() for k in (1, 2, 3)]
    assert np.ravel(scores) == pytest.approx([0, 2, 1, 3, 2, 4], abs=1e-6)


@few
@given(seeds)
def test_exchanging_seen_and_unseen_turns_the_area_round(seed):
    seen, unseen = np.split(np.random.default_rng(seed).integers(0, 5, 30).astype(float), [12])
    assert auroc(seen, unseen) == pytest.approx(1 - auroc(unseen, seen), abs=1e-12)
