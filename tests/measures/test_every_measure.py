"""What holds for every measure there is: a new family's file is tested by being there."""

import json
from functools import cache

import numpy as np
import pytest

from discern.maps.map import Map
from discern.measures.catalogue import MEASURES
from discern.measures.evaluation import evaluate
from discern.measures.shared.interface import Classifier, Novelty
from measures.samples import overlapping

CENTRES = np.float32([[9, 0, 0], [0, 9, 0], [0, 0, 9], [9, 9, 9]])
POINTS, LABELS = overlapping(0, classes=4)
NOISE = np.random.default_rng(1).normal(size=POINTS.shape).astype(np.float32)
LONELY = np.where(np.arange(60) == 7, 9, LABELS).astype(np.int16)

SCALES = {"huge norms": np.float32(2.0**64), "tiny norms": np.float32(2.0**-64)}
SITUATIONS = {
    "apart": (CENTRES[LABELS] + NOISE, LABELS),
    "overlapping": (POINTS, LABELS),
    "one point per class": (CENTRES[LABELS], LABELS),
    "all in one place": (np.ones_like(POINTS), LABELS),
    "all zero": (np.zeros_like(POINTS), LABELS),
    "huge norms": (POINTS * SCALES["huge norms"], LABELS),
    "tiny norms": (POINTS * SCALES["tiny norms"], LABELS),
    "pixels that are always black": (POINTS * np.float32([1, 0, 1]), LABELS),
    "one dimension": (POINTS[:, :1], LABELS),
    "an image alone in its class": (POINTS, LONELY),
}
DISTANCES = ["euclidean", "cosine"]

every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
in_both_distances = pytest.mark.parametrize("distance", DISTANCES)
pytestmark = pytest.mark.filterwarnings("ignore:Number of distinct clusters")


@cache
def evaluated(situation, distance, order="given", labels="right"):
    """Measures and outcomes of a situation, with a classifier and a map."""
    embeddings, right = SITUATIONS[situation]
    random = np.random.default_rng(2)
    scale = SCALES.get(situation, np.float32(1))
    gallery = embeddings + scale * NOISE[:, : embeddings.shape[1]] / 10
    predictions = np.where(random.random(60) < 0.8, right, LABELS[::-1])
    points = np.float64(embeddings[:, :1] / scale) * [1, 0.5] + random.normal(size=(60, 2))
    weights = random.normal(size=(embeddings.shape[1], 10)).astype(np.float32)
    by = random.permutation(60) if order == "other" else np.arange(60)
    answers = random.permutation(right) if labels == "mixed up" else right
    queries, answers = embeddings[by], answers[by]
    return evaluate(
        gallery,
        right,
        queries,
        answers,
        distance=distance,
        neighbours=3,
        classifier=Classifier(predictions[by], weights, queries, answers, gallery, right),
        novelty=Novelty(gallery, embeddings[::2], queries, 3),
        map_=Map(points[by], answers, 0.5),
    )


@every_measure
@pytest.mark.parametrize("situation", SITUATIONS)
def test_its_value_is_a_finite_number_or_none_and_a_part_of_a_whole_is_0_to_1(measure, situation):
    for distance in DISTANCES:
        value = measure.value(evaluated(situation, distance)[0])
        assert value is None or np.isfinite(value)
        assert value is None or not measure.percent or 0 <= value <= 1


@pytest.mark.parametrize("situation", SITUATIONS)
@in_both_distances
def test_all_of_it_can_be_written_as_json(situation, distance):
    values, _ = evaluated(situation, distance)
    assert json.loads(json.dumps(values, allow_nan=False)) == values


@every_measure
@in_both_distances
@pytest.mark.parametrize("situation", ["overlapping", "an image alone in its class"])
def test_it_is_the_mean_of_what_the_images_contribute_if_it_says_so(measure, distance, situation):
    values, outcomes = evaluated(situation, distance)
    assert (measure.name in outcomes) == measure.per_image
    if measure.per_image:
        contributions = outcomes[measure.name]
        assert contributions.dtype == np.float32
        assert contributions.shape == (60,)
        mean = np.nanmean(contributions, dtype=np.float64)
        assert mean == pytest.approx(measure.value(values), abs=1e-7)


@every_measure
@in_both_distances
def test_it_does_not_depend_on_the_order_of_the_images(measure, distance):
    given, other = (evaluated("apart", distance, order)[0] for order in ("given", "other"))
    assert measure.value(other) == pytest.approx(measure.value(given), rel=1e-5)


@every_measure
@in_both_distances
def test_it_does_not_rate_mixed_up_labels_better_than_the_right_ones(measure, distance):
    right, wrong = (
        measure.value(evaluated("apart", distance, labels=labels)[0])
        for labels in ("right", "mixed up")
    )
    if measure.better == "higher":
        assert wrong <= right
    elif measure.better == "lower":
        assert wrong >= right


@every_measure
@in_both_distances
@pytest.mark.parametrize("situation", ["huge norms", "tiny norms"])
def test_it_does_not_depend_on_scale_however_large_or_small(measure, distance, situation):
    # squares of these overflow or vanish in single precision
    value = measure.value(evaluated("overlapping", distance)[0])
    assert measure.value(evaluated(situation, distance)[0]) == pytest.approx(value, rel=1e-6)
