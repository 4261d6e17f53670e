"""The pipeline on a small part of genuine MNIST."""

import csv

import pytest

from project import Project, copy_project

pytestmark = pytest.mark.slow


def test_softmax_and_triplets_learn_genuine_digits(tmp_path, mnist_folder):
    kept = ("pixels", "softmax", "triplet_semihard")
    others = ("cosface", "intra_triplet", "triplet_softmax", "sphereface", "contrastive")
    overlay = {
        "version": "small",
        "data": {"local": str(mnist_folder), "sources": []},
        "split": {"train": 8000, "validation": 1000, "test": 1500},
        "training": {"epochs": 2},
        "tsne": {"iterations": 300},
        "losses": dict.fromkeys(others, False),
    }
    project = Project(copy_project(tmp_path / "project"), overlay)
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    with (project.folder / "results/small/report/leaderboard.csv").open() as file:
        accuracy = {row["label"]: float(row["knn_accuracy"]) for row in csv.DictReader(file)}
    assert set(accuracy) == set(kept)
    # With 60,000 images raw pixels have 3.1 % error in Euclidean distance, and fewer in cosine
    # distance; a seventh of the gallery costs some.
    assert 0.91 < accuracy["pixels"] < 0.97
    assert accuracy["softmax"] > 0.955
    assert accuracy["triplet_semihard"] > 0.965
