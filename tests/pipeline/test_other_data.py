"""Another data set needs only configuration: its size, its classes, their names."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from discern.data import idx
from discern.data.sources import FILES

pytestmark = pytest.mark.slow

NAMES = [*(f"digit {label}" for label in range(10)), "turned 2", "turned 7", "turned 4"]
TRAINED_AND_BEFORE = {"download", "split", "train", "select", "embed", "tsne", "measure"}


@pytest.fixture(scope="module")
def turned(digits):
    """Digits of 7 × 8 pixels in 13 classes: the last three are digits on their side."""
    found = {}
    for part in ("train", "test"):
        images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
        for number, digit in enumerate((2, 7, 4), start=10):
            side = np.rot90(images[labels == digit], axes=(1, 2))
            images = np.concatenate([images, side])
            labels = np.concatenate([labels, np.full(len(side), number, np.uint8)])
        name = "train" if part == "train" else "t10k"
        found |= {f"{name}-images": images[:, 1:], f"{name}-labels": labels}
    return found


@pytest.fixture(scope="module")
def other_data(turned, tmp_path_factory):
    """The configuration of that set, whose files have labels with gaps, and nothing of MNIST."""
    folder = tmp_path_factory.mktemp("turned")
    digests = {}
    for file, name in FILES.items():
        array = turned[file]
        content = idx.encode(20 * array.astype(np.int16) + 1 if "labels" in file else array)
        (folder / name).write_bytes(content)
        digests[file] = hashlib.sha256(content).hexdigest()
    kept = ("pixels", "softmax")
    others = ("triplet_semihard", "cosface", "intra_triplet")
    others += ("triplet_softmax", "sphereface", "contrastive")
    return {
        "version": "turned",
        "data": {
            "local": None,
            "class_names": NAMES,
            "sha256": digests,
            "sources": [{"folder": str(folder)}],
        },
        "split": {"validation": 260},
        "batches": {"size": 104, "samples": 8},
        "training": {"epochs": 2},
        "losses": {label: {} for label in kept} | dict.fromkeys(others, False),
    }


def test_the_whole_pipeline_runs_on_it(fresh, other_data, turned):
    done = fresh.snakemake(overlay=other_data)
    assert done.returncode == 0, done.stdout[-4000:]
    results = fresh.folder / "results/turned"
    summary = json.loads((results / "split/split.json").read_text())
    expected = np.bincount(turned["t10k-labels"]).tolist()
    assert summary["test"]["per_class"] == expected
    assert len(expected) == 13
    assert json.loads((results / "download/labels.json").read_text()) == [*range(1, 261, 20)]
    with np.load(results / "embed/pixels/0/test.npz") as arrays:
        assert arrays["embeddings"].shape == (len(turned["t10k-labels"]), 7 * 8)
        np.testing.assert_array_equal(arrays["labels"], turned["t10k-labels"])
    for loss in ("pixels", "softmax"):
        measures = json.loads((results / f"measure/{loss}/0.json").read_text())
        assert measures["knn_accuracy"] > 0.5  # chance is 1 in 13

    # Other names are other words in the figures and no reason to train again.
    class_names = [name.upper() for name in NAMES]
    for renamed in ({"data": {"class_names": class_names}}, {"data": {"class_names": None}}):
        overlay = other_data | {"data": other_data["data"] | renamed["data"]}
        assert not TRAINED_AND_BEFORE & fresh.planned(overlay).keys()


def test_too_few_names_are_refused_before_anything_is_trained(fresh, other_data):
    overlay = other_data | {"data": other_data["data"] | {"class_names": NAMES[:-1]}}
    overlay["batches"] = {"size": 96, "samples": 8}
    done = fresh.snakemake(overlay=overlay)
    assert done.returncode != 0
    assert "data.class_names has 12 names, but the data has 13 classes" in done.stdout
    assert not (fresh.folder / "results/turned/split").exists()
