"""k-means finds classes that lie apart, and chance is corrected for."""

import numpy as np
import pytest

from discern.measures.clustering import clustering


def test_classes_far_apart_are_found_again_by_k_means_and_chance_is_not_counted():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 40)
    apart = 100 * np.eye(5)[labels] + random.normal(size=(200, 5))
    assert clustering(apart, labels) == {
        "adjusted_mutual_information": pytest.approx(1),
        "normalised_mutual_information": pytest.approx(1),
        "adjusted_rand_index": pytest.approx(1),
    }
    nothing = clustering(random.normal(size=(200, 5)), labels)
    assert abs(nothing["adjusted_mutual_information"]) < 0.05
    assert abs(nothing["adjusted_rand_index"]) < 0.05
    assert nothing["normalised_mutual_information"] > nothing["adjusted_mutual_information"]


def test_k_means_starts_anew_where_one_start_joins_two_classes():
    # on this grid of 4 × 4 classes its first start ends with an adjusted Rand index of 0.89
    labels = np.repeat(np.arange(16), 20)
    grid = 6 * np.column_stack([labels // 4, labels % 4])
    embeddings = grid + np.random.default_rng(1).normal(size=(320, 2))
    assert clustering(embeddings, labels)["adjusted_rand_index"] > 0.97
