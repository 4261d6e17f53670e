"""The split is stratified, disjoint, a function of the seed, and refuses what it can't divide."""

from __future__ import annotations

import json

import numpy as np
import pytest

from discern import idx
from discern.files import read_arrays
from discern.stages import split

NAMES = ["train_images", "train_labels", "test_images", "test_labels"]


@pytest.fixture
def run(tmp_path, digits):
    """Runs the stage on the digits, or on digits with other labels."""

    def run(*options, folder="split", train_labels=None, test_labels=None):
        arrays = dict(digits)
        for part, labels in (("train", train_labels), ("test", test_labels)):
            if labels is not None:
                arrays[f"{part}_labels"] = np.asarray(labels, np.uint8)
                arrays[f"{part}_images"] = np.zeros((len(labels), 8, 8), np.uint8)
        argv = []
        for name in NAMES:
            (tmp_path / name).write_bytes(idx.encode(arrays[name]))
            argv += [f"--{name.replace('_', '-')}", str(tmp_path / name)]
        target = tmp_path / folder
        argv += ["--split", str(target / "split.npz"), "--summary", str(target / "split.json")]
        argv += ["--validation", "197", "--seed", "0", *options]
        return split.main(argv)

    run.folder = tmp_path / "split"
    return run


def parts_of(run, folder="split"):
    return read_arrays(run.folder.parent / folder / "split.npz", "train", "validation", "test")


def test_the_parts_are_sorted_disjoint_and_whole(run):
    assert run() == 0
    parts = parts_of(run)
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


def test_every_part_has_its_share_of_each_class(run, digits):
    assert run("--train", "600", "--test", "250") == 0
    parts = parts_of(run)
    for part, labels in (("train", "train"), ("validation", "train"), ("test", "test")):
        everything = np.bincount(digits[f"{labels}_labels"])
        share = everything * len(parts[part]) / everything.sum()
        assert np.abs(np.bincount(digits[f"{labels}_labels"][parts[part]]) - share).max() <= 1


def test_the_summary_counts_the_parts(run, digits):
    assert run("--train", "600") == 0
    summary = json.loads((run.folder / "split.json").read_text())
    chosen = parts_of(run)["train"]
    assert summary["seed"] == 0
    assert summary["train"]["images"] == len(chosen) == 600
    assert summary["train"]["per_class"] == [
        int(np.sum(digits["train_labels"][chosen] == label)) for label in range(10)
    ]


def test_fewer_training_images_leave_the_validation_images_as_they_are(run):
    assert run() == 0
    assert run("--train", "500", folder="fewer") == 0
    whole, fewer = parts_of(run), parts_of(run, "fewer")
    np.testing.assert_array_equal(fewer["validation"], whole["validation"])
    assert set(fewer["train"]) < set(whole["train"])


def test_the_seed_decides(run):
    for folder, seed in (("first", "1"), ("again", "1"), ("other", "2")):
        assert run("--seed", seed, folder=folder) == 0
    first, again, other = (
        (run.folder.parent / folder / "split.npz").read_bytes()
        for folder in ("first", "again", "other")
    )
    assert first == again
    assert first != other


def test_asking_for_all_is_not_drawing(run):
    assert run("--train", "1100", "--test", "500") == 0
    assert run("--train", "none", "--test", "none", folder="none") == 0
    for part, indices in parts_of(run).items():
        np.testing.assert_array_equal(indices, parts_of(run, "none")[part])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--validation", "1290"], "split.validation is 1290, but 1297 images of 10 classes allow"),
        (["--validation", "5"], "split.validation is 5, but"),
        (["--validation", "2000"], "split.validation is 2000, but"),
        (["--train", "1101"], "split.train is 1101, but 1100 images of 10 classes allow 10 to"),
        (["--train", "0"], "split.train is 0, but"),
        (["--test", "501"], "split.test is 501, but 500 images"),
    ],
)
def test_a_part_that_can_not_be_drawn_is_named_with_what_can(run, capfd, options, sentence):
    assert run(*options) == 1
    shown = capfd.readouterr().err
    assert sentence in shown
    assert "Traceback" not in shown
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("train", "test", "sentence"),
    [
        ([0, 2] * 50, [0, 2] * 9, "class 1 has 0 training images"),
        ([0, 1] * 50 + [2], [0, 1] * 9, "class 2 has 1 training images"),
        ([0, 1] * 50, [0, 1, 2] * 9, "class 2 is among the test images alone"),
    ],
)
def test_a_scarce_class_is_named(run, capfd, train, test, sentence):
    options = ("--validation", "20")
    assert run(*options, train_labels=train, test_labels=test) == 1
    shown = capfd.readouterr().err
    assert sentence in shown
    assert "Traceback" not in shown
    assert not run.folder.exists()


def test_test_images_of_another_size_are_refused(run, digits, monkeypatch, capfd):
    monkeypatch.setitem(digits, "test_images", digits["test_images"][:, :, 1:])
    assert run() == 1
    shown = capfd.readouterr().err
    assert "train_images has images of 8 × 8 pixels" in shown
    assert "test_images have 8 × 7; all need the same size" in shown
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("options", "train", "test"),
    [
        (["--test", "20"], list(range(10)) * 20, [*list(range(9)) * 5, 9]),
        (["--train", "100"], [*list(range(9)) * 20, 9, 9], list(range(10)) * 5),
    ],
)
def test_a_class_too_scarce_for_a_later_choice_is_named(run, capfd, options, train, test):
    run("--validation", "20", *options, train_labels=train, test_labels=test)
    assert "nobody foresaw" not in capfd.readouterr().err
