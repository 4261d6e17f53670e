"""Some classes of a data set are picked out and counted anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.data.classes import members, numbered
from discern.errors import DiscernError

LABELS = np.array([7, 2, 9, 2, 4, 7], np.uint8)


def test_members_are_where_the_classes_are_in_order():
    np.testing.assert_array_equal(members(LABELS, [2, 9]), [1, 2, 3])


def test_no_choice_is_all_of_them_as_they_are():
    np.testing.assert_array_equal(members(LABELS, None), np.arange(6))
    assert numbered(LABELS, None) is LABELS


def test_labels_are_counted_from_zero_in_ascending_order():
    np.testing.assert_array_equal(numbered(LABELS, [9, 7, 4, 2]), [2, 0, 3, 0, 1, 2])


@given(st.lists(st.integers(0, 9), min_size=1), st.data())
def test_counting_anew_loses_nothing(labels, data):
    labels = np.array(labels, np.uint8)
    present = sorted(set(labels.tolist()))
    classes = data.draw(st.lists(st.sampled_from(present), min_size=1, unique=True))
    chosen = labels[members(labels, classes)]
    assert sorted(set(chosen.tolist())) == sorted(classes)
    np.testing.assert_array_equal(np.array(sorted(classes))[numbered(chosen, classes)], chosen)


def test_a_class_without_an_image_is_named():
    with pytest.raises(DiscernError, match=r"class 3 has no image among 6.* 2, 4, 7, 9; change"):
        members(LABELS, [2, 3])
