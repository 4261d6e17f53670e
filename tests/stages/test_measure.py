"""The measure stage writes the evaluation's results, and rejects files that can't be evaluated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from claims import assert_refused
from discern.data.embeddings import SEEN
from discern.files import read_arrays
from discern.maps.map import Map
from discern.measures.evaluation import evaluate
from discern.measures.novelty import compute
from discern.measures.shared.interface import Classifier, Novelty
from plain_files import write_arrays

LABELS = np.repeat([0, 1, 2], 8).astype(np.int16)
CENTRES = np.float32([[10, 0, 0], [0, 10, 0], [0, 0, 10]])
NOISE = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
GALLERY = {"embeddings": CENTRES[LABELS] + NOISE, "labels": LABELS}
QUERIES = {"embeddings": CENTRES[LABELS] + 4 * NOISE[::-1], "labels": LABELS}
POINTS = np.float64([[0, 0], [9, 0], [0, 9]])[LABELS] + NOISE[:, :2]
MAP = {"map": POINTS, "labels": LABELS, "kl_divergence": np.array(0.25)}
PREDICTIONS = {"predictions": LABELS[::-1].copy(), "class_weights": CENTRES}


@pytest.fixture
def stage(job):
    """Makes the stage for arrays, which are written to files."""

    def stage(distance="euclidean", neighbours=3, **changes):
        made = job("measure", distance=distance, neighbours=neighbours)
        files = {"gallery": GALLERY, "queries": QUERIES, "map": MAP} | changes
        for name, arrays in files.items():
            write_arrays(getattr(made, name), arrays)
        return made

    return stage


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_what_the_evaluation_says_is_written_and_the_accuracy_logged(stage, capfd, distance):
    made = stage(queries=QUERIES | PREDICTIONS, distance=distance)
    assert made.run() == 0
    embeddings = QUERIES["embeddings"]
    measures, outcomes = evaluate(
        *GALLERY.values(),
        embeddings,
        LABELS,
        distance=distance,
        neighbours=3,
        classifier=Classifier(*PREDICTIONS.values(), embeddings, LABELS, *GALLERY.values()),
        map_=Map(POINTS, LABELS, 0.25),
    )
    written = json.loads(made.measures.read_text())
    assert list(written.items()) == list(measures.items())
    assert 0 < written["knn_accuracy"] <= 1
    said = f"measure: 3-NN accuracy {100 * written['knn_accuracy']:.2f} %, silhouette"
    assert said in capfd.readouterr().err
    kept = read_arrays(made.outcomes)
    assert list(kept) == list(outcomes)
    for name, values in outcomes.items():
        np.testing.assert_array_equal(kept[name], values, strict=True)


def test_a_row_without_a_map_and_a_classifier_is_measured_with_up_to_the_whole_gallery(job, stage):
    stage()
    made = job("measure", map=None, neighbours=24)
    assert made.run() == 0
    measures = json.loads(made.measures.read_text())
    assert measures["neighbours"] == 24
    assert (measures["map"], measures["classifier_accuracy"]) == (None, None)


def test_as_many_neighbours_as_a_map_allows_are_measured(stage):
    assert stage(neighbours=11).run() == 0  # less than half of 24


def beside(in_gallery, in_queries):
    """Both files with embeddings of trained classes."""
    both = {"gallery": GALLERY | {SEEN: in_gallery}, "queries": QUERIES | {SEEN: in_queries}}
    return {name: {k: np.ascontiguousarray(v) for k, v in both[name].items()} for name in both}


def test_trained_classes_beside_unseen_ones_are_told_apart(stage):
    known = NOISE[:20] + np.float32([0, 1, 3])
    made = stage(**beside(known, known[::-2]), neighbours=4)
    assert made.run() == 0
    expected = compute(Novelty(known, known[::-2], QUERIES["embeddings"], 4))["novelty_auroc"]
    assert json.loads(made.measures.read_text())["novelty_auroc"] == expected
    assert 0.5 < expected < 1


def test_embeddings_in_the_plane_are_their_own_map_and_have_no_divergence(stage):
    plane = {"embeddings": np.float32(POINTS), "labels": LABELS}
    made = stage(gallery=plane, queries=plane, map=plane)
    assert made.run() == 0
    values = json.loads(made.measures.read_text())["map"]
    assert values["kl_divergence"] is None
    assert values["trustworthiness"] == 1.0
    assert values["knn_accuracy"] == values["embedding_knn_accuracy"]


def some(which, **changes):
    """Queries and their map for those of the images alone."""
    files = {"queries": QUERIES, "map": MAP}
    return changes | {
        file: {name: array[which] if array.ndim else array for name, array in arrays.items()}
        for file, arrays in files.items()
    }


FEW, EACH_ONCE, FIRST_CLASS = slice(6, 10), [0, 8, 16], slice(8)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"gallery": GALLERY | {"embeddings": NOISE[:, :2].copy()}}, "embeddings of width 3"),
        (
            {"gallery": GALLERY | {"embeddings": NOISE + np.nan}},
            "train.npz holds embeddings that are",
        ),
        (
            {"queries": QUERIES | {"embeddings": NOISE - np.inf}},
            "test.npz holds embeddings that are",
        ),
        (
            {"queries": QUERIES | {"predictions": LABELS, "class_weights": CENTRES.T + np.inf}},
            "holds class weights that are not finite",
        ),
        ({"gallery": GALLERY | {"labels": LABELS * 0}}, "holds images of only one class"),
        ({"neighbours": 25}, "evaluation.neighbours is 25, but the gallery holds only 24"),
        (
            beside(NOISE, NOISE[:2, :2]),
            "test.npz holds embeddings of trained classes of width 2, not 3",
        ),
        (
            beside(NOISE[:, :2], NOISE),
            "train.npz holds embeddings of trained classes of width 2, not",
        ),
        (beside(NOISE[:2], NOISE), "train.npz holds only 2 images of trained classes; lower it"),
        ({"queries": QUERIES | {SEEN: NOISE}}, "train.npz holds no array 'seen_embeddings'"),
        ({"neighbours": 12}, "less than half of the 24 images"),
        (some(FEW, neighbours=4), "less than half of the 4 images"),
        ({"map": some(slice(23))["map"]}, "has 23 points for 24 queries"),
        (some(FIRST_CLASS), "test.npz holds images of only one class"),
        (some(EACH_ONCE, neighbours=1), "test.npz holds one image of each class"),
        (
            {"queries": QUERIES | {"predictions": LABELS[:5]}},
            "holds predictions that are (5,), not (24,) as the labels",
        ),
        ({"queries": QUERIES | {"predictions": LABELS}}, "holds no array 'class_weights'"),
        *(
            (
                {"queries": QUERIES | {"predictions": LABELS, "class_weights": weights}},
                f"class weights that are {weights.shape}, not one of width 3 for each class",
            )
            for weights in (CENTRES[:2], CENTRES[:, :2], CENTRES[0])
        ),
    ],
)
def test_files_that_do_not_fit_or_are_too_small_are_named(stage, capfd, change, sentence):
    assert_refused(stage(**change), capfd, sentence)
