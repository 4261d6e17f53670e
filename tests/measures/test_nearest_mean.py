"""The nearest mean is the one found by hand."""

import numpy as np
import pytest
from hypothesis import given

from discern.measures.nearest_mean import nearest_mean_classes
from measures.samples import few, nearest_labels, overlapping, seeds


@few
@given(seeds)
@pytest.mark.parametrize(("step", "first"), [(1, 0), (7, 100)], ids=["0, 1, 2", "100, 107, 114"])
def test_the_nearest_mean_is_that_of_the_gallery(step, first, seed):
    gallery, labels = overlapping(seed)
    labels = labels * step + first  # labels need not count from zero
    queries, _ = overlapping(seed + 1, count=30)
    classes = sorted(set(labels.tolist()))
    means = [gallery[labels == label].mean(axis=0, dtype=np.float64) for label in classes]
    assert nearest_mean_classes(gallery, labels, queries).tolist() == [
        nearest_labels(query, means, classes, 1)[0] for query in queries
    ]


def test_a_class_with_more_images_has_no_more_weight_than_its_mean():
    gallery = np.float32([[0]] * 50 + [[1], [3]])
    labels = np.int16([0] * 50 + [1, 1])
    queries = np.float32([[0.9], [1.1]])  # the means are 0 and 2
    assert nearest_mean_classes(gallery, labels, queries).tolist() == [0, 1]
