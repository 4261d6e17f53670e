"""The corrupt stage writes which images train and with which labels, and the counts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from claims import assert_refused
from discern.data.corruption import corrupt
from discern.files import read_arrays

pytestmark = pytest.mark.usefixtures("downloaded")


@pytest.fixture
def stage(job):
    """The stage of the split's 300 training images."""
    assert job("split").run() == 0
    return lambda **options: job("corrupt", **options)


def test_the_training_part_is_corrupted_and_counted(stage, digits):
    done = stage(label_noise=0.2, imbalance=3, seed=7)
    assert done.run() == 0
    train = read_arrays(done.split)["train"]
    clean = digits["train_labels"]
    kept, labels = corrupt(clean[train].astype(np.int16), label_noise=0.2, imbalance=3, seed=7)
    written = read_arrays(done.corruption)
    np.testing.assert_array_equal(written["train"], train[kept], strict=True)
    np.testing.assert_array_equal(written["labels"], labels, strict=True)
    summary = json.loads(done.summary.read_text())
    images = [int(np.sum(clean[written["train"]] == label)) for label in range(10)]
    assert summary["images_per_class"] == images
    assert summary["images"] == sum(images) < 300
    assert summary["changed"] == round(0.2 * sum(images)) == sum(summary["changed_per_class"])
    assert summary["labels_per_class"] == [int(np.sum(labels == label)) for label in range(10)]


def test_too_much_is_one_sentence_and_nothing_is_written(stage, capfd):
    refused = stage(imbalance=1000)
    assert_refused(refused, capfd, "corruption.imbalance leaves 0 of ", "lower it")
