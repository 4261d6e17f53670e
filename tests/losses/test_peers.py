"""Values and gradients are those of pytorch-metric-learning, wherever the definitions agree.

That library needs PyTorch and so an environment of its own, in which ``peers.py`` runs once. It
computes in float64. Where it has a loss of the same name its definition may be another one:

- cosface, proxy_anchor, lifted_structure (all pairs counted in both orders, halved): the same.
- arcface: the same; its margin is in degrees.
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
- softmax, centre: it has neither.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from agreement import make, value_and_gradients, with_random_weights
from batches import CLASSES, DIM, RANDOM, batch

PROJECT = Path(__file__).parents[2]
PYTHON = PROJECT / ".venv" / "peers" / "bin" / "python"

PARAMETERS = {
    "cosface": {"scale": 20.0, "margin": 0.2},
    "arcface": {"scale": 64.0, "margin": 0.5},
    "sphereface": {"margin": 4, "lambda_minimum": 0.0},
    "large_margin_softmax": {"margin": 3, "lambda_minimum": 0.0},
    "proxy_anchor": {"scale": 32.0, "margin": 0.1},
    "contrastive": {"margin": 3.0, "distance": "euclidean"},
    "triplet_batch_hard": {"distance": "euclidean"},
    "lifted_structure": {"margin": 2.0, "distance": "cosine"},
    "n_pairs": {"regularisation": 0.5},
    "multi_similarity": {"alpha": 2.0, "beta": 50.0, "base": 0.5, "epsilon": 0.1},
    "circle": {"scale": 80.0, "margin": 0.4},
    "supervised_contrastive": {"temperature": 0.1},
}

# six samples of each class, as the pipeline's batches are
GROUPED = batch(np.random.default_rng(20).normal(size=(24, DIM)), np.arange(24) % CLASSES)
SHARED = RANDOM | {"grouped": GROUPED}


def of_record(name):
    """Our loss with weights drawn at random, of which those of the classes are alike in all."""
    return with_random_weights(make(name, **PARAMETERS[name]))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the peers say, by ``value.LOSS.BATCH`` and ``gradient.LOSS.BATCH``."""
    if not PYTHON.exists():
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("`make peers` builds the environment of the peers")
    folder = tmp_path_factory.mktemp("peers")
    questions = {"parameters": json.dumps(PARAMETERS)}
    questions["class_weights"] = of_record("cosface").class_weights.numpy().astype(np.float64)
    for name, shared in SHARED.items():
        questions[f"embeddings.{name}"] = shared.embeddings.astype(np.float64)
        questions[f"labels.{name}"] = shared.labels.astype(np.int64)
    np.savez(folder / "questions.npz", **questions)
    script = Path(__file__).with_name("peers.py")
    files = [folder / "questions.npz", folder / "answers.npz"]
    subprocess.run([PYTHON, script, *files], check=True)
    return dict(np.load(folder / "answers.npz"))


@pytest.mark.parametrize("batch", SHARED)
@pytest.mark.parametrize("name", PARAMETERS)
def test_value_and_gradient_are_those_of_pytorch_metric_learning(answers, name, batch):
    found, (gradient, *_) = value_and_gradients(of_record(name), SHARED[batch])
    expected = answers[f"gradient.{name}.{batch}"]
    assert found == pytest.approx(float(answers[f"value.{name}.{batch}"]), rel=2e-5)
    tolerance = 2e-4 * np.max(np.abs(expected))
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=tolerance)
