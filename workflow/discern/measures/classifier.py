"""Classifier accuracy: the accuracy of the classifier that the loss trains."""

from __future__ import annotations

from discern.measures.shared.interface import Classifier, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="classifier_accuracy",
        title="classifier accuracy",
        definition="fraction of the images that the loss's own classifier classifies correctly, "
        "0 to 1",
        basis="classifier",
        percent=True,
        better="higher",
        per_image=True,
        place=40,
    ),
)


def compute(classifier: Classifier) -> Values:
    """Whether the classifier predicts the class of each query."""
    return {"classifier_accuracy": classifier.predictions == classifier.labels}
