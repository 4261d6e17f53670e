"""The measures of small embeddings are those that can be counted by hand."""

import tracemalloc

import numpy as np
import pytest

from discern.maps.map import Map
from discern.measures.evaluation import evaluate
from discern.measures.hypersphere import Hypersphere, alignment
from discern.measures.map_quality import MapQuality
from discern.measures.retrieval import Retrieval
from discern.measures.shared.interface import Classifier, MappedQueries, Novelty
from discern.measures.shared.pairs import Pairs
from discern.measures.variance import class_variances
from discern.measures.verification import Verifier
from measures.samples import overlapping, seen

LABELS = np.repeat([0, 1, 2], 8).astype(np.int16)
CENTRES = np.float32([[10, 0, 0], [0, 10, 0], [0, 0, 10]])
NOISE = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
APART = CENTRES[LABELS] + NOISE / 10
PLANE = np.float64([[0, 0], [9, 0], [0, 9]])[LABELS] + NOISE[:, :2] / 10
WRONG = np.where(np.arange(24) < 6, 2, LABELS).astype(np.int16)  # 6 of the first class


def run(
    gallery=APART,
    queries=APART,
    *,
    gallery_labels=LABELS,
    labels=LABELS,
    distance="euclidean",
    classifier=None,
    novelty=None,
    points=PLANE,
):
    """Measures and outcomes; ``classifier`` holds predictions and class weights."""
    own = classifier and Classifier(*classifier, queries, labels, gallery, gallery_labels)
    map_ = None if points is None else Map(points, labels, 0.25)
    settings = {"distance": distance, "neighbours": 3, "classifier": own, "map_": map_}
    return evaluate(gallery, gallery_labels, queries, labels, novelty=novelty, **settings)


def test_classes_far_apart_are_told_apart_without_a_mistake():
    values, _ = run()
    assert (values["images"], values["distance"], values["neighbours"]) == (24, "euclidean", 3)
    assert [values[name] for name in ACCURACIES] == [1, 1, 1]
    assert values["silhouette"] > 0.95
    assert values["map"]["kl_divergence"] == 0.25
    assert values["map"]["knn_accuracy"] == values["map"]["embedding_knn_accuracy"] == 1.0


ACCURACIES = ["knn_accuracy", "nearest_mean_accuracy", "linear_probe_accuracy"]
RETRIEVAL = ["precision_at_1", "r_precision", "map_at_r"]
_OF_QUERIES = """
knn_accuracy nearest_mean_accuracy linear_probe_accuracy precision_at_1 r_precision map_at_r
silhouette intra_class_variance inter_class_variance variance_ratio class_variances
class_distance_normalised_variance separation effective_rank clustering neural_collapse
training_neural_collapse verification confusions
"""
OF_QUERIES = _OF_QUERIES.split()
NORMALISED = [*OF_QUERIES, "alignment", "uniformity", "threshold_inconsistency"]
CLASSIFIER = ["classifier_accuracy", "classifier_collapse"]
NOVELTY = "novelty_auroc"


def test_files_have_their_keys_in_the_order_that_programs_know():
    values, outcomes = run(distance="cosine", classifier=(LABELS, CENTRES))
    known = ["images", "distance", "neighbours", *NORMALISED, *CLASSIFIER, NOVELTY]
    in_both = [*ACCURACIES, "map_at_r", "silhouette", "equal_error_rate"]
    of_images = ["labels", "predictions", *OF_QUERIES[:7], "equal_error_rate"]
    of_images += [f"own_{name}" for name in in_both]
    of_images += [CLASSIFIER[0], "map_knn_accuracy"]
    for expected, content in (
        (known, values),
        (OF_QUERIES, values["native"]),
        (NORMALISED, values["l2_normalised"]),
        (of_images, outcomes),
    ):
        # measures that have been added have more
        in_order = [key for key in content if key in {*known, *of_images}]
        assert sorted(in_order) == sorted(expected) if content is outcomes else in_order == expected
    assert list(values)[-3:] == ["native", "l2_normalised", "map"]


