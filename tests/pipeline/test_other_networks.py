"""The networks of a finished version embed other images, and nothing is trained."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from discern.data import idx
from discern.data.sources import FILES
from discern.files import read_json
from discern.results import Version

pytestmark = pytest.mark.slow

TRAINED = ("softmax", "cosface")
OTHERS = ("triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface", "contrastive")


@pytest.fixture(scope="module")
def more_classes(digits, tmp_path_factory):
    """The configuration of the digits, to which an eleventh class is added: fours on their side."""
    folder = tmp_path_factory.mktemp("more")
    sha256 = {}
    for file, name in FILES.items():
        part = "train" if "train" in file else "test"
        images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
        side = np.rot90(images[labels == 4], axes=(1, 2))
        if "labels" in file:
            content = idx.encode(np.concatenate([labels, np.full(len(side), 10, np.uint8)]))
        else:
            content = idx.encode(np.concatenate([images, side]))
        (folder / name).write_bytes(content)
        sha256[file] = hashlib.sha256(content).hexdigest()
    return {
        "version": "more",
        "data": {"local": None, "sha256": sha256, "sources": [{"folder": str(folder)}]},
        "evaluation": {"trained_in": "results/digits"},
        "tsne": {"mapped_seeds": "none"},
        "losses": dict.fromkeys(OTHERS, False),
    }


def test_networks_of_another_version_are_evaluated_on_other_images(copied, more_classes):
    planned = copied.planned(more_classes)
    assert not {"train", "select"} & planned.keys()
    assert planned["embed"] == 1 + len(TRAINED)
    done = copied.snakemake(overlay=more_classes)
    assert done.returncode == 0, done.stdout[-4000:]

    known, more = (Version(copied.folder / "results" / name) for name in ("digits", "more"))
    for label in TRAINED:
        with (
            np.load(known.embeddings(label, 0, "test")) as old,
            np.load(more.embeddings(label, 0, "test")) as new,
        ):
            count = len(old["embeddings"])
            assert len(new["embeddings"]) > count
            np.testing.assert_array_equal(new["embeddings"][:count], old["embeddings"])
            # A classifier knows only the classes that it was trained on.
            assert "predictions" in old
            assert "predictions" not in new
        assert len(read_json(more.measures(label, 0))["class_variances"]) == 11
    assert "trained in results/digits" in more.page.read_text()
    # Their comparison is a claim about losses, as that of rows which are trained here.
    leaderboard = more.leaderboard("csv").read_text().splitlines()
    assert len(leaderboard) == 2 + len(TRAINED)
    assert copied.discern("verify", "results/more").returncode == 0
    # The other version was only read.
    assert copied.planned() == {}
    assert copied.planned(more_classes) == {}
