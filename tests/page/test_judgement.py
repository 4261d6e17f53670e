"""What the page calls sure, trustworthy or mistaken is what textbooks do."""

import numpy as np
import pytest

from discern.page.judgement import (
    Confusion,
    class_accuracies,
    trust,
    worst_confusions,
)

NAMES = ["a", "b", "c", "unseen"]
CONFUSIONS = np.array([[5, 0, 2], [1, 7, 2], [0, 0, 0]])


@pytest.mark.parametrize(
    ("in_map", "word"),
    [(0.94, "overstates"), (0.93, "reflects"), (0.86, "reflects"), (0.85, "understates")],
)
def test_a_map_is_called_wrong_beyond_the_interval_of_the_difference(in_map, word):
    # 1.96 · √((0.9 · 0.1 + 0.94 · 0.06) / 500) = 0.0335; with 0.93 0.0345, 0.86 0.0402, 0.85 0.0409
    found = trust(in_map, 0.9, 500)
    assert found.difference == pytest.approx(in_map - 0.9)
    assert found.word == word


def test_the_worst_confusions_come_first_and_equal_ones_in_the_classes_order():
    expected = [Confusion("a", "c", 2), Confusion("b", "c", 2), Confusion("b", "a", 1)]
    assert worst_confusions(CONFUSIONS, NAMES) == expected
    assert worst_confusions(CONFUSIONS, NAMES, most=1) == expected[:1]
    assert worst_confusions(np.diag([3, 4]), NAMES) == []


def test_a_class_without_images_has_no_accuracy():
    assert class_accuracies(CONFUSIONS, NAMES) == {"a": 5 / 7, "b": 7 / 10}
