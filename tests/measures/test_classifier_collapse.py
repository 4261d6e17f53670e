"""NC3 and NC4: 0 where classifier and class means say the same."""

import numpy as np
import pytest

from discern.measures.classifier_collapse import compute, self_duality
from discern.measures.shared.interface import Classifier
from measures.samples import collapsed


@pytest.mark.parametrize(("factor", "expected"), [(0.3, 0), (40.0, 0), (-1.0, 4)])
def test_duality_compares_directions_of_weights_and_centred_means(factor, expected):
    embeddings, labels = collapsed()
    means = np.stack([embeddings[labels == k][0] for k in range(5)], axis=1)
    weights = factor * (means - means.mean(axis=1, keepdims=True))
    assert self_duality(embeddings, labels, weights) == pytest.approx(expected, abs=1e-9)


def test_duality_by_hand():
    # M = (−1, 1) of norm √2 and W = (0, 1): (1/√2)² + (1 − 1/√2)² = 2 − √2
    points, labels = np.float32([[2], [4]]), np.int16([0, 1])
    found = self_duality(points, labels, np.float32([[0, 1]]))
    assert found == pytest.approx(2 - np.sqrt(2))


def test_the_classifier_is_compared_with_the_nearest_mean_and_not_with_the_labels():
    # means at 1 and 10: the sample of the second class at 5 is nearer to the first
    points, labels = np.float32([[1], [1], [5], [15]]), np.int16([0, 0, 1, 1])
    for predictions, expected in (([0, 0, 0, 1], 0), ([0, 0, 1, 1], 1 / 4)):
        weights = np.float32([[-1, 1]])
        values = compute(Classifier(np.int16(predictions), weights, points, labels, points, labels))
        assert values["classifier_collapse"]["disagreement"] == expected


def test_class_weights_of_a_class_that_no_query_has_do_not_count():
    points, labels = np.float32([[2], [4]]), np.int16([0, 2])
    weights = np.float32([[-1, 9, 1]])
    values = compute(Classifier(np.int16([0, 1]), weights, points, labels, points, labels))
    expected = {"self_duality": pytest.approx(0, abs=1e-9), "disagreement": 0.5}
    expected |= {f"training_{name}": value for name, value in expected.items()}
    assert values == {"classifier_collapse": expected}


def test_training_embeddings_have_means_of_their_own():
    # by the queries' means, 1 and 5, the third is of the second class; by the gallery's, 1 and 9,
    # of the first
    points, labels = np.float32([[1], [1], [4], [6]]), np.uint8([0, 0, 1, 1])
    gallery, gallery_labels = np.float32([[0], [2], [9]]), np.uint8([0, 0, 1])
    weights, predictions = np.float32([[-1, 1]]), np.uint8([0, 0, 1, 1])
    classifier = Classifier(predictions, weights, points, labels, gallery, gallery_labels)
    values = compute(classifier)["classifier_collapse"]
    assert (values["disagreement"], values["training_disagreement"]) == (0, 1 / 4)
    swapped = Classifier(predictions, weights, points, labels, -gallery, gallery_labels)
    values = compute(swapped)["classifier_collapse"]
    assert values["self_duality"] == pytest.approx(0, abs=1e-9)
    assert values["training_self_duality"] == pytest.approx(4)
