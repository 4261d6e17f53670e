"""Several class weights for each class."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

import oracle
from agreement import make
from batches import CLASSES, DIM, random_batch
from discern.losses.shared.centres import cosines_to_centres, mean_direction, mean_distance
from discern.randomness import stream

CENTRES = np.random.default_rng(0).normal(size=(3, DIM, CLASSES))
UNITS = np.stack([oracle.normalised(each.T).T for each in CENTRES])
TENSORS = [tf.constant(each, tf.float32) for each in CENTRES]


def test_cosines_are_those_to_each_centre_of_each_class():
    x = random_batch(0).embeddings
    result = cosines_to_centres(tf.constant(x), TENSORS)
    assert result.shape == (10, 3, CLASSES)
    for i, k, j in itertools.product(range(10), range(3), range(CLASSES)):
        expected = oracle.cosine(x[i].astype(np.float64), CENTRES[k][:, j])
        assert float(result[i, k, j]) == pytest.approx(expected, abs=1e-5)


def test_the_mean_direction_is_that_of_the_unit_centres():
    np.testing.assert_allclose(mean_direction(TENSORS), UNITS.mean(axis=0), atol=1e-6)


def test_the_mean_distance_is_over_pairs_of_centres_of_one_class():
    apart = [
        np.linalg.norm(UNITS[k][:, j] - UNITS[other][:, j])
        for j in range(CLASSES)
        for k, other in itertools.combinations(range(3), 2)
    ]
    assert float(mean_distance(TENSORS)) == pytest.approx(np.mean(apart), rel=1e-5)
    assert float(mean_distance(TENSORS[:1])) == 0


@pytest.mark.parametrize("name", ["soft_triple", "sub_centre_arcface"])
def test_every_centre_starts_from_weights_of_its_own_stream_and_counts_for_the_class(name):
    loss = make(name, centres=3, seed=4)
    names = ["class_weights", "class_weights_2", "class_weights_3"]
    assert [weight.name for weight in loss.trainable_weights] == [f"{each}:0" for each in names]
    for each, centre in zip(names, loss.centres, strict=True):
        initializer = tf.keras.initializers.GlorotUniform(stream(4, each))
        np.testing.assert_array_equal(centre, initializer((DIM, CLASSES)))
    units = [oracle.normalised(centre.numpy().T.astype(np.float64)).T for centre in loss.centres]
    np.testing.assert_allclose(loss.class_weights, np.mean(units, axis=0), atol=1e-6)
