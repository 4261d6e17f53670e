"""The classes of a data set are numbered in the order of its own labels, whatever these are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.data import idx
from discern.data.original_labels import numbered, original_labels
from discern.errors import DiscernError


def contents_of(train, test):
    """The contents of four files with these labels."""
    labels = {"train-labels": np.asarray(train), "t10k-labels": np.asarray(test)}
    images = dict.fromkeys(("train-images", "t10k-images"), b"any")
    return images | {file: idx.encode(each.astype(np.int32)) for file, each in labels.items()}


@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=20, unique=True),
    st.randoms(use_true_random=False),
)
def test_a_class_has_the_place_of_its_label_among_all_in_order(labels, random):
    train, test = random.choices(labels, k=30) + labels, random.choices(labels, k=9)
    contents = contents_of(train, test)
    found = original_labels(contents)
    assert found == sorted(labels)
    renumbered = numbered(contents, found)
    for file, own in (("train-labels", train), ("t10k-labels", test)):
        numbers = idx.decode_labels(renumbered[file], file)
        assert numbers.tolist() == [sorted(labels).index(label) for label in own]
    assert renumbered["train-images"] == b"any"


def test_labels_that_number_the_classes_stay_byte_for_byte():
    contents = contents_of([0, 2, 1], [1, 2])
    assert numbered(contents, original_labels(contents)) == contents


@pytest.mark.parametrize(("classes", "code"), [(256, 0x08), (257, 0x0B), (1000, 0x0B)])
def test_up_to_a_thousand_classes_are_numbered(classes, code):
    contents = contents_of(np.arange(1, classes + 1), [1])
    renumbered = numbered(contents, original_labels(contents))["train-labels"]
    assert renumbered[2] == code
    np.testing.assert_array_equal(idx.decode_labels(renumbered, "it"), np.arange(classes))


@pytest.mark.parametrize("classes", [1, 1001])
def test_too_few_and_too_many_classes_are_refused(classes):
    contents = contents_of(np.arange(classes), [0])
    with pytest.raises(DiscernError, match=rf"has {classes} different labels, but 2 to 1000"):
        original_labels(contents)


def test_labels_of_the_test_set_alone_are_classes_too():
    assert original_labels(contents_of([3, 5], [4])) == [3, 4, 5]
