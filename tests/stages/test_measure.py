"""The measures of small embeddings are those that can be counted by hand."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from discern import hypersphere
from discern.files import read_arrays, write_arrays
from discern.retrieval import retrieval
from discern.stages import measure
from discern.verification import verification

LABELS = np.repeat([0, 1, 2], 8).astype(np.uint8)
CENTRES = np.float32([[10, 0, 0], [0, 10, 0], [0, 0, 10]])
NOISE = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
APART = {"embeddings": CENTRES[LABELS] + NOISE / 10, "labels": LABELS}
MAP = {
    "map": np.float64([[0, 0], [9, 0], [0, 9]])[LABELS] + NOISE[:, :2] / 10,
    "labels": LABELS,
    "kl_divergence": np.array(0.25),
}


@pytest.fixture
def run(tmp_path):
    """Runs the stage; returns its status, and ``run.found()`` gives what it wrote."""

    def run(gallery=APART, queries=APART, chart=MAP, distance="euclidean", neighbours=3):
        argv = ["--distance", distance, "--neighbours", str(neighbours)]
        for flag, arrays in (("gallery", gallery), ("queries", queries), ("map", chart)):
            argv.append(f"--{flag}")
            if arrays is not None:
                write_arrays(tmp_path / f"{flag}.npz", arrays)
                argv.append(str(tmp_path / f"{flag}.npz"))
        argv += ["--measures", str(run.path), "--outcomes", str(run.outcomes_path)]
        return measure.main(argv)

    run.path = tmp_path / "measures.json"
    run.outcomes_path = tmp_path / "outcomes.npz"
    run.outcomes = lambda: read_arrays(run.outcomes_path)
    run.found = lambda: json.loads(run.path.read_text())
    return run


def test_classes_far_apart_are_told_apart_without_a_mistake(run):
    assert run() == 0
    found = run.found()
    assert found["images"] == 24
    assert found["distance"] == "euclidean"
    assert found["neighbours"] == 3
    assert found["knn_accuracy"] == 1.0
    assert found["nearest_mean_accuracy"] == 1.0
    assert found["map"]["kl_divergence"] == 0.25
    assert found["map"]["knn_accuracy"] == found["map"]["embedding_knn_accuracy"] == 1.0
    assert found["linear_probe_accuracy"] == 1.0
    assert found["silhouette"] > 0.95


def test_without_a_map_everything_else_is_measured(run):
    assert run() == 0
    with_map = run.found()
    assert run(chart=None) == 0
    assert run.found() == with_map | {"map": None}


def test_embeddings_in_the_plane_are_their_own_map_and_have_no_divergence(run):
    plane = {"embeddings": np.float32(MAP["map"]), "labels": LABELS}
    assert run(gallery=plane, queries=plane, chart=plane) == 0
    assert run.found()["map"] == {
        "kl_divergence": None,
        "trustworthiness": 1.0,
        "knn_accuracy": 1.0,
        "embedding_knn_accuracy": 1.0,
    }


def test_the_map_is_set_beside_the_embedding_in_the_judged_distance(run):
    # by length the classes lie apart, by angle they are mixed: the map shows the latter
    angles = np.random.default_rng(3).uniform(0, 1.5, 24)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    lengths = np.float64([1, 10, 100])[LABELS, None]
    rays = APART | {"embeddings": np.float32(lengths * circle)}
    chart = MAP | {"map": circle}
    assert run(gallery=rays, queries=rays, chart=chart, distance="cosine") == 0
    found = run.found()["map"]
    assert found["trustworthiness"] == pytest.approx(1.0)
    assert found["embedding_knn_accuracy"] == found["knn_accuracy"] < 0.7
    assert run(gallery=rays, queries=rays, chart=chart, distance="euclidean") == 0
    assert run.found()["map"]["trustworthiness"] < 0.9
    assert run.found()["map"]["embedding_knn_accuracy"] == 1.0
    assert run.found()["map"]["knn_accuracy"] == found["knn_accuracy"]


def test_mistakes_are_counted(run):
    # 6 of 24 queries lie where another class's gallery is
    wrong = LABELS.copy()
    wrong[:6] = 2
    assert run(queries=APART | {"labels": wrong}, chart=MAP | {"labels": wrong}) == 0
    assert run.found()["knn_accuracy"] == 0.75
    assert run.found()["nearest_mean_accuracy"] == 0.75


def test_the_gallery_is_what_queries_are_compared_with(run):
    turned = APART | {"labels": (LABELS + 1) % 3}
    assert run(gallery=turned) == 0
    assert run.found()["knn_accuracy"] == 0.0
    assert run.found()["map"]["knn_accuracy"] == 1.0  # of the queries among themselves


def variances_by_hand(values, labels):
    """Intra- and inter-class variance, sample by sample."""
    values = values.astype(np.float64)
    within = between = 0.0
    for value, label in zip(values, labels, strict=True):
        mean = values[labels == label].mean(axis=0)
        within += ((value - mean) ** 2).sum() / len(values)
        between += ((mean - values.mean(axis=0)) ** 2).sum() / len(values)
    return within, between


def test_variances_are_those_of_the_queries_native_and_normalised(run):
    other = APART | {"embeddings": APART["embeddings"] * 3}
    assert run(gallery=other) == 0
    found = run.found()
    embeddings = APART["embeddings"]
    unit = embeddings / np.sqrt((embeddings**2).sum(axis=1, keepdims=True))
    for name, values in (("native", embeddings), ("l2_normalised", unit)):
        within, between = variances_by_hand(values, LABELS)
        assert found[name]["intra_class_variance"] == pytest.approx(within, rel=1e-5)
        assert found[name]["inter_class_variance"] == pytest.approx(between, rel=1e-5)
        assert found[name]["variance_ratio"] == pytest.approx(between / within, rel=1e-5)


def test_classes_without_extent_have_no_ratio(run):
    points = APART | {"embeddings": CENTRES[LABELS]}
    assert run(queries=points) == 0
    assert run.found()["native"]["intra_class_variance"] == 0
    assert run.found()["native"]["variance_ratio"] is None


def test_the_distance_decides_how_queries_are_judged(run):
    # along one ray the length is all there is; by angle all classes are one
    lengths = np.float32([1, 10, 100])[LABELS] * np.linspace(1, 1.1, 24, dtype=np.float32)
    ray = APART | {"embeddings": lengths[:, None] * np.float32([[0.6, 0.8, 0]])}
    assert run(gallery=ray, queries=ray) == 0
    assert run.found()["knn_accuracy"] == 1.0
    assert run.found()["silhouette"] > 0.5
    assert run(gallery=ray, queries=ray, distance="cosine") == 0
    assert run.found()["silhouette"] < 0.5


def test_the_classifiers_own_accuracy_is_kept_where_there_is_one(run):
    assert run() == 0
    assert run.found()["classifier_accuracy"] is None
    assert run.found()["classifier_collapse"] is None
    predictions = LABELS.copy()
    predictions[:3] = 1
    weights = CENTRES.T - CENTRES.mean()
    assert run(queries=APART | {"predictions": predictions, "class_weights": weights}) == 0
    assert run.found()["classifier_accuracy"] == 21 / 24
    collapse = run.found()["classifier_collapse"]
    assert collapse["disagreement"] == 3 / 24  # the nearest mean is always right here
    assert collapse["self_duality"] < 1e-3


def test_class_weights_of_a_class_that_no_query_has_do_not_count(run):
    weights = np.column_stack([CENTRES.T - CENTRES.mean(), [9, -9, 9]]).astype(np.float32)
    assert run(queries=APART | {"predictions": LABELS, "class_weights": weights}) == 0
    assert run.found()["classifier_collapse"]["self_duality"] < 1e-3


def test_everything_is_measured_in_both_distances_and_that_of_the_loss_stands_by_itself(run):
    lengths = np.float32([1, 10, 100])[LABELS, None]
    stretched = APART | {"embeddings": APART["embeddings"] * lengths}
    for distance, own in (("euclidean", "native"), ("cosine", "l2_normalised")):
        assert run(gallery=stretched, queries=stretched, distance=distance) == 0
        found = run.found()
        assert found["native"] != found["l2_normalised"]
        for name, value in found[own].items():
            assert found[name] == value, name
    unit = stretched["embeddings"] / np.linalg.norm(stretched["embeddings"], axis=1)[:, None]
    shown = asdict(retrieval(unit, LABELS))
    for name, values in shown.items():
        assert found["l2_normalised"][name] == pytest.approx(values.mean(), rel=1e-6)
    verified = verification(unit, LABELS, (0.01, 0.001, 0.0001))
    assert found["verification"]["equal_error_rate"] == pytest.approx(verified.equal_error_rate)
    assert list(found["verification"]["true_acceptance"]) == ["0.01", "0.001", "0.0001"]
    assert found["alignment"] == pytest.approx(hypersphere.alignment(unit, LABELS), rel=1e-4)
    assert found["uniformity"] == pytest.approx(hypersphere.uniformity(unit), rel=1e-4)
    assert "alignment" not in found["native"]


def test_the_neighbours_votes_are_confused_class_by_class(run):
    wrong = LABELS.copy()
    wrong[:6] = 2
    assert run(queries=APART | {"labels": wrong}, chart=MAP | {"labels": wrong}) == 0
    assert run.found()["confusions"] == [[2, 0, 0], [0, 8, 0], [6, 0, 8]]


MEANS = {
    *("knn_accuracy", "nearest_mean_accuracy", "linear_probe_accuracy", "classifier_accuracy"),
    *("precision_at_1", "r_precision", "map_at_r", "silhouette"),
}


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_mean_of_what_the_images_contribute_is_the_measure(run, distance):
    random = np.random.default_rng(1)
    labels = LABELS.copy()
    labels[:3] = [1, 2, 2]
    blurred = {
        "embeddings": APART["embeddings"] + random.normal(size=(24, 3)) * 4,
        "labels": labels,
    }
    blurred["embeddings"] = np.float32(blurred["embeddings"])
    weights = {"predictions": random.permutation(labels), "class_weights": CENTRES}
    chart = MAP | {"map": MAP["map"] + random.normal(size=(24, 2)) * 5}
    assert run(queries=blurred | weights, chart=chart, distance=distance) == 0
    found, outcomes = run.found(), run.outcomes()
    assert set(outcomes) == MEANS | {"labels", "predictions", "map_knn_accuracy"}
    assert {values.shape for values in outcomes.values()} == {(24,)}
    assert outcomes["labels"].dtype == outcomes["predictions"].dtype == np.uint8
    np.testing.assert_array_equal(outcomes["labels"], labels)
    right = outcomes["predictions"] == labels
    np.testing.assert_array_equal(outcomes["knn_accuracy"], right)
    for name in MEANS | {"map_knn_accuracy"}:
        assert outcomes[name].dtype == np.float32
        measured = found["map"]["knn_accuracy"] if name == "map_knn_accuracy" else found[name]
        assert outcomes[name].mean(dtype=np.float64) == pytest.approx(measured, abs=1e-7), name
        assert 0 < abs(measured) < 1, name
    confused = np.zeros((3, 3), int)
    np.add.at(confused, (labels, outcomes["predictions"]), 1)
    assert found["confusions"] == confused.tolist()


def test_without_a_map_and_a_classifier_images_contribute_nothing_to_theirs(run):
    assert run(chart=None) == 0
    assert set(run.outcomes()) == MEANS - {"classifier_accuracy"} | {"labels", "predictions"}


def test_an_image_alone_in_its_class_is_no_query_of_retrieval(run):
    lonely = LABELS.copy()
    lonely[5] = 7
    assert run(queries=APART | {"labels": lonely}, chart=MAP | {"labels": lonely}) == 0
    outcomes = run.outcomes()
    for name in ("precision_at_1", "r_precision", "map_at_r"):
        assert np.flatnonzero(np.isnan(outcomes[name])).tolist() == [5]
        mean = np.nanmean(outcomes[name].astype(np.float64))
        assert run.found()[name] == pytest.approx(mean, abs=1e-7)
    assert outcomes["silhouette"][5] == 0


def test_the_same_files_give_the_same_bytes(run):
    assert run() == 0
    first = run.path.read_bytes(), run.outcomes_path.read_bytes()
    assert run() == 0
    assert (run.path.read_bytes(), run.outcomes_path.read_bytes()) == first


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("collapse", ["one point per class", "all in one point"])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_collapsed_embeddings_are_measured_too(run, collapse, distance):
    apart = collapse == "one point per class"
    points = APART | {"embeddings": CENTRES[LABELS if apart else np.zeros(24, int)]}
    assert run(gallery=points, queries=points, distance=distance) == 0
    found = run.found()
    accuracies = ["knn_accuracy", "nearest_mean_accuracy", "linear_probe_accuracy"]
    for name in [*accuracies, "precision_at_1", "r_precision", "map_at_r"]:
        assert (found[name] == 1) if apart else (found[name] < 0.6), name
    assert [found[name] for name in accuracies[:2]] == [1 if apart else pytest.approx(1 / 3)] * 2
    assert found["silhouette"] == (1 if apart else 0)
    assert found["verification"]["equal_error_rate"] == (0 if apart else 0.5)
    assert found["clustering"]["adjusted_mutual_information"] == pytest.approx(float(apart))
    assert found["neural_collapse"]["within_class_variability"] == pytest.approx(0, abs=1e-9)
    assert found["variance_ratio"] is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"gallery": APART | {"embeddings": APART["embeddings"][:, :2]}}, "embeddings of width 3"),
        ({"neighbours": 12}, "holds only 24 images, and a map is judged by less than half of them"),
        ({"gallery": APART | {"labels": LABELS * 0}}, "holds images of one class alone"),
        ({"neighbours": 25}, "evaluation.neighbours is 25, but the gallery holds only 24"),
        ({"chart": MAP | {"map": MAP["map"][:-1]}}, "the map is (23, 2) for 24 labels"),
        ({"chart": MAP | {"map": NOISE}}, "the map is (24, 3) for 24 labels"),
        ({"chart": {k: v[:-1] if v.ndim else v for k, v in MAP.items()}}, "has 23 points for 24"),
        ({"chart": MAP | {"map": MAP["map"] * np.nan}}, "not finite"),
        ({"chart": {"labels": LABELS}}, "holds no array 'map'"),
        ({"chart": {"map": MAP["map"], "labels": LABELS}}, "holds no array 'kl_divergence'"),
        ({"queries": APART | {"labels": LABELS[:-1]}}, "labels are uint8 (23,)"),
        ({"gallery": {"embeddings": APART["embeddings"]}}, "holds no array 'labels'"),
    ],
)
def test_arrays_that_do_not_fit_are_named(run, capfd, change, sentence):
    assert run(**change) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("measure: ")
    assert sentence in line
    assert not run.path.exists()
    assert not run.outcomes_path.exists()


FEW = {name: array[6:10] for name, array in APART.items()}
FEW_MAP = {"map": MAP["map"][6:10], "labels": LABELS[6:10], "kl_divergence": MAP["kl_divergence"]}
EACH_ONCE = {name: array[[0, 8, 16]] for name, array in APART.items()}
EACH_ONCE_MAP = {name: array[[0, 8, 16]] if array.ndim else array for name, array in MAP.items()}
ONE = {"embeddings": APART["embeddings"][:8], "labels": LABELS[:8]}
ONE_MAP = {"map": MAP["map"][:8], "labels": LABELS[:8], "kl_divergence": MAP["kl_divergence"]}


@pytest.mark.parametrize(
    "change",
    [
        {"queries": FEW, "chart": FEW_MAP, "neighbours": 4},
        {"queries": ONE, "chart": ONE_MAP},
        {"queries": EACH_ONCE, "chart": EACH_ONCE_MAP, "neighbours": 2},
        {"queries": APART | {"predictions": LABELS[:5]}},
        {"queries": APART | {"predictions": LABELS}},
        {"queries": APART | {"predictions": LABELS, "class_weights": CENTRES[:, :2]}},
        {"queries": APART | {"predictions": LABELS, "class_weights": CENTRES[:2]}},
    ],
    ids=[
        *("as many neighbours as queries", "queries of one class", "one query of each class"),
        *("too few predictions", "no weights", "weights of too few classes", "weights too narrow"),
    ],
)
def test_queries_that_can_not_be_judged_are_refused_in_words(run, capfd, change):
    assert run(**change) == 1
    assert "nobody foresaw" not in capfd.readouterr().err
