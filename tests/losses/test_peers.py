"""Values and gradients are those of other libraries, wherever the definitions agree.

TensorFlow Addons has a semi-hard and a batch-hard triplet loss, lifted structure, and the cost of a
pair for the contrastive loss; its ``npairs_loss`` takes one pair of each class.

pytorch-metric-learning needs PyTorch and so an environment of its own, in which ``peers.py`` runs
once, in float64. Where it has a loss of the same name its definition may be another one:

- cosface, proxy_anchor, lifted_structure (all pairs counted in both orders, halved): the same.
- arcface: the same; its margin is in degrees.
- normface: its normalised softmax with a temperature of 1/s.
- proxy_nca: the same; its ProxyNCALoss counts the own proxy in the denominator, as ProxyNCA++ does.
- soft_triple: the same with SparseCentersRegularizer, which adds 1e-5 to squared distances.
- sub_centre_arcface: the same; its margin is in degrees.
- sphereface, large_margin_softmax: the same without annealing, λ = 0, as it has none.
- contrastive: its pairs cost d and [m − d]₊ and it averages those above 0 alone. A reducer that
  halves the mean of all squares makes Hadsell's loss of them.
- triplet_batch_hard: its triplet loss with BatchHardMiner, softplus instead of the hinge, and the
  mean over all triplets instead of those that cost.
- n_pairs: its NPairsLoss takes one pair of each class that has two samples, against the other
  pairs' positives alone. The same as ours is NTXentLoss at temperature 1 on inner products, with
  half the regularisation for the squared norms.
- multi_similarity: the same with MultiSimilarityMiner, and the authors' constants.
- circle: the same; it averages the anchors above 0 alone, which are those with both kinds of pairs.
- supervised_contrastive: the same, averaged over the anchors above 0, which are those with a
  positive; but it is 0 for a batch of one class, which is not among these.
- triplet_semihard, triplet_softmax, intra_triplet: none of its miners takes the nearest negative
  beyond the positive and else the farthest; its "semihard" are all within the margin.
- softmax, centre, magface, adaface, sphereface2: it has none of them.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_addons as tfa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agreement import make, value, value_and_gradients, with_random_weights
from batches import BATCHES, CLASSES, DIM, RANDOM, batch, few_examples, grid_batches
from programs import programs_of_peers

# six samples of each class, as the pipeline's batches are
GROUPED = batch(np.random.default_rng(20).normal(size=(24, DIM)), np.arange(24) % CLASSES)
SHARED = RANDOM | {"grouped": GROUPED}

PARAMETERS = {
    "cosface": {"scale": 20.0, "margin": 0.2},
    "arcface": {"scale": 64.0, "margin": 0.5},
    "sphereface": {"margin": 4, "lambda_minimum": 0.0},
    "large_margin_softmax": {"margin": 3, "lambda_minimum": 0.0},
    "proxy_anchor": {"scale": 32.0, "margin": 0.1},
    "normface": {"scale": 20.0},
    "proxy_nca": {"temperature": 0.111},
    "soft_triple": {
        "scale": 20.0,
        "margin": 0.01,
        "centres": 3,
        "temperature": 0.1,
        "weight": 0.2,
    },
    "sub_centre_arcface": {"scale": 64.0, "margin": 0.5, "centres": 3},
    "contrastive": {"margin": 3.0, "distance": "euclidean"},
    "triplet_batch_hard": {"distance": "euclidean"},
    "lifted_structure": {"margin": 2.0, "distance": "cosine"},
    "n_pairs": {"regularisation": 0.5},
    "multi_similarity": {"alpha": 2.0, "beta": 50.0, "base": 0.5, "epsilon": 0.1},
    "circle": {"scale": 80.0, "margin": 0.4},
    "supervised_contrastive": {"temperature": 0.1},
}


def ours(name):
    """Our loss with weights drawn at random, of which those of the classes are alike in all."""
    return with_random_weights(make(name, **PARAMETERS[name]))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What pytorch-metric-learning says, by ``value.LOSS.BATCH`` and ``gradient.LOSS.BATCH``."""
    python = programs_of_peers() / "python"
    folder = tmp_path_factory.mktemp("peers")
    questions = {"parameters": json.dumps(PARAMETERS)}
    # those of one centre for each class are the first of them
    questions["class_weights"] = np.array(ours("soft_triple").get_weights(), np.float64)
    for name, shared in SHARED.items():
        questions[f"embeddings.{name}"] = shared.embeddings.astype(np.float64)
        questions[f"labels.{name}"] = shared.labels.astype(np.int64)
    np.savez(folder / "questions.npz", **questions)
    script = Path(__file__).with_name("peers.py")
    files = [folder / "questions.npz", folder / "answers.npz"]
    subprocess.run([python, script, *files], check=True)
    return dict(np.load(folder / "answers.npz"))


