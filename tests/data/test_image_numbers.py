"""The evaluated images have the numbers that they have in their data set."""

import numpy as np
import pytest

from discern.data.idx import encode
from discern.data.image_numbers import image_numbers
from discern.errors import Damaged, DiscernError
from discern.results import Version
from plain_files import write_arrays, write_bytes

TEST = np.array([2, 0, 1, 2, 0, 1, 2], np.uint8)
TRAIN = np.array([1, 1, 0, 2, 2, 0], np.uint8)
PARTS = {"test": np.array([0, 2, 3, 5, 6]), "validation": np.array([1, 2, 4])}


@pytest.fixture
def version(tmp_path):
    version = Version(tmp_path)
    write_bytes(version.idx("test_labels"), encode(TEST))
    write_bytes(version.idx("train_labels"), encode(TRAIN))
    write_arrays(version.split, PARTS)
    return version


@pytest.mark.parametrize(("part", "labels"), [("test", TEST), ("validation", TRAIN)])
def test_where_all_classes_are_evaluated_all_images_of_the_part_are(version, part, labels):
    numbers = image_numbers(version, part, labels[PARTS[part]].astype(np.int16))
    np.testing.assert_array_equal(numbers, PARTS[part], strict=True)


def test_where_some_classes_are_evaluated_only_their_images_are(version):
    assert image_numbers(version, "test", np.array([2, 2, 2], np.int16)).tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    "labels", [[2, 1, 2, 1], [2, 1, 1, 2, 2], [2, 1, 2, 1, 2, 2], [3]], ids=str
)
def test_other_images_than_those_that_were_evaluated_are_refused(version, labels):
    sentence = r"split\.npz has other test images than those that were evaluated; delete it"
    with pytest.raises(Damaged, match=sentence):
        image_numbers(version, "test", np.array(labels, np.int16))


def test_a_split_of_more_images_than_there_are_is_refused(version):
    write_arrays(version.split, {"test": PARTS["test"] + 1})
    with pytest.raises(Damaged, match="has other test images"):
        image_numbers(version, "test", TEST[PARTS["test"]].astype(np.int16))


def test_a_missing_split_is_named(version):
    version.split.unlink()
    with pytest.raises(DiscernError, match=r"split\.npz does not exist; run the stage"):
        image_numbers(version, "test", np.array([2], np.int16))
