"""The split stage writes the images of each part, and how many there are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from claims import assert_refused
from discern.data import idx
from discern.data.split import split_labels
from discern.files import read_arrays

pytestmark = pytest.mark.usefixtures("downloaded")
OPTIONS = {"validation": 197, "train": 600, "test": 250, "seed": 1}


def test_the_parts_are_those_that_the_labels_are_split_into(job, digits):
    stage = job("split", **OPTIONS)
    assert stage.run() == 0
    parts = read_arrays(stage.split)
    expected = split_labels(digits["train_labels"], digits["test_labels"], **OPTIONS)
    assert list(parts) == ["train", "validation", "test"]
    summary = json.loads(stage.summary.read_text())
    assert summary.pop("seed") == 1
    for part, chosen in parts.items():
        np.testing.assert_array_equal(chosen, expected[part], strict=True)
        labels = digits["test_labels" if part == "test" else "train_labels"][chosen]
        counts = [int(np.sum(labels == label)) for label in range(10)]
        assert summary.pop(part) == {"images": len(chosen), "per_class": counts}
    assert summary == {}


def test_without_numbers_all_images_train_and_test(job):
    stage = job("split", train=None, test=None)
    assert stage.run() == 0
    sizes = {part: len(indices) for part, indices in read_arrays(stage.split).items()}
    assert sizes == {"train": 1100, "validation": 197, "test": 500}


def test_what_can_not_be_drawn_is_one_sentence_and_nothing_is_written(job, capfd):
    sentence = "split.validation is 1290, but 1297 images of 10 classes allow 10 to 1277"
    assert_refused(job("split", validation=1290), capfd, sentence)


def test_test_images_of_another_size_are_refused(job, digits, capfd):
    stage = job("split")
    stage.test_images.write_bytes(idx.encode(digits["test_images"][:, :, 1:]))
    sentence = (
        f"{stage.train_images} has images of 8 × 8 values, but those of {stage.test_images} have "
        "8 × 7; all need the same size"
    )
    assert_refused(stage, capfd, sentence)


def test_colour_images_are_split_as_grey_ones_and_not_mixed_with_them(job, digits, capfd):
    stage = job("split")
    for part in ("train_images", "test_images"):
        colour = np.stack([digits[part]] * 3, axis=-1)
        getattr(stage, part).write_bytes(idx.encode(colour))
        if part == "train_images":
            assert_refused(stage, capfd, "images of 8 × 8 × 3 values, but", "have 8 × 8;")
    assert stage.run() == 0