def test_without_a_map_everything_else_is_measured():
    with_map, without = run()[0], run(points=None)[0]
    assert without == with_map | {"map": None}


def test_the_map_is_set_beside_the_embedding_in_the_rows_own_distance():
    # by length the classes lie apart, by angle they are mixed: the map shows the latter
    angles = np.random.default_rng(3).uniform(0, 1.5, 24)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    rays = np.float32(np.float64([1, 10, 100])[LABELS, None] * circle)
    by_angle = run(rays, rays, points=circle, distance="cosine")[0]["map"]
    assert by_angle["trustworthiness"] == pytest.approx(1.0)
    assert by_angle["embedding_knn_accuracy"] == by_angle["knn_accuracy"] < 0.7
    by_length = run(rays, rays, points=circle, distance="euclidean")[0]["map"]
    mapped = MappedQueries(circle, None, Pairs(rays, LABELS), LABELS, 3)
    expected = seen(MapQuality(mapped), rays, LABELS).trustworthiness()
    assert by_length["trustworthiness"] == expected < 0.9
    assert by_length["embedding_knn_accuracy"] == 1.0
    assert by_length["knn_accuracy"] == by_angle["knn_accuracy"]


def test_mistakes_are_counted_and_the_votes_confused_class_by_class():
    # 6 of 24 queries lie where another class's gallery is
    values, outcomes = run(labels=WRONG)
    assert values["knn_accuracy"] == values["nearest_mean_accuracy"] == 0.75
    assert values["confusions"] == [[2, 0, 0], [0, 8, 0], [6, 0, 8]]
    np.testing.assert_array_equal(outcomes["predictions"], LABELS)
    np.testing.assert_array_equal(outcomes["labels"], WRONG)
    assert outcomes["labels"].dtype == outcomes["predictions"].dtype == np.int16
    np.testing.assert_array_equal(outcomes["knn_accuracy"], WRONG == LABELS)


def test_the_gallery_is_what_queries_are_compared_with():
    values, _ = run(gallery_labels=(LABELS + 1) % 3)
    assert values["knn_accuracy"] == 0.0
    assert values["map"]["knn_accuracy"] == 1.0  # of the queries among themselves


def test_the_length_of_the_gallery_counts_for_native_embeddings_alone():
    values, _ = run(gallery=APART * np.float32([1, 100, 10])[LABELS, None])
    for name in ("knn_accuracy", "nearest_mean_accuracy"):
        assert values["native"][name] < values["l2_normalised"][name] == 1.0


@pytest.mark.parametrize("gallery_labels", [LABELS, LABELS + 3], ids=["of some", "of all"])
def test_a_label_the_gallery_lacks_is_never_right(gallery_labels):
    unseen = np.where(LABELS == 2, 9, LABELS).astype(np.int16)
    values, outcomes = run(gallery_labels=gallery_labels, labels=unseen)
    seen = np.isin(unseen, gallery_labels)
    for name in ACCURACIES:
        np.testing.assert_array_equal(outcomes[name], seen)
        assert values[name] == seen.mean()
    assert np.shape(values["confusions"]) == (10, 10)


def test_the_classifiers_own_accuracy_is_kept_where_there_is_one():
    values, outcomes = run()
    assert values["classifier_accuracy"] is values["classifier_collapse"] is None
    assert "classifier_accuracy" not in outcomes
    predictions = np.where(np.arange(24) < 3, 1, LABELS)
    values, outcomes = run(classifier=(predictions, CENTRES.T - CENTRES.mean()))
    assert values["classifier_accuracy"] == 21 / 24
    np.testing.assert_array_equal(outcomes["classifier_accuracy"], predictions == LABELS)
    assert values["classifier_collapse"]["disagreement"] == 3 / 24  # nearest means are all right
    assert values["classifier_collapse"]["self_duality"] < 1e-3


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_unseen_classes_are_told_apart_by_angle_in_every_row_where_there_are_any(distance):
    trained = np.float32([[1, 0, 0], [10, 1, 0]])
    by_angle = Novelty(trained, 100 * trained, np.float32([[0, 0, 1], [1, 0.09, 0]]), 1)
    assert run(distance=distance, novelty=by_angle)[0][NOVELTY] == 1.0
    assert run(distance=distance)[0][NOVELTY] is None


