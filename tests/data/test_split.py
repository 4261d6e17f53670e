"""The split is stratified, disjoint, a function of the seed, and refuses what it can't divide."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

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
        (
            {"validation": 9},
            "split.validation is 9, but 1297 images of 10 classes allow 10 to 1277",
        ),
        ({"validation": 1278}, "split.validation is 1278, but"),
        ({"train": 1101}, "split.train is 1101, but 1100 images of 10 classes allow 20 to 1090"),
        ({"train": 19}, "split.train is 19, but"),
        ({"test": 501}, "split.test is 501, but 500 images"),
    ],
)
def test_a_part_that_can_not_be_drawn_is_named_with_what_can(parts_of, options, sentence):
    with pytest.raises(DiscernError, match=f"^{sentence}.*; change it$"):
        parts_of(**options)


@pytest.mark.parametrize(
    ("part", "count"),
    [*(("validation", count) for count in (10, 1277)), ("train", 20), ("train", 1090)],
)
def test_the_bounds_that_are_told_can_be_drawn(parts_of, part, count):
    assert len(parts_of(**{part: count})[part]) == count


# Enough for all in the classes of the first number, the last class has few.
RARE = {
    "validate nine of ten": (9 * [400] + [3], {"validation": 400}),
    "train nine of ten": (9 * [400] + [3], {"validation": 400, "train": 400}),
    "test nine of ten": (9 * [400] + [3], {"validation": 400, "test": 100}),
    "validate all but the fewest": (9 * [400] + [3], {"validation": 3583}),
    "several rare classes": (3 * [300] + 4 * [3], {"validation": 8, "train": 14, "test": 7}),
    "as few as can be": (10 * [3], {"validation": 10, "train": None, "test": 10}),
}


@pytest.mark.parametrize(("sizes", "options"), RARE.values(), ids=RARE)
@pytest.mark.parametrize("seed", range(5))
def test_every_part_has_each_class_even_a_rare_one(parts_of, sizes, options, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = parts_of(labels, labels, seed=seed, **options)
    for part, least in (("train", 2), ("validation", 1), ("test", 1)):
        counts = np.bincount(labels[parts[part]], minlength=len(sizes))
        assert counts.min() >= least, part
        wanted = options.get(part)
        assert wanted is None or len(parts[part]) == wanted
    assert not set(parts["train"]) & set(parts["validation"])
    assert_equal(parts, parts_of(labels, labels, seed=seed, **options))


def test_a_rare_class_costs_the_largest_one_image(parts_of):
    sizes = np.array([500, *[400] * 8, 3])
    labels = np.repeat(np.arange(10), sizes)
    drawn = np.bincount(labels[parts_of(labels, labels, validation=400)["validation"]])
    share = sizes * 400 / sizes.sum()
    assert drawn[9] == 1
    assert np.abs(drawn - share)[1:9].max() <= 1
    assert drawn[0] == pytest.approx(share[0], abs=2)


def test_what_scikit_learn_draws_stays_where_no_class_is_rare(parts_of, digits):
    labels = digits["train_labels"]
    expected = train_test_split(
        np.arange(len(labels)), test_size=197, stratify=labels, random_state=3
    )
    parts = parts_of(seed=3)
    np.testing.assert_array_equal(parts["train"], np.sort(expected[0]))
    np.testing.assert_array_equal(parts["validation"], np.sort(expected[1]))


@pytest.mark.parametrize(
    ("train", "test", "options", "sentence"),
    [
        ([0, 2] * 50, [0, 2] * 9, {}, "class 1, counted from 0, has 0 training images"),
        ([0, 1] * 50 + [2] * 2, [0, 1] * 9, {}, "class 2, counted from 0, has 2 training images"),
        ([0, 1] * 50, [0, 1, 2] * 9, {}, "class 2, counted from 0, has 0 training images"),
        (
            [*range(10)] * 20,
            [*range(9)] * 5 + [9],
            {"test": 20},
            "split.test: class 9, counted from 0, has only 1 of the 2 images",
        ),
    ],
)
def test_a_scarce_class_is_named(parts_of, train, test, options, sentence):
    with pytest.raises(DiscernError, match=f"^{sentence}"):
        parts_of(train, test, **({"validation": 20} | options))
