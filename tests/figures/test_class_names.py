"""Classes go by their names where they have any."""

import numpy as np
import pytest

from discern.errors import DiscernError
from discern.figures.class_names import class_column

LABELS = np.uint8([2, 0, 2])


def test_a_class_goes_by_its_name_and_by_its_number_without_one():
    assert class_column(LABELS, None) == ["2", "0", "2"]
    assert class_column(LABELS, ["a", "b", "c", "of no image"]) == ["c", "a", "c"]


def test_each_class_needs_a_name():
    with pytest.raises(DiscernError, match="2 class names for 3 classes; name each"):
        class_column(LABELS, ["a", "b"])
