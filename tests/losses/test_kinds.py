"""What several losses have in common by their definition, each kind listed by name."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, value_and_gradients, with_random_weights
from batches import (
    CLASSES,
    HARD,
    batch,
    few_examples,
    grid_batches,
    random_batch,
    random_rotation,
    seeds,
)
from discern.losses.shared.catalogue import descriptions
from discern.randomness import Dropout
from references import BOTH, REFERENCES, example

MEANS_OVER_SAMPLES = [
    "softmax",
    "cosface",
    "arcface",
    "sphereface",
    "large_margin_softmax",
    "centre",
    "normface",
    "proxy_nca",
    "soft_triple",
    "sub_centre_arcface",
    "magface",
    "adaface",
    "sphereface2",
]
OF_DIRECTIONS = [
    "arcface",
    "cosface",
    "proxy_anchor",
    "normface",
    "proxy_nca",
    "soft_triple",
    "sub_centre_arcface",
    "sphereface2",
    "circle",
    "multi_similarity",
    "supervised_contrastive",
]
SOFTMAX_BESIDE = ["softmax", "triplet_softmax", "centre"]


@pytest.mark.parametrize("name", MEANS_OVER_SAMPLES)
@few_examples
@given(grid_batches())
def test_the_mean_of_a_batch_is_the_mean_over_its_single_samples(name, batch):
    loss = with_random_weights(make(name))
    each = [value(loss, batch.take([i])) for i in range(len(batch.labels))]
    assert value(loss, batch) == pytest.approx(np.mean(each), rel=1e-5, abs=1e-6)


def test_proxy_anchor_needs_no_groups_and_yet_is_no_mean_over_single_samples():
    loss, batch = with_random_weights(make("proxy_anchor")), random_batch(0)
    each = [value(loss, batch.take([i])) for i in range(10)]
    assert value(loss, batch) != pytest.approx(np.mean(each), rel=1e-2)


@pytest.mark.parametrize("name", OF_DIRECTIONS)
@few_examples
@given(seeds)
def test_neither_the_embeddings_nor_the_class_weights_scales_matter(name, seed):
    loss, batch = with_random_weights(make(name), seed), random_batch(seed)
    expected = pytest.approx(value(loss, batch), rel=1e-4)
    assert value(loss, batch.scaled(seed)) == expected
    scales = np.random.default_rng(seed).uniform(0.01, 100, CLASSES)
    for weight in loss.weights:
        if weight.shape[-1] == CLASSES:
            weight.assign(weight * scales)
    assert value(loss, batch) == expected


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("name", OF_DIRECTIONS)
def test_the_gradient_is_perpendicular_to_an_embedding_whose_length_does_not_matter(name, scale):
    batch = random_batch(1).times(scale)
    _, (gradient, *_) = value_and_gradients(with_random_weights(make(name)), batch)
    along = np.sum(gradient * batch.embeddings, axis=1)
    whole = np.linalg.norm(gradient, axis=1) * np.linalg.norm(batch.embeddings, axis=1)
    assert np.all(np.abs(along) < 1e-4 * whole.max())


@pytest.mark.parametrize(
    ("name", "margins"),
    [
        ("cosface", (0.0, 0.1, 0.2, 0.4)),
        ("arcface", (0.0, 0.1, 0.3, 1.0)),
        ("sphereface", (1, 2, 3, 4, 5, 6)),
        ("large_margin_softmax", (1, 2, 3, 4, 5, 6)),
        ("proxy_anchor", (0.0, 0.1, 0.2, 0.4)),
        ("soft_triple", (0.0, 0.01, 0.1, 0.4)),
        ("sub_centre_arcface", (0.0, 0.1, 0.3, 1.0)),
        ("sphereface2", (0.0, 0.1, 0.2, 0.4)),
    ],
)
@few_examples
@given(seeds)
def test_a_larger_margin_to_the_class_weights_costs_more(name, margins, seed):
    costs = [
        value(with_random_weights(make(name, margin=margin), seed), random_batch(seed))
        for margin in margins
    ]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(margins)


def cosine_scores(x, w):
    return oracle.normalised(x) @ oracle.normalised(w.T).T


# W, b and the parameter that changes the scores or does not
LOGITS = {
    "softmax": ({}, lambda x, w, b: x @ w + b),
    "triplet_softmax": ({}, lambda x, w, b: x @ w + b),
    "centre": ({}, lambda x, w, b: x @ w + b),
    "cosface": ({"scale": 7.0, "margin": 0.4}, lambda x, w: 7 * cosine_scores(x, w)),
    "arcface": ({"scale": 7.0, "margin": 0.4}, lambda x, w: 7 * cosine_scores(x, w)),
    "proxy_anchor": ({"scale": 7.0, "margin": 0.4}, lambda x, w: 7 * cosine_scores(x, w)),
    "normface": ({"scale": 7.0}, lambda x, w: 7 * cosine_scores(x, w)),
    "proxy_nca": ({"temperature": 0.5}, lambda x, w: 4 * cosine_scores(x, w)),
    "magface": ({"scale": 7.0}, lambda x, w: 7 * cosine_scores(x, w)),
    "adaface": ({"scale": 7.0}, lambda x, w: 7 * cosine_scores(x, w)),
    "sphereface2": (
        {"scale": 7.0, "margin": 0.4, "exponent": 2.0},
        lambda x, w, b: 7 * (2 * (cosine_scores(x, w) / 2 + 0.5) ** 2 - 1) + b,
    ),
    "sphereface": ({}, lambda x, w: x @ oracle.normalised(w.T).T),
    "large_margin_softmax": ({}, lambda x, w: x @ w),
}


@pytest.mark.parametrize("name", LOGITS)
def test_the_logits_are_the_scores_without_margin_or_dropout(name):
    parameters, scores = LOGITS[name]
    loss = with_random_weights(make(name, **parameters))
    x = random_batch(0).embeddings
    weights = [weight.numpy().astype(np.float64) for weight in loss.trainable_weights]
    np.testing.assert_array_equal(loss.class_weights, weights[0])
    expected = scores(x.astype(np.float64), *weights)
    np.testing.assert_allclose(loss.logits(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SOFTMAX_BESIDE)
def test_dropout_is_that_of_the_softmax_and_nothing_but_the_classifier_knows_of_it(name):
    (loss, setting), batch = example(name, dropout=0.3), random_batch(0)
    mask, of_softmax = (
        next(layer for layer in of.submodules if isinstance(layer, Dropout))(
            tf.ones(batch.embeddings.shape), step=4
        ).numpy()
        for of in (loss, make("softmax", dropout=0.3))
    )
    np.testing.assert_array_equal(mask, of_softmax)
    assert 0 < np.count_nonzero(mask) < mask.size
    reference = REFERENCES[name].at(loss, batch, **setting, mask=mask.astype(np.float64))
    assert_agrees(loss, reference, batch, step=4)


@pytest.mark.parametrize("step", [None, 3])
@pytest.mark.parametrize(
    ("name", "bare", "shared"),
    [
        ("triplet_softmax", "triplet_semihard", {"margin": 1.0}),
        ("intra_triplet", "triplet_semihard", {"margin": 1.0}),
        ("centre", "softmax", {"dropout": 0.5}),
    ],
)
def test_with_a_weight_of_0_the_first_of_two_terms_is_left_bit_by_bit(name, bare, shared, step):
    batch = random_batch(5)
    expected, gradients = value_and_gradients(
        with_random_weights(make(bare, **shared)), batch, step
    )
    loss = with_random_weights(make(name, weight=0.0, **shared))
    result, (gradient, *own) = value_and_gradients(loss, batch, step)
    assert result == expected
    np.testing.assert_equal([gradient, *own][: len(gradients)], gradients)
    assert not any(weight.any() for weight in own[len(gradients) - 1 :])


@pytest.mark.parametrize(("name", "margin"), [("triplet_semihard", 1.0), ("contrastive", 2.0)])
@few_examples
@given(seeds, st.floats(0.01, 100))
def test_between_native_embeddings_it_grows_with_the_square_of_their_scale(
    name, margin, seed, factor
):
    # the margin of the triplets is one of squared distances
    larger = margin * (factor**2 if name == "triplet_semihard" else factor)
    before = value(make(name, margin=margin), random_batch(seed))
    after = value(make(name, margin=larger), random_batch(seed).times(factor))
    assert after == pytest.approx(factor**2 * before, rel=1e-4)


# Three samples of each of three classes in one place: every d is 0, every cosine 1, and each
# anchor has 2 positives and 6 negatives. Where a collapsed training ends.
COLLAPSED = {
    "triplet_semihard": ({"margin": 0.2}, 0.2),
    "contrastive": ({"margin": 2.0}, 2.0**2 / 2),
    "triplet_batch_hard": ({}, math.log(2)),
    "lifted_structure": ({"margin": 0.5}, (0.5 + math.log(2 * 6)) ** 2 / 2),
    "multi_similarity": ({}, math.log1p(2 / math.e) / 2 + math.log1p(6 * math.exp(25)) / 50),
    "circle": ({}, math.log(2 * 6) + 80 * (1.4 * 0.6 - 0.4 * 0.4)),
    "supervised_contrastive": ({}, math.log(2 + 6)),
}


@pytest.mark.parametrize("name", COLLAPSED)
def test_equal_embeddings_cost_the_same_whatever_their_norm(name):
    parameters, expected = COLLAPSED[name]
    choices = (
        [{"distance": d} for d in BOTH] if "distance" in descriptions()[name].parameters else [{}]
    )
    # the root makes 3e-4 of the rounding of squared distances
    rooted = name in ("contrastive", "triplet_batch_hard", "lifted_structure")
    for choice, norm in itertools.product(choices, (1e-4, 1.0, 30.0, 1e4)):
        loss = make(name, **parameters, **choice)
        for direction in random_rotation(3, dim=128)[:3]:  # embeddings of the experiment's width
            equal = batch(np.tile(norm * direction, (9, 1)), [0, 0, 0, 1, 1, 1, 2, 2, 2])
            result, (gradient,) = value_and_gradients(loss, equal)
            assert result == pytest.approx(expected, rel=1e-3 if rooted else 1e-5)
            assert np.all(np.isfinite(gradient))
            assert name not in OF_DIRECTIONS or np.max(np.abs(gradient)) < 1e-4 / norm


NOTHING_TO_COMPARE = ("one class", "every class once", "one sample")


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("triplet_semihard", NOTHING_TO_COMPARE),
        ("triplet_batch_hard", NOTHING_TO_COMPARE),
        ("lifted_structure", NOTHING_TO_COMPARE),
        ("multi_similarity", NOTHING_TO_COMPARE),
        ("circle", NOTHING_TO_COMPARE),
        ("supervised_contrastive", NOTHING_TO_COMPARE[1:]),
    ],
)
def test_without_a_pair_that_counts_value_and_gradient_are_exactly_0(name, nothing):
    for case in nothing:
        result, (gradient,) = value_and_gradients(make(name), HARD[case])
        assert result == 0
        assert not gradient.any()


@pytest.mark.parametrize("distance", BOTH)
@pytest.mark.parametrize(
    ("name", "margin", "resting"),
    [
        ("triplet_semihard", 0.2, HARD["no active triplet"]),
        # Euclidean: J = 1 + log(e^{½ − 2} + e^{½ − 3}) = −0.2; cosine: J = 0 + log(2 e^{½ − 2})
        ("lifted_structure", 0.5, batch([[1, 0], [2, 0], [-1, 0]], [0, 0, 1])),
    ],
)
def test_where_every_hinge_rests_value_and_gradient_are_exactly_0(name, margin, resting, distance):
    result, (gradient,) = value_and_gradients(make(name, margin=margin, distance=distance), resting)
    assert result == 0
    assert not gradient.any()
