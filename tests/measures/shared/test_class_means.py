"""Class means are those of each class's samples, to all digits of float64."""

import numpy as np

from discern.measures.shared.class_means import centred_class_means, class_means


def test_each_class_has_the_mean_of_its_samples_in_the_order_of_the_labels():
    classes, means = class_means(np.float32([[1, 1], [5, 0], [3, 5]]), np.uint8([9, 4, 9]))
    assert classes.tolist() == [4, 9]
    assert means.tolist() == [[5, 0], [2, 3]]


def test_means_are_exact_where_float32_would_round():
    means = class_means(np.float32([[2**24], [2**24], [1], [0]]), np.zeros(4, np.uint8))[1]
    assert means.tolist() == [[2**23 + 0.25]]


def test_centred_means_lie_around_the_mean_of_means_whatever_the_sizes_of_classes():
    points = np.float32([[0], [0], [0], [4]])
    assert centred_class_means(points, np.uint8([0, 0, 0, 1])).tolist() == [[-2], [2]]
