"""The assessment says how well each measure is known, and tests the rows in short tables'."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from discern.errors import Damaged
from discern.files import write_arrays, write_json
from discern.measures.catalogue import MEASURES, compared_in, named
from discern.ranking.assessment import Evaluation, assess, read_evaluations
from discern.ranking.comparisons import Estimate
from discern.ranking.outcomes import Outcomes
from discern.ranking.standard_error import mean_over
from discern.results import Version
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

IMAGES = 400
LABELS = np.arange(IMAGES).astype(np.int16) % 10
KNN = named("knn_accuracy")

PIXELS, SOFTMAX, COSFACE = (replace(row, seeds=(0,)) for row in (PIXELS, SOFTMAX, COSFACE))


def evaluation(wrong, labels=LABELS, measures=None, **others):
    """The evaluation of a training that errs on the images ``wrong``."""
    right = np.ones(len(labels), np.float32)
    right[list(wrong)] = 0
    of_images = {"knn_accuracy": right, **others}
    means = {name: float(np.nanmean(each, dtype=np.float64)) for name, each in of_images.items()}
    outcomes = Outcomes(labels, labels, of_images)
    return Evaluation(measures_of(0.5, **means | (measures or {})), outcomes)


def assessed(rows, *of_rows, headline=KNN):
    return assess(rows, of_rows, headline)


def with_seeds(row, *seeds):
    return replace(row, seeds=seeds)


GOOD, BAD = evaluation(range(8)), evaluation(range(20, 80))


@pytest.fixture(scope="module")
def comparisons():
    """Three rows of four seeds, the last two of which err on nearly the same images."""
    rows = [PIXELS, *(with_seeds(row, 0, 1, 2, 3) for row in (SOFTMAX, COSFACE))]
    good = [evaluation(range(count)) for count in (8, 10, 9, 8)]
    return assessed(rows, [BAD], good, [*good[1:], good[0]])


def test_rows_and_pairs_are_in_the_order_of_the_rows(comparisons):
    assert (comparisons.headline, comparisons.higher_is_better) == ("knn_accuracy", True)
    assert list(comparisons.rows) == ["pixels", "softmax", "cosface"]
    pairs = comparisons.pairs["knn_accuracy"]
    labels = [("pixels", "softmax"), ("pixels", "cosface"), ("softmax", "cosface")]
    assert [(pair.first, pair.second) for pair in pairs] == labels


def test_a_clearly_worse_row_is_beaten_and_rows_alike_are_not(comparisons):
    beaten = [comparisons.beaten_by(label) for label in comparisons.rows]
    assert beaten == [["softmax", "cosface"], [], []]
    assert comparisons.pair("pixels", "softmax").difference == pytest.approx(-51.25 / IMAGES)


def test_given_embeddings_without_a_seed_are_one_training_and_no_row_for_every_seed():
    given = replace(PIXELS, label="mine", given={"train": "a.npz", "test": "b.npz"})
    trained = with_seeds(SOFTMAX, 0, 1, 2, 3)
    comparisons = assessed([given, trained], [BAD], [GOOD] * 4)
    pair = comparisons.pair("mine", "softmax")
    assert (pair.seeds, pair.over_images.p) == (1, None)
    assert comparisons.beaten_by("mine") is None


def test_the_headline_and_the_short_tables_means_over_images_are_tested():
    ones = np.ones(IMAGES, np.float32)
    means = [measure.name for measure in compared_in(KNN) if measure.basis != "classifier"]
    others = {name: ones for name in means if name != "knn_accuracy"} | {"precision_at_1": ones}
    rows = [with_seeds(row, 0, 1) for row in (SOFTMAX, COSFACE)]
    of_rows = [[evaluation(range(n), **others) for n in (8, 9)] for _ in rows]
    pairs = assessed(rows, *of_rows, headline=named("precision_at_1")).pairs
    assert {name for name, of_measure in pairs.items() if of_measure} == {*means, "precision_at_1"}
    assert "precision_at_1" not in {measure.name for measure in compared_in(KNN)}


def test_a_headline_that_is_better_when_lower_turns_the_order():
    lower = replace(KNN, better="lower")
    rows = [with_seeds(row, 0, 1, 2) for row in (SOFTMAX, COSFACE)]
    few, many = ([evaluation(range(n)) for n in counts] for counts in ((8, 9, 8), (90, 91, 90)))
    found = assessed(rows, few, many, headline=lower)
    assert [found.beaten_by(label) for label in ("softmax", "cosface")] == [["cosface"], []]


def test_a_single_training_has_intervals_for_other_images_where_a_measure_is_a_mean_over_them():
    of_images = {"silhouette": np.linspace(-1, 1, IMAGES, dtype=np.float32)}
    one = evaluation(range(8), **of_images)
    measures = assessed([SOFTMAX], [one]).rows["softmax"]
    with_interval = {name for name, each in measures.items() if each.over_images}
    assert with_interval == {"knn_accuracy", "silhouette"}
    for name in with_interval:
        values = one.outcomes.measures[name].astype(np.float64)
        ends = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert measures[name].over_images == pytest.approx((ends.low, ends.high), abs=1e-6), name
    assert measures["map_kl_divergence"] == Estimate(pytest.approx(0.65))
    assert measures["knn_accuracy"].mean == 392 / 400


def test_of_several_seeds_every_measure_has_students_interval_and_its_spread():
    of_seeds = [evaluation(range(count)) for count in (8, 12, 10)]
    measures = assessed([with_seeds(SOFTMAX, 0, 1, 2)], of_seeds).rows["softmax"]
    assert all(each.over_seeds for each in measures.values())
    values = [0.98, 0.97, 0.975]
    ends = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    estimate = measures["knn_accuracy"]
    assert estimate.over_seeds == pytest.approx((ends.low, ends.high))
    assert (estimate.mean, estimate.sd) == pytest.approx((0.975, 0.005))
    tables = [each.outcomes.measures["knn_accuracy"] for each in of_seeds]
    error = mean_over(tables, [LABELS] * 3).over_images
    assert estimate.over_images == pytest.approx(error.interval(0.975, 0.95))
    assert estimate.over_images[0] < estimate.over_seeds[0]


def test_a_measure_that_a_row_does_not_have_is_not_there():
    one = evaluation(range(20), measures={"classifier_accuracy": None})
    names = assessed([PIXELS], [one]).rows["pixels"].keys()
    assert {measure.name for measure in MEASURES} - names == {"classifier_accuracy"}


def test_a_measure_that_only_one_of_several_seeds_has_has_no_interval():
    ones = np.ones(IMAGES, np.float32)
    first = evaluation([1], classifier_accuracy=ones)
    second = evaluation([2], measures={"classifier_accuracy": None})
    found = assessed([with_seeds(SOFTMAX, 0, 1)], [first, second])
    assert found.rows["softmax"]["classifier_accuracy"] == Estimate(1.0)


def test_rows_without_a_measure_are_in_none_of_its_pairs():
    ones = np.ones(IMAGES, np.float32)
    with_it = [evaluation([n], nearest_mean_accuracy=ones) for n in (1, 2)]
    rows = [PIXELS, with_seeds(SOFTMAX, 0, 1), with_seeds(COSFACE, 0, 1)]
    found = assessed(rows, [BAD], with_it, with_it)
    [pair] = found.pairs["nearest_mean_accuracy"]
    assert (pair.first, pair.second) == ("softmax", "cosface")


def test_neither_the_order_of_rows_nor_that_of_seeds_changes_a_number():
    rows = [PIXELS, with_seeds(SOFTMAX, 0, 1), with_seeds(COSFACE, 0, 1)]
    pixels, *others = (evaluation(range(n)) for n in (40, 8, 10, 9, 20))
    softmax, cosface = others[:2], others[2:]
    expected = assessed(rows, [pixels], softmax, cosface)
    turned = [with_seeds(COSFACE, 1, 0), PIXELS, with_seeds(SOFTMAX, 1, 0)]
    found = assessed(turned, cosface[::-1], [pixels], softmax[::-1])
    for label, measures in expected.rows.items():
        of_knn = found.rows[label]["knn_accuracy"]
        assert of_knn.over_images == pytest.approx(measures["knn_accuracy"].over_images)
    for pair in found.pairs["knn_accuracy"]:
        other = expected.pair(pair.first, pair.second)
        assert pair.difference == pytest.approx(other.difference)
        assert pair.over_images.adjusted_p == pytest.approx(other.over_images.adjusted_p)


@pytest.fixture
def version(tmp_path):
    """A version in which pixels' seed 0 and softmax's seeds 0 and 1 were measured."""
    version = Version(tmp_path)
    for label, seed, each in (("pixels", 0, BAD), ("softmax", 0, GOOD), ("softmax", 1, BAD)):
        write(version, label, seed, each)
    return version


def write(version, label, seed, each):
    arrays = {"labels": each.outcomes.labels, "predictions": each.outcomes.predictions}
    write_json(version.measures(label, seed), each.measures)
    write_arrays(version.outcomes(label, seed), arrays | dict(each.outcomes.measures))


def test_each_seed_of_each_row_is_read(version):
    of_pixels, of_softmax = read_evaluations(version, [PIXELS, with_seeds(SOFTMAX, 1, 0)])
    evaluations = [*of_pixels, *of_softmax]
    assert [KNN.value(each.measures) for each in evaluations] == [0.85, 0.85, 0.98]
    of_images = [each.outcomes.measures["knn_accuracy"].mean() for each in evaluations]
    assert of_images == pytest.approx([0.85, 0.85, 0.98])


@pytest.mark.parametrize(
    "measures", [{"knn_accuracy": 0.9}, {"knn_accuracy": None}, {"knn_accuracy": 0.98002}]
)
def test_outcomes_of_another_training_are_noticed(version, measures):
    write(version, "softmax", 0, replace(GOOD, measures=measures_of(0.5, **measures)))
    with pytest.raises(Damaged, match=r"softmax/0\.npz has the mean 0\.98 of knn_accuracy, but"):
        read_evaluations(version, [PIXELS, SOFTMAX])


def test_outcomes_may_be_rounded(version):
    write(version, "softmax", 0, replace(GOOD, measures=measures_of(0.5, knn_accuracy=0.980005)))
    assert len(read_evaluations(version, [SOFTMAX])) == 1
