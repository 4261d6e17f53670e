"""A loss is made by its name."""

import re

import numpy as np
import pytest

from agreement import value
from batches import CLASSES, DIM, random_batch
from discern import losses
from discern.errors import DiscernError
from discern.losses.cosface import CosFace
from discern.losses.shared.catalogue import descriptions

TRAINED = ", ".join(sorted(name for name, loss in descriptions().items() if loss.trained))


@pytest.mark.parametrize("name", ["cosfacce", "", "base", "shared", "pixels"])
def test_what_is_no_loss_to_train_is_refused_with_those_that_are(name):
    sentence = f"there is no loss '{name}' to train; choose one of {TRAINED}"
    with pytest.raises(DiscernError, match=f"^{re.escape(sentence)}$"):
        losses.create(name, classes=CLASSES, embedding_dim=DIM)


def test_parameters_that_the_loss_does_not_have_are_named():
    with pytest.raises(TypeError, match=r"^cosface has no parameter margn, rate$"):
        losses.create("cosface", classes=2, embedding_dim=2, rate=1, margn=0.1, scale=5.0)


def test_a_loss_is_made_with_what_is_given_and_the_defaults_of_its_description_for_the_rest():
    loss = losses.create("cosface", classes=3, embedding_dim=5, seed=2, margin=0.3)
    assert isinstance(loss, CosFace)
    assert (loss.margin, loss.scale) == (0.3, 20.0)
    assert (loss.classes, loss.embedding_dim, loss.seed) == (3, 5, 2)
    assert loss.class_weights.shape == (5, 3)


def test_without_a_seed_it_is_0():
    unseeded = losses.create("cosface", classes=CLASSES, embedding_dim=DIM)
    seeded = losses.create("cosface", classes=CLASSES, embedding_dim=DIM, seed=0)
    np.testing.assert_array_equal(unseeded.class_weights, seeded.class_weights)
    assert value(unseeded, random_batch(0)) == value(seeded, random_batch(0))


def test_two_losses_share_nothing():
    one, other = (losses.create("softmax", classes=CLASSES, embedding_dim=DIM) for _ in range(2))
    before = value(other, random_batch(0))
    one.class_weights.assign_add(np.ones((DIM, CLASSES)) * np.arange(CLASSES))
    assert value(one, random_batch(0)) != pytest.approx(before, rel=1e-3)
    assert value(other, random_batch(0)) == before