@pytest.mark.parametrize(
    ("distance", "own"), [("euclidean", "native"), ("cosine", "l2_normalised")]
)
def test_queries_are_measured_in_both_spaces_and_the_rows_own_stands_by_itself(distance, own):
    stretched = APART * np.float32([1, 10, 100])[LABELS, None]
    values, _ = run(3 * APART, stretched, distance=distance)
    assert values["native"] != values["l2_normalised"]
    assert {name: values[name] for name in values[own]} == values[own]
    unit = stretched / np.linalg.norm(stretched, axis=1)[:, None]
    for space, embeddings in (("native", stretched), ("l2_normalised", unit)):
        for name, contributions in seen(Retrieval(24), embeddings, LABELS).values().items():
            assert values[space][name] == pytest.approx(contributions.mean(), rel=1e-6)
        within, between = class_variances(embeddings, LABELS)
        assert values[space]["intra_class_variance"] == pytest.approx(within, rel=1e-5)
        assert values[space]["inter_class_variance"] == pytest.approx(between, rel=1e-5)
        assert values[space]["variance_ratio"] == pytest.approx(between / within, rel=1e-5)
        verifier = seen(Verifier(Pairs(embeddings, LABELS)), embeddings, LABELS)
        verified = verifier.verification((0.01, 0.001, 0.0001))
        rates = values[space]["verification"]
        assert rates["equal_error_rate"] == pytest.approx(verified.equal_error_rate)
        assert list(rates["true_acceptance"]) == ["0.01", "0.001", "0.0001"]
        assert list(rates["true_acceptance"].values()) == [*verified.true_acceptance]
        np.testing.assert_allclose(rates["curve"], verified.curve, rtol=0, atol=1e-10)
    normalised = values["l2_normalised"]
    uniform = seen(Hypersphere(unit, LABELS), unit, LABELS)
    assert normalised["alignment"] == pytest.approx(alignment(unit, LABELS), rel=1e-4)
    assert normalised["uniformity"] == pytest.approx(uniform.uniformity(), rel=1e-4)
    assert "alignment" not in values["native"]


def test_an_image_alone_in_its_class_is_no_query_of_retrieval():
    lonely = np.where(np.arange(24) == 5, 7, LABELS).astype(np.int16)
    _, outcomes = run(labels=lonely)
    for name in RETRIEVAL:
        assert np.flatnonzero(np.isnan(outcomes[name])).tolist() == [5]
    assert outcomes["silhouette"][5] == 0


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("apart", [True, False], ids=["one point per class", "all in one point"])
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_collapsed_embeddings_are_measured_too(apart, distance):
    points = CENTRES[LABELS if apart else np.zeros(24, int)]
    values, _ = run(points, points, distance=distance)
    for name in ACCURACIES + RETRIEVAL:
        assert (values[name] == 1) if apart else (values[name] < 0.6), name
    # all distances are ties: whatever class is named, it is the same for each query
    assert [values[name] for name in ACCURACIES[:2]] == [1 if apart else pytest.approx(1 / 3)] * 2
    assert values["silhouette"] == (1 if apart else 0)
    assert values["verification"]["equal_error_rate"] == (0 if apart else 0.5)
    assert values["clustering"]["adjusted_mutual_information"] == pytest.approx(float(apart))
    assert values["neural_collapse"]["within_class_variability"] == pytest.approx(0, abs=1e-9)
    assert values["native"]["intra_class_variance"] == 0
    assert values["variance_ratio"] is None


def test_memory_does_not_grow_with_the_number_of_pairs():
    peaks = []
    for count in (500, 4000):
        queries, labels = overlapping(1, count=count, width=3)
        tracemalloc.start()
        run(queries=queries, labels=labels, points=queries[:, :2].astype(float))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # a byte for each pair would be 16 MB
    assert peaks[1] - peaks[0] < 8e6
