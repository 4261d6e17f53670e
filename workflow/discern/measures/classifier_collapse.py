"""Neural collapse of embeddings and classifier: NC3 and NC4.

Papyan et al., arXiv:2008.08186, as in :mod:`discern.measures.neural_collapse`. Both compare with
the classifier, so they are defined only for the native embeddings that it classifies.
"""

from __future__ import annotations

import numpy as np

from discern.measures.nearest_mean import nearest_mean_classes
from discern.measures.shared.class_means import centred_class_means
from discern.measures.shared.interface import Classifier, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="self_duality",
        title="NC3: distance to self-duality",
        definition="‖W/‖W‖ − M/‖M‖‖² of classifier weights and centred class means, 0 where they "
        "agree to 4 (arXiv:2008.08186)",
        basis="classifier",
        key=("classifier_collapse", "self_duality"),
        place=200,
    ),
    Measure(
        name="classifier_disagreement",
        title="NC4: disagreement",
        definition="fraction of the images for which the loss's classifier and the nearest class "
        "mean differ, 0 to 1 (arXiv:2008.08186)",
        basis="classifier",
        key=("classifier_collapse", "disagreement"),
        percent=True,
        place=210,
    ),
    Measure(
        name="training_self_duality",
        title="NC3: distance to self-duality, training",
        definition="the same with class means of the training embeddings, for which it is defined, "
        "0 to 4 (arXiv:2008.08186)",
        basis="classifier",
        key=("classifier_collapse", "training_self_duality"),
        place=228,
    ),
    Measure(
        name="training_classifier_disagreement",
        title="NC4: disagreement, training means",
        definition="fraction of the images for which the classifier and the nearest class mean of "
        "training embeddings differ, 0 to 1 (arXiv:2008.08186)",
        basis="classifier",
        key=("classifier_collapse", "training_disagreement"),
        percent=True,
        place=230,
    ),
)


def compute(classifier: Classifier) -> Values:
    """NC3 and NC4, with the class means of the queries and with those of the gallery."""
    values: dict[str, float] = {}
    for prefix, embeddings, labels in (
        ("", classifier.queries, classifier.labels),
        ("training_", classifier.gallery, classifier.gallery_labels),
    ):
        weights = classifier.class_weights[:, np.unique(labels)]
        nearest = nearest_mean_classes(embeddings, labels, classifier.queries)
        values[f"{prefix}self_duality"] = self_duality(embeddings, labels, weights)
        values[f"{prefix}disagreement"] = disagreement(classifier.predictions, nearest)
    return {"classifier_collapse": values}


def self_duality(embeddings: np.ndarray, labels: np.ndarray, class_weights: np.ndarray) -> float:
    """NC3: ‖W/‖W‖ − M/‖M‖‖² in Frobenius norms, in [0, 4].

    M (D, C) holds the centred class means and W (D, C), ``class_weights``, the classifier's
    weights, both in the order of the labels.
    """
    means = centred_class_means(embeddings, labels).T
    weights = class_weights.astype(np.float64)
    scaled = (matrix / (np.linalg.norm(matrix) or 1.0) for matrix in (weights, means))
    return float(np.linalg.norm(np.subtract(*scaled)) ** 2)


def disagreement(predictions: np.ndarray, nearest_means: np.ndarray) -> float:
    """NC4: the fraction for which classifier and nearest class mean disagree, in [0, 1]."""
    return float(np.mean(predictions != nearest_means))
