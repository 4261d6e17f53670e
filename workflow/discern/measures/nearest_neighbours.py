"""k-NN accuracy: whether the nearest training images of an image are of its class."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = in_each_space(
    Measure(
        name="knn_accuracy",
        title="k-NN accuracy",
        definition="fraction of the images whose class is the majority class of their nearest "
        "training images, 0 to 1 (Cover and Hart, 1967)",
        percent=True,
        better="higher",
        per_image=True,
        headline=True,
        place=4,
    )
)


def compute(embeddings: Embeddings) -> Values:
    """Whether the vote of the neighbours is the class of each query."""
    return {"knn_accuracy": embeddings.votes == embeddings.labels}


def confusions(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix: samples by true class (rows) and predicted class (columns), int (C, C).

    The diagonal divided by the row sums is the accuracy of each class.
    """
    counts: np.ndarray = confusion_matrix(labels, predictions, labels=np.arange(classes))
    return counts