@pytest.mark.parametrize("name", PARAMETERS)
def test_value_and_gradient_are_those_of_pytorch_metric_learning(answers, name):
    for shared in SHARED:
        result, (gradient, *_) = value_and_gradients(ours(name), SHARED[shared])
        expected = answers[f"gradient.{name}.{shared}"]
        assert result == pytest.approx(float(answers[f"value.{name}.{shared}"]), rel=2e-5)
        tolerance = 2e-4 * np.max(np.abs(expected))
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=tolerance)


def addons_contrastive(y, x):
    """Half the means over the pairs of either kind of what Addons says a pair costs."""
    first, second = np.triu_indices(len(y), 1)
    apart = tf.norm(tf.gather(x, first) - tf.gather(x, second), axis=1)
    same = tf.gather(y, first) == tf.gather(y, second)
    each = tfa.losses.contrastive_loss(tf.cast(same, tf.float32), apart, margin=2.5)
    return 0.5 * (tf.reduce_mean(each[same]) + tf.reduce_mean(each[~same]))


def addons_semihard(y, x, margin=1.0):
    return tfa.losses.TripletSemiHardLoss(margin=margin, distance_metric="squared-L2")(y, x)


# Addons divides by zero without a positive pair, counts a pair or an anchor without a negative, and
# takes the logarithm of no negative. Between huge norms its lifted structure has ∞ · 0, and between
# neighbours far from the origin too few digits.
WITH_PAIRS = set(BATCHES) - {"one class", "every class once", "one sample"}
ADDONS = {
    "triplet_semihard": ({"margin": 1.0}, addons_semihard, WITH_PAIRS),
    "triplet_batch_hard": (
        {"distance": "euclidean"},
        lambda y, x: tfa.losses.triplet_hard_loss(y, x, soft=True, distance_metric="L2"),
        {"grouped"},
    ),
    "lifted_structure": (
        {"margin": 2.0},
        lambda y, x: tfa.losses.lifted_struct_loss(y, x, margin=2.0),
        WITH_PAIRS - {"huge norms", "no active triplet"},
    ),
    "contrastive": ({"margin": 2.5}, addons_contrastive, set(RANDOM)),
}
# of tied negatives Addons moves all, we move one
TIED = {"identical within each class", "coinciding across classes"}


@pytest.mark.parametrize(
    ("name", "shared"), [(name, shared) for name in ADDONS for shared in sorted(ADDONS[name][2])]
)
def test_value_and_gradient_are_those_of_tensorflow_addons(name, shared):
    parameters, addons, _ = ADDONS[name]
    batch = (BATCHES | SHARED)[shared]
    embeddings = tf.constant(batch.embeddings)
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        expected = addons(tf.constant(batch.labels), embeddings)
    gradient = tf.convert_to_tensor(tape.gradient(expected, embeddings)).numpy()
    result, (own,) = value_and_gradients(make(name, **parameters), batch)
    rtol = 1e-4 if name == "lifted_structure" else 1e-5
    assert result == pytest.approx(float(expected), rel=rtol, abs=1e-6)
    if name != "triplet_semihard" or shared not in TIED:
        tolerance = 10 * rtol * np.max(np.abs(gradient)) + 1e-6
        np.testing.assert_allclose(own, gradient, rtol=0, atol=tolerance)


@settings(few_examples, max_examples=6)
@given(grid_batches(), st.sampled_from([0.0, 1.0, 5.0]))
def test_of_ties_the_semihard_triplets_are_those_of_tensorflow_addons(batch, margin):
    counts = np.bincount(batch.labels)
    assume(counts.max() > 1 and np.count_nonzero(counts) > 1)
    expected = float(addons_semihard(tf.constant(batch.labels), batch.embeddings, margin))
    result = value(make("triplet_semihard", margin=margin), batch)
    assert result == pytest.approx(expected, rel=1e-5, abs=1e-6)
