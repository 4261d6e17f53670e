"""Linear-probe accuracy: whether the classes are linearly separable."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = in_each_space(
    Measure(
        name="linear_probe_accuracy",
        title="linear-probe accuracy",
        definition="fraction of the images that a linear classifier of the training embeddings "
        "classifies correctly, 0 to 1 (arXiv:1610.01644)",
        percent=True,
        better="higher",
        per_image=True,
        place=30,
    )
)

# The weight of the squared weights relative to the mean cross-entropy. On MNIST the accuracy with
# 1e-3 was 0.04 to 0.12 points higher than with 1e-2 on the embeddings of five losses and 0.3 on
# pixels; 2e-5 gained 0.06 on softmax's embeddings and lost 0.5 on pixels.
_PENALTY = 1e-3
# The largest slope of the cost that is left. With scikit-learn's default, 1e-4, probabilities were
# wrong by up to 0.09 and one image in 2,500 had another class; this takes four times as long.
_TOLERANCE = 1e-7
# Far more than pixels need, which are the slowest to converge.
_ITERATIONS = 10_000


def compute(embeddings: Embeddings) -> Values:
    """Whether a linear classifier of the gallery classifies each query correctly."""
    classes = linear_probe_classes(
        embeddings.gallery, embeddings.gallery_labels, embeddings.queries
    )
    return {"linear_probe_accuracy": classes == embeddings.labels}


def linear_probe_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) that a linear classifier of the gallery predicts for each query.

    Multinomial logistic regression, as is usual for a linear probe (Alain and Bengio,
    arXiv:1610.01644; Kornblith et al., arXiv:1805.08974). Features are standardised by the
    gallery's mean and standard deviation, so that shift and scale of an embedding do not matter.
    It is meant for native embeddings, in which the classifiers that losses train are linear; with
    L2-normalised embeddings it uses directions only. It minimises the mean cross-entropy plus
    _PENALTY / 2 times the squared weights, by L-BFGS from weights of 0, until no
    slope exceeds _TOLERANCE.

    Raises:
        ValueError: when the gallery has only one class.
    """
    values = gallery.astype(np.float64)
    scaler = StandardScaler(copy=False).fit(values)
    values = scaler.transform(values)
    probe = LogisticRegression(C=1 / (_PENALTY * len(values)), tol=_TOLERANCE, max_iter=_ITERATIONS)
    probe.fit(values, gallery_labels)
    classes: np.ndarray = probe.predict(scaler.transform(queries.astype(np.float64)))
    return classes
