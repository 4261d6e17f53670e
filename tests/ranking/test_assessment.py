"""The assessment says how well each measure is known and which rows are better."""

from dataclasses import replace

import numpy as np
import pytest

from discern.errors import Damaged, DiscernError
from discern.files import write_arrays, write_json
from discern.measures.catalogue import MEASURES
from discern.ranking import bootstrap, significance
from discern.ranking.assessment import Evaluation, assess, read_evaluations
from discern.ranking.comparisons import Estimate
from discern.ranking.outcomes import Outcomes
from discern.results import Version
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

IMAGES = 400
LABELS = np.arange(IMAGES).astype(np.int16) % 10
RESAMPLES = 1000

PIXELS, SOFTMAX, COSFACE = (replace(row, seeds=(0,)) for row in (PIXELS, SOFTMAX, COSFACE))


def evaluation(wrong, labels=LABELS, measures=None, **others):
    """What is measured of a training that errs on the images ``wrong``."""
    right = np.ones(len(labels), np.float32)
    right[list(wrong)] = 0
    of_images = {"knn_accuracy": right, **others}
    means = {name: float(np.nanmean(each, dtype=np.float64)) for name, each in of_images.items()}
    outcomes = Outcomes(labels, labels, of_images)
    return Evaluation(measures_of(0.5, **means | (measures or {})), outcomes)


def assessed(rows, *of_rows, seed=0):
    return assess(rows, of_rows, RESAMPLES, seed)


def with_seeds(row, *seeds):
    return replace(row, seeds=seeds)


GOOD, BAD = evaluation(range(8)), evaluation(range(20, 80))


@pytest.fixture(scope="module")
def found():
    """What is found of three rows, the last two of which err on the same images."""
    return assessed([PIXELS, SOFTMAX, COSFACE], [BAD], [GOOD], [GOOD])


def test_it_says_what_was_done_and_has_rows_and_pairs_in_order(found):
    assert (found.level, found.resamples, found.ranked_by) == (0.95, RESAMPLES, "knn_accuracy")
    assert list(found.rows) == ["pixels", "softmax", "cosface"]
    pairs = [("pixels", "softmax"), ("pixels", "cosface"), ("softmax", "cosface")]
    assert [(pair.first, pair.second) for pair in found.pairs] == pairs


def test_rows_alike_share_a_rank_and_a_clearly_better_one_does_not(found):
    assert [row.rank for row in found.rows.values()] == [3, 1, 1]
    against_softmax, _, alike = found.pairs
    assert against_softmax.difference == pytest.approx(-52 / IMAGES)
    assert against_softmax.adjusted_p < 0.05
    assert (alike.difference, alike.p) == (0, 1)


def test_of_one_seed_intervals_are_over_images_where_a_measure_is_a_mean_over_them():
    of_images = {"silhouette": np.linspace(-1, 1, IMAGES, dtype=np.float32)}
    one = evaluation(range(8), **of_images)
    measures = assessed([SOFTMAX], [one]).rows["softmax"].measures
    over_images = {name for name, each in measures.items() if each.interval == "images"}
    assert over_images == {"knn_accuracy", "silhouette"}
    for name in over_images:
        values = one.outcomes.measures[name]
        drawn = bootstrap.crossed_means(values[None, None], RESAMPLES, 0)[:, 0]
        assert measures[name].ends == pytest.approx(bootstrap.interval(drawn, 0.95)), name
    assert measures["map_kl_divergence"] == Estimate(pytest.approx(0.65))
    assert measures["knn_accuracy"].mean == 392 / 400


def test_of_several_seeds_every_measure_has_students_interval():
    of_seeds = [evaluation(range(count)) for count in (8, 12, 10)]
    measures = assessed([with_seeds(SOFTMAX, 0, 1, 2)], of_seeds).rows["softmax"].measures
    assert {each.interval for each in measures.values()} == {"seeds"}
    expected = significance.interval_over_seeds([0.98, 0.97, 0.975])
    assert measures["knn_accuracy"].ends == pytest.approx(expected)
    assert measures["knn_accuracy"].mean == pytest.approx(0.975)


def test_a_measure_that_a_row_does_not_have_is_not_there():
    one = evaluation(range(20), measures={"classifier_accuracy": None})
    names = assessed([PIXELS], [one]).rows["pixels"].measures.keys()
    assert {measure.name for measure in MEASURES} - names == {"classifier_accuracy"}


def test_a_measure_that_only_one_of_several_seeds_has_has_no_interval():
    ones = np.ones(IMAGES, np.float32)
    first = evaluation([1], classifier_accuracy=ones)
    second = evaluation([2], measures={"classifier_accuracy": None})
    found = assessed([with_seeds(SOFTMAX, 0, 1)], [first, second])
    assert found.rows["softmax"].measures["classifier_accuracy"] == Estimate(1.0)


def test_an_image_without_an_outcome_is_left_out():
    values = np.linspace(0, 1, IMAGES, dtype=np.float32)
    values[0] = np.nan
    found = assessed([SOFTMAX], [evaluation([1], precision_at_1=values)])
    estimate = found.rows["softmax"].measures["precision_at_1"]
    assert estimate.mean == pytest.approx(np.nanmean(values))
    assert estimate.low < estimate.mean < estimate.high


