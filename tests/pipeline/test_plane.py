"""Two-dimensional embeddings are their own map; t-SNE does not run for them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

pytestmark = pytest.mark.slow

TWO_DIMENSIONS = {
    "version": "plane",
    "network": {"embedding_dim": 2},
    "losses": {
        "softmax": {"dropout": 0},
        **dict.fromkeys(
            ("triplet_semihard", "cosface", "intra_triplet")
            + ("triplet_softmax", "sphereface", "contrastive"),
            False,
        ),
    },
}


def test_in_the_plane_the_report_shows_the_embedding_itself(fresh):
    assert fresh.planned(TWO_DIMENSIONS)["tsne"] == 1  # of the pixels
    done = fresh.snakemake(overlay=TWO_DIMENSIONS)
    assert done.returncode == 0, done.stdout[-4000:]
    results = fresh.folder / "results/plane"
    assert [path.name for path in (results / "tsne").iterdir()] == ["pixels"]
    with np.load(results / "embed/softmax/0/test.npz") as arrays:
        assert arrays["embeddings"].shape == (500, 2)
    measures = json.loads((results / "measure/softmax/0.json").read_text())
    assert measures["map"]["kl_divergence"] is None
    assert measures["map"]["knn_accuracy"] == pytest.approx(measures["knn_accuracy"], abs=0.2)
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert page.count("Two-dimensional embedding of") == 1
    assert page.count("t-SNE map of") == 1
    with (results / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert rows["softmax"]["map_kl_divergence"] == ""
    assert float(rows["pixels"]["map_kl_divergence"]) > 0
    assert fresh.planned(TWO_DIMENSIONS) == {}
