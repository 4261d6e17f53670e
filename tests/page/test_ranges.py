"""The range of a measure is what its definition states, and no interval leaves it."""

from math import inf

import pytest

from discern.measures.catalogue import named
from discern.page.ranges import range_of, within_range

RANGES = {
    "map_at_r": (0, 1),
    "equal_error_rate": (0, 1),
    "own_knn_accuracy": (0, 1),
    "intra_class_variance": (0, 1),
    "variance_ratio": (0, inf),
    "native_variance_ratio": (0, inf),
    "silhouette": (-1, 1),
    "separation": (0, inf),
    "within_class_variability": (0, inf),
    "training_within_class_variability": (0, inf),
    "effective_rank": (1, inf),
    "alignment": (0, 4),
    "threshold_inconsistency": (0, 0.25),  # after a range of false acceptance rates
    "adjusted_mutual_information": (-inf, inf),  # 0 is chance, not the least
}


@pytest.mark.parametrize("name", RANGES)
def test_the_range_is_that_of_the_definition(name):
    assert range_of(named(name)) == RANGES[name]


@pytest.mark.parametrize(
    ("interval", "part"),
    [((-0.3, 0.7), (0, 0.7)), ((0.6, 1.1), (0.6, 1)), ((0.2, 0.4), (0.2, 0.4))],
)
def test_only_what_lies_beyond_the_range_is_cut(interval, part):
    assert within_range(interval, named("intra_class_variance")) == part