def test_a_pair_is_tested_on_the_images_that_both_rows_have():
    first, second = evaluation([0, 1]), evaluation([2])
    first.outcomes.measures["knn_accuracy"][2:40] = np.nan
    (pair,) = assessed([SOFTMAX, COSFACE], [first], [second]).pairs
    assert pair.difference == pytest.approx(-2 / 362)  # the second's mistake is not among them


def test_a_baseline_of_one_seed_stands_beside_each_seed_of_the_others():
    of_softmax = [GOOD, evaluation(range(4))]
    found = assessed([PIXELS, with_seeds(SOFTMAX, 3, 7)], [BAD], of_softmax)
    (pair,) = found.pairs
    assert pair.difference == pytest.approx(0.85 - (0.98 + 0.99) / 2)
    assert [row.rank for row in found.rows.values()] == [2, 1]
    intervals = [row.measures["knn_accuracy"].interval for row in found.rows.values()]
    assert intervals == ["images", "seeds"]


def tables_of(*of_rows):
    """The accuracies of each seed (rows, images)."""
    return [
        np.stack([each.outcomes.measures["knn_accuracy"] for each in of_seed])
        for of_seed in zip(*of_rows, strict=True)
    ]


def assert_interval(pair, drawn):
    """Compare a pair's interval with that of the means that are drawn of its two rows."""
    first, second = drawn.T
    assert (pair.low, pair.high) == pytest.approx(bootstrap.interval(first - second, 0.95))


def test_pairs_are_tested_on_the_same_seeds_and_images():
    # a seed is as hard for both: the rows differ by the same in each
    first, second = ([evaluation(range(n)) for n in wrong] for wrong in ((10, 100), (20, 110)))
    rows = [with_seeds(row, 0, 1) for row in (SOFTMAX, COSFACE)]
    (pair,) = assessed(rows, first, second).pairs
    drawn = bootstrap.crossed_means(np.stack(tables_of(first, second)), RESAMPLES, 0)
    assert_interval(pair, drawn)
    assert 0 < pair.low < 10 / IMAGES < pair.high < 25 / IMAGES


def test_seeds_may_have_images_of_their_own():
    few = LABELS[:100]
    first = [evaluation(range(40)), evaluation(range(30), few)]
    second = [evaluation(range(4)), evaluation(range(3), few)]
    found = assessed([with_seeds(row, 0, 1) for row in (PIXELS, SOFTMAX)], first, second)
    (pair,) = found.pairs
    assert pair.difference == pytest.approx((0.9 + 0.7) / 2 - (0.99 + 0.97) / 2)
    assert_interval(pair, bootstrap.nested_means(tables_of(first, second), RESAMPLES, 0))
    assert [row.rank for row in found.rows.values()] == [2, 1]


def test_the_same_number_of_other_images_is_not_taken_for_the_same_images():
    rows = [with_seeds(row, 0, 1) for row in (PIXELS, SOFTMAX)]

    def pair_with(labels):
        """The pair of rows whose second seed is on images with these ``labels``."""
        of_rows = ([evaluation(range(n)), evaluation(range(n), labels)] for n in (40, 4))
        return assessed(rows, *of_rows).pairs[0]

    nested, crossed = pair_with((LABELS + 1) % 10), pair_with(LABELS)
    assert nested.difference == crossed.difference
    # images that are drawn for both seeds at once average out less
    assert nested.high - nested.low < crossed.high - crossed.low


def test_neither_the_order_of_rows_nor_that_of_seeds_changes_a_number():
    rows = [PIXELS, with_seeds(SOFTMAX, 0, 1), with_seeds(COSFACE, 0, 1)]
    pixels, *others = (evaluation(range(n)) for n in (40, 8, 10, 9, 20))
    softmax, cosface = others[:2], others[2:]
    expected = assessed(rows, [pixels], softmax, cosface)
    turned = [with_seeds(COSFACE, 1, 0), PIXELS, with_seeds(SOFTMAX, 1, 0)]
    found = assessed(turned, cosface[::-1], [pixels], softmax[::-1])
    assert found.rows == expected.rows
    for pair in found.pairs:
        other = expected.pair(pair.first, pair.second)
        assert (pair.p, pair.adjusted_p) == (other.p, other.adjusted_p)
        assert pair.difference == other.difference
        assert (pair.low, pair.high) == pytest.approx((other.low, other.high))


def test_the_same_seed_draws_the_same_and_another_does_not():
    of_rows = [evaluation(range(50))], [evaluation(range(30))]
    first, again, other = (assessed([PIXELS, SOFTMAX], *of_rows, seed=n) for n in (0, 0, 1))
    assert again == first
    assert other != first


def test_rows_on_different_images_are_refused():
    other = evaluation([1], (LABELS + 1) % 10)
    with pytest.raises(DiscernError, match="softmax was evaluated on other images than pixels"):
        assessed([PIXELS, SOFTMAX], [BAD], [other])


def test_rows_with_different_seeds_are_not_paired():
    rows = [with_seeds(SOFTMAX, 0, 1), with_seeds(COSFACE, 1, 2)]
    with pytest.raises(
        DiscernError, match=r"rows have different seeds, \[\(0, 1\), \(1, 2\)\]; give"
    ):
        assessed(rows, [GOOD] * 2, [GOOD] * 2)


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
    assert [each.measures["knn_accuracy"] for each in evaluations] == [0.85, 0.85, 0.98]
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
