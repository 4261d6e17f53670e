"""The split is stratified, disjoint, a function of the seed, and refuses what it can't divide."""

import numpy as np
import pytest

from discern.data.split import draw, split_labels
from discern.errors import DiscernError


@pytest.fixture
def parts_of(digits):
    """Splits the digits, or other labels."""

    def parts_of(train_labels=None, test_labels=None, **options):
        given = {"validation": 197, "train": None, "test": None, "seed": 0} | options
        train = digits["train_labels"] if train_labels is None else np.uint8(train_labels)
        test = digits["test_labels"] if test_labels is None else np.uint8(test_labels)
        return split_labels(train, test, **given)

    return parts_of


def assert_equal(first, second):
    assert first.keys() == second.keys()
    for part, indices in first.items():
        np.testing.assert_array_equal(indices, second[part], strict=True)


def test_the_parts_are_sorted_disjoint_and_whole(parts_of):
    parts = parts_of()
    assert {part: (len(i), i.dtype) for part, i in parts.items()} == {
        "train": (1100, np.int64),
        "validation": (197, np.int64),
        "test": (500, np.int64),
    }
    for indices in parts.values():
        assert (np.diff(indices) > 0).all()
    both = np.concatenate([parts["train"], parts["validation"]])
    np.testing.assert_array_equal(np.sort(both), np.arange(1297))
    np.testing.assert_array_equal(parts["test"], np.arange(500))


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_every_part_has_its_share_of_each_class(parts_of, digits, part):
    chosen = parts_of(train=600, test=250)[part]
    labels = digits["test_labels" if part == "test" else "train_labels"]
    share = np.bincount(labels) * len(chosen) / len(labels)
    assert np.abs(np.bincount(labels[chosen]) - share).max() <= 1


def test_fewer_training_images_leave_the_validation_images_as_they_are(parts_of):
    whole, fewer = parts_of(), parts_of(train=500)
    np.testing.assert_array_equal(fewer["validation"], whole["validation"])
    assert set(fewer["train"]) < set(whole["train"])


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_the_seed_decides(parts_of, part):
    asked = {"train": 600, "test": 250}
    assert_equal(parts_of(seed=1, **asked), parts_of(seed=1, **asked))
    assert set(parts_of(seed=1, **asked)[part]) != set(parts_of(seed=2, **asked)[part])


def test_asking_for_all_is_not_drawing(parts_of):
    assert_equal(parts_of(train=1100, test=500), parts_of())


def test_what_is_drawn_and_what_is_left_are_all_of_the_indices():
    indices, labels = np.arange(100, 160), np.arange(60) % 3
    left, chosen = draw(indices, labels, 12, 0, "split.train")
    assert (len(left), len(chosen)) == (48, 12)
    np.testing.assert_array_equal(np.sort(np.concatenate([left, chosen])), indices)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"validation": 9}, "split.validation is 9, but 1297 images of 10 classes allow 10 to 12"),
        ({"validation": 1288}, "split.validation is 1288, but"),
        ({"train": 1101}, "split.train is 1101, but 1100 images of 10 classes allow 10 to 1090"),
        ({"train": 0}, "split.train is 0, but"),
        ({"test": 501}, "split.test is 501, but 500 images"),
    ],
)
def test_a_part_that_can_not_be_drawn_is_named_with_what_can(parts_of, options, sentence):
    with pytest.raises(DiscernError, match=f"^{sentence}.*; change it$"):
        parts_of(**options)


@pytest.mark.parametrize("count", [10, 1287])
def test_the_bounds_that_are_told_can_be_drawn(parts_of, count):
    assert len(parts_of(validation=count)["validation"]) == count


@pytest.mark.parametrize(
    ("train", "test", "options", "sentence"),
    [
        ([0, 2] * 50, [0, 2] * 9, {}, "class 1 has 0 training images"),
        ([0, 1] * 50 + [2], [0, 1] * 9, {}, "class 2 has 1 training images"),
        ([0, 1] * 50, [0, 1, 2] * 9, {}, "class 2 has test images but no training images"),
        (
            [*range(10)] * 20,
            [*range(9)] * 5 + [9],
            {"test": 20},
            "split.test: only 1 image of class 9 is left to choose from",
        ),
        (
            [*range(9)] * 20 + [9, 9],
            [*range(10)] * 5,
            {"train": 100, "validation": 91},
            "split.train: only 1 image of class 9 is left to choose from",
        ),
    ],
)
def test_a_scarce_class_is_named(parts_of, train, test, options, sentence):
    with pytest.raises(DiscernError, match=f"^{sentence}"):
        parts_of(train, test, **({"validation": 20} | options))
