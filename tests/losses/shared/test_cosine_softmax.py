"""What CosFace and ArcFace share: a softmax of scaled cosines, of which the own is made smaller."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from agreement import assert_agrees, make, value, with_random_weights
from batches import CLASSES, DIM, batch, few_examples, random_batch, seeds
from discern.losses.shared.cosine_softmax import CosineSoftmax
from references import REFERENCES

both = pytest.mark.parametrize("name", ["cosface", "arcface"])


@both
@few_examples
@given(seeds, st.floats(0.1, 64))
def test_without_margin_it_is_the_normalised_softmax(name, seed, scale):
    batch = random_batch(seed)
    loss = with_random_weights(make(name, scale=scale, margin=0.0), seed)
    w = loss.class_weights.numpy().astype(np.float64)
    x = oracle.normalised(batch.embeddings.astype(np.float64))
    expected = oracle.softmax(scale * x, batch.labels, oracle.normalised(w.T).T, np.zeros(CLASSES))
    assert value(loss, batch) == pytest.approx(expected, rel=1e-4, abs=1e-6)


# Of ArcFace next to 0 and π see its own file: the sine's slope over the cosine has no bound there.
@pytest.mark.parametrize("sign", [1, -1], ids=["0", "pi"])
@pytest.mark.parametrize(
    ("name", "weights"),
    [("cosface", "along the axes"), ("cosface", "random"), ("arcface", "along the axes")],
)
def test_value_and_gradients_are_those_of_the_paper_at_an_angle_of_exactly(name, weights, sign):
    setting = {"scale": 3.0, "margin": 0.5}
    loss = with_random_weights(make(name, **setting))
    if weights == "along the axes":
        loss.class_weights.assign(np.eye(DIM, CLASSES) * [2.0, 1.0, 0.5, 3.0])
    labels = np.arange(CLASSES)
    at = batch(1.5 * sign * loss.class_weights.numpy().T[labels], labels)
    assert_agrees(loss, REFERENCES[name].at(loss, at, **setting), at)


def test_a_loss_of_this_kind_must_say_what_takes_the_place_of_the_own_cosine():
    loss = CosineSoftmax(
        scale=1.0, margin=0.5, dropout=0.0, classes=CLASSES, embedding_dim=DIM, seed=0
    )
    with pytest.raises(NotImplementedError):
        value(loss, random_batch(0))
