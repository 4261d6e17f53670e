"""SoftTriple; its centres: shared/test_centres.py."""

import math

import numpy as np
import pytest
import tensorflow as tf

import oracle
import oracle_cosines
from agreement import cost, make, value, value_and_gradients, with_random_weights
from batches import CLASSES, DIM, random_batch
from discern import losses

NAME = "soft_triple"


def two_classes(first, second, **parameters):
    """The loss of two classes whose first and second centres are the columns of these."""
    loss = losses.create(NAME, classes=2, embedding_dim=2, centres=2, **parameters)
    for weight, values in zip(loss.trainable_weights, (first, second), strict=True):
        weight.assign(values)
    return loss


def test_the_value_of_a_tiny_batch_is_the_one_computed_by_hand():
    # Centres of class 0 along (1, 0) and (0, 1), of class 1 along (−1, 0) and (0, −1), γ = 1/ln 3.
    # x along (1, 0): cosines (1, 0) weigh 3 : 1, S₀ = ¾; cosines (−1, 0) weigh ⅓ : 1, S₁ = −¼.
    # λ = ln 3, δ = ½: scores λ(¾ − ½) and −λ/4, a difference of λ/2: probability √3 / (√3 + 1).
    # Each class's two centres are √2 apart, τ = 4: 4 · 2 √2 / (2 · 2 · 1) = 2 √2.
    loss = two_classes(
        [[2, -5], [0, 0]],
        [[0, 0], [3, -1]],
        scale=math.log(3),
        margin=0.5,
        temperature=1 / math.log(3),
        weight=4.0,
    )
    expected = math.log(1 + 1 / math.sqrt(3)) + 2 * math.sqrt(2)
    assert cost(loss, [[7, 0]], [0]) == pytest.approx(expected, rel=1e-6)


def test_with_one_centre_it_is_the_large_margin_cosine_loss_whatever_the_weight():
    loss = with_random_weights(make(NAME, scale=7.0, margin=0.3, centres=1, weight=5.0))
    expected = with_random_weights(make("cosface", scale=7.0, margin=0.3))
    assert value(loss, random_batch(0)) == pytest.approx(value(expected, random_batch(0)), rel=1e-5)


def test_the_logits_are_the_scaled_similarities_without_the_margin():
    parameters = {"scale": 7.0, "margin": 0.4, "centres": 3, "temperature": 0.3}
    loss, x = with_random_weights(make(NAME, **parameters)), random_batch(0).embeddings
    expected = [
        [
            7.0
            * oracle_cosines.soft_similarity(
                [oracle.cosine(row, centre.numpy()[:, j]) for centre in loss.centres], 0.3
            )
            for j in range(CLASSES)
        ]
        for row in x.astype(np.float64)
    ]
    np.testing.assert_allclose(loss.logits(tf.constant(x)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("temperature", "choice"), [(0.01, np.max), (1e4, np.mean)])
def test_a_sample_chooses_the_nearest_centre_when_it_is_cold_and_all_alike_when_hot(
    temperature, choice
):
    loss = with_random_weights(make(NAME, scale=1.0, centres=3, temperature=temperature))
    x = random_batch(0).embeddings.astype(np.float64)
    units = [oracle.normalised(centre.numpy().T) for centre in loss.centres]
    cosines = np.stack([oracle.normalised(x) @ unit.T for unit in units])
    # cosines of one class that differ by 0.01 still weigh e : 1
    np.testing.assert_allclose(loss.logits(x.astype(np.float32)), choice(cosines, 0), atol=0.005)


def test_the_distances_between_a_classs_centres_pull_them_together_and_move_no_embedding():
    free, pulled = (
        value_and_gradients(with_random_weights(make(NAME, centres=3, weight=w)), random_batch(0))
        for w in (0.0, 2.0)
    )
    np.testing.assert_array_equal(pulled[1][0], free[1][0])
    loss = with_random_weights(make(NAME, centres=3))
    before = value(loss, random_batch(0)) - free[0]
    for centre, with_pull, without in zip(loss.centres, pulled[1][1:], free[1][1:], strict=True):
        centre.assign_sub(0.1 * (with_pull - without))
    after = [weight.numpy() for weight in loss.centres]
    free_loss = make(NAME, centres=3, weight=0.0)
    free_loss.set_weights(after)
    assert 0 < value(loss, random_batch(0)) - value(free_loss, random_batch(0)) < before


def test_equal_centres_have_finite_gradients():
    loss = make(NAME, centres=4)
    for centre in loss.centres:
        centre.assign(np.eye(DIM, CLASSES))
    _, gradients = value_and_gradients(loss, random_batch(0))
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
