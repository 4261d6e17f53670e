"""The comparison says how well each measure is known and which rows are better."""

from __future__ import annotations

import json

import numpy as np
import pytest

from command_lines import assert_is_program, assert_one_sentence
from discern import bootstrap, comparison
from discern.columns import COLUMNS
from discern.files import read_json, write_arrays
from discern.stages import compare
from samples import COSFACE, PIXELS, SOFTMAX, measures_of

IMAGES = 400
LABELS = np.arange(IMAGES).astype(np.uint8) % 10
RESAMPLES = 1000

PIXELS, SOFTMAX, COSFACE = (row | {"seeds": [0]} for row in (PIXELS, SOFTMAX, COSFACE))


def training(wrong, labels=LABELS, **others):
    """The outcomes of a training that errs on the images ``wrong``."""
    right = np.ones(len(labels), np.float32)
    right[list(wrong)] = 0
    return {"labels": labels, "predictions": labels, "knn_accuracy": right, **others}


def measured(outcomes):
    """The measure file of a training with these outcomes."""
    found = measures_of(0.5)
    for column in COLUMNS:
        if column.name in outcomes:
            found[column.name] = float(np.nanmean(outcomes[column.name], dtype=np.float64))
    return found


@pytest.fixture
def run(tmp_path):
    """Runs the stage on rows and the outcomes of each one's each seed; returns the status."""

    def run(rows, trainings, change=lambda options: None, seed=0):
        options = {"measures": [], "outcomes": []}
        for number, outcomes in enumerate(trainings):
            path = tmp_path / f"measures-{number}.json"
            path.write_text(json.dumps(measured(outcomes)))
            options["measures"].append(path)
            options["outcomes"].append(tmp_path / f"outcomes-{number}.npz")
            write_arrays(options["outcomes"][-1], outcomes)
        options["rows"] = [json.dumps(rows)]
        options["resamples"], options["seed"] = [RESAMPLES], [seed]
        options["comparisons"] = [run.path]
        options["record"] = [tmp_path / "record.json"]
        change(options)
        argv = [part for name, values in options.items() for part in (f"--{name}", *values)]
        return compare.main(list(map(str, argv)))

    run.path = tmp_path / "comparisons.json"
    run.found = lambda: read_json(run.path)
    return run


GOOD, SAME, BAD = training(range(8)), training(range(8)), training(range(20, 80))


def test_the_file_says_what_was_done_and_describes_rows_and_pairs_in_order(run):
    assert run([PIXELS, SOFTMAX, COSFACE], [BAD, GOOD, SAME]) == 0
    found = run.found()
    assert list(found) == ["level", "resamples", "ranked_by", "rows", "pairs"]
    assert (found["level"], found["resamples"]) == (0.95, RESAMPLES)
    assert found["ranked_by"] == "knn_accuracy"
    assert list(found["rows"]) == ["pixels", "softmax", "cosface"]
    assert [(pair["first"], pair["second"]) for pair in found["pairs"]] == [
        ("pixels", "softmax"),
        ("pixels", "cosface"),
        ("softmax", "cosface"),
    ]
    for pair in found["pairs"]:
        assert list(pair) == ["first", "second", "difference", "low", "high", "p", "adjusted_p"]


def test_rows_alike_share_a_rank_and_a_clearly_better_one_does_not(run):
    assert run([PIXELS, SOFTMAX, COSFACE], [BAD, GOOD, SAME]) == 0
    found = run.found()
    assert [row["rank"] for row in found["rows"].values()] == [3, 1, 1]
    against_softmax, _, alike = found["pairs"]
    assert against_softmax["difference"] == pytest.approx(-52 / IMAGES)
    assert against_softmax["adjusted_p"] < 0.05
    assert (alike["difference"], alike["p"]) == (0, 1)


def test_of_one_seed_intervals_are_over_images_where_a_measure_is_a_mean_over_them(run):
    others = {"silhouette": np.linspace(-1, 1, IMAGES, dtype=np.float32)}
    outcomes = training(range(8), **others)
    assert run([SOFTMAX], [outcomes]) == 0
    found = run.found()["rows"]["softmax"]["measures"]
    over_images = {name for name, row in found.items() if row["interval"] == "images"}
    assert over_images == {"knn_accuracy", "silhouette"}
    for name in over_images:
        drawn = bootstrap.crossed_means(outcomes[name][None, None], RESAMPLES, 0)[:, 0]
        ends = found[name]["low"], found[name]["high"]
        assert ends == pytest.approx(bootstrap.interval(drawn, 0.95)), name
    assert found["map_kl_divergence"] == {
        **{"mean": pytest.approx(0.65), "low": None, "high": None, "interval": None}
    }
    assert found["knn_accuracy"]["mean"] == 392 / 400


def test_of_several_seeds_every_measure_has_students_interval(run):
    seeds = [0, 1, 2]
    trainings = [training(range(count)) for count in (8, 12, 10)]
    assert run([SOFTMAX | {"seeds": seeds}], trainings) == 0
    found = run.found()["rows"]["softmax"]["measures"]
    assert {row["interval"] for row in found.values()} == {"seeds"}
    known = [0.98, 0.97, 0.975]
    assert (found["knn_accuracy"]["low"], found["knn_accuracy"]["high"]) == pytest.approx(
        comparison.interval_over_seeds(known)
    )
    assert found["knn_accuracy"]["mean"] == pytest.approx(0.975)


def test_a_measure_that_a_row_does_not_have_is_not_there(run):
    assert run([PIXELS], [BAD], lambda options: drop_classifier(options["measures"][0])) == 0
    names = set(run.found()["rows"]["pixels"]["measures"])
    assert {column.name for column in COLUMNS} - names == {"classifier_accuracy"}


def drop_classifier(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"classifier_accuracy": None}))


def test_an_image_that_can_not_be_judged_is_left_out(run):
    values = np.linspace(0, 1, IMAGES, dtype=np.float32)
    values[0] = np.nan
    assert run([SOFTMAX], [training([1], precision_at_1=values)]) == 0
    found = run.found()["rows"]["softmax"]["measures"]["precision_at_1"]
    assert found["mean"] == pytest.approx(np.nanmean(values))
    assert found["low"] < found["mean"] < found["high"]


def test_a_pair_is_compared_on_the_images_that_both_rows_judge(run):
    first, second = training([0, 1]), training([2])
    first["knn_accuracy"][2:40] = np.nan
    assert run([SOFTMAX, COSFACE], [first, second]) == 0
    (pair,) = run.found()["pairs"]
    assert pair["difference"] == pytest.approx(-2 / 362)  # the second's mistake is not among them


# several seeds


def test_a_measure_that_only_one_of_several_seeds_has_has_no_interval(run):
    trainings = [training([1], classifier_accuracy=np.ones(IMAGES, np.float32)), training([2])]
    rows = [SOFTMAX | {"seeds": [0, 1]}]
    assert run(rows, trainings, lambda options: drop_classifier(options["measures"][1])) == 0
    found = run.found()["rows"]["softmax"]["measures"]["classifier_accuracy"]
    assert found == {"mean": 1.0, "low": None, "high": None, "interval": None}


def test_a_baseline_of_one_seed_stands_beside_each_seed_of_the_others(run):
    rows = [PIXELS, SOFTMAX | {"seeds": [3, 7]}]
    assert run(rows, [BAD, training(range(8)), training(range(4))]) == 0
    found = run.found()
    (pair,) = found["pairs"]
    assert pair["difference"] == pytest.approx(0.85 - (0.98 + 0.99) / 2)
    assert [row["rank"] for row in found["rows"].values()] == [2, 1]
    intervals = [row["measures"]["knn_accuracy"]["interval"] for row in found["rows"].values()]
    assert intervals == ["images", "seeds"]


def test_pairs_are_compared_on_the_same_seeds_and_images(run):
    rows = [SOFTMAX | {"seeds": [0, 1]}, COSFACE | {"seeds": [0, 1]}]
    # a seed's data is as hard for both: the rows differ by the same in each seed
    trainings = [training(range(n)) for n in (10, 100, 20, 110)]
    assert run(rows, trainings) == 0
    (pair,) = run.found()["pairs"]
    table = np.stack([each["knn_accuracy"] for each in trainings]).reshape(2, 2, -1)
    drawn = bootstrap.crossed_means(table.swapaxes(0, 1), RESAMPLES, 0)
    expected = bootstrap.interval(drawn[:, 0] - drawn[:, 1], 0.95)
    assert (pair["low"], pair["high"]) == pytest.approx(expected)
    assert 0 < pair["low"] < 10 / IMAGES < pair["high"] < 25 / IMAGES


def test_seeds_may_have_images_of_their_own(run):
    few = LABELS[:100]
    rows = [row | {"seeds": [0, 1]} for row in (PIXELS, SOFTMAX)]
    trainings = [training(range(40)), training(range(30), few)]
    trainings += [training(range(4)), training(range(3), few)]
    assert run(rows, trainings) == 0
    found = run.found()
    (pair,) = found["pairs"]
    assert pair["difference"] == pytest.approx((0.9 + 0.7) / 2 - (0.99 + 0.97) / 2)
    tables = [
        np.stack([trainings[seed]["knn_accuracy"], trainings[2 + seed]["knn_accuracy"]])
        for seed in (0, 1)
    ]
    drawn = bootstrap.nested_means(tables, RESAMPLES, 0)
    expected = bootstrap.interval(drawn[:, 0] - drawn[:, 1], 0.95)
    assert (pair["low"], pair["high"]) == pytest.approx(expected)
    assert [row["rank"] for row in found["rows"].values()] == [2, 1]


def test_the_same_number_of_other_images_is_not_taken_for_the_same_images(run):
    other = (LABELS + 1) % 10
    rows = [row | {"seeds": [0, 1]} for row in (PIXELS, SOFTMAX)]
    trainings = [training(range(n), labels) for n in (40, 4) for labels in (LABELS, other)]
    assert run(rows, trainings) == 0
    (nested,) = run.found()["pairs"]
    assert run(rows, [each | {"labels": LABELS} for each in trainings]) == 0
    (crossed,) = run.found()["pairs"]
    assert nested["difference"] == crossed["difference"]
    # images that are drawn for both seeds at once average out less
    assert nested["high"] - nested["low"] < crossed["high"] - crossed["low"]


def test_neither_the_order_of_rows_nor_that_of_seeds_changes_a_number(run):
    rows = [PIXELS, SOFTMAX | {"seeds": [0, 1]}, COSFACE | {"seeds": [0, 1]}]
    pixels, *trained = (training(range(n)) for n in (40, 8, 10, 9, 20))
    assert run(rows, [pixels, *trained]) == 0
    expected = run.found()
    turned = [rows[2] | {"seeds": [1, 0]}, rows[0], rows[1] | {"seeds": [1, 0]}]
    order = [3, 2, 1, 0]
    a, b, c, d = (trained[place] for place in order)
    assert run(turned, [a, b, pixels, c, d]) == 0
    found = run.found()
    assert found["rows"] == expected["rows"]
    for pair in found["pairs"]:
        (other,) = (
            other
            for other in expected["pairs"]
            if {other["first"], other["second"]} == {pair["first"], pair["second"]}
        )
        assert (pair["p"], pair["adjusted_p"]) == (other["p"], other["adjusted_p"])
        sign = 1 if pair["first"] == other["first"] else -1
        assert pair["difference"] == sign * other["difference"]


def test_the_same_inputs_give_the_same_bytes_and_the_seed_decides(run):
    arguments = [PIXELS, SOFTMAX], [training(range(50)), training(range(30))]
    assert run(*arguments) == 0
    first = run.path.read_bytes()
    assert run(*arguments) == 0
    assert run.path.read_bytes() == first
    assert run(*arguments, seed=1) == 0
    assert run.path.read_bytes() != first


def test_the_record_names_what_decides_the_comparison(run, tmp_path):
    assert run([PIXELS, SOFTMAX], [BAD, GOOD]) == 0
    record = read_json(tmp_path / "record.json")
    assert record["stage"] == "compare"
    assert set(record["parameters"]) == {"rows", "resamples", "seed"}
    assert len(record["inputs"]) == 4
    assert list(record["outputs"]) == ["comparisons.json"]


def test_the_module_is_a_program():
    assert_is_program("compare")


# what is refused


def assert_refused(run, capfd, status, *parts):
    """One sentence that says ``parts``, status 1, and nothing made."""
    assert_one_sentence("compare", status, capfd, *parts)
    assert not run.path.exists()


@pytest.mark.parametrize("option", ["measures", "outcomes"])
def test_there_is_a_file_for_each_seed_of_each_row(run, capfd, option):
    status = run([PIXELS, SOFTMAX], [BAD, GOOD], lambda options: options[option].pop())
    assert_refused(run, capfd, status, f"--{option} names 1 files for 2 trainings")


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        ({"labels": LABELS}, "holds no array 'knn_accuracy'"),
        (training([], silhouette=np.zeros(3, np.float32)), "silhouette is float32 (3,)"),
        (training([], silhouette=np.zeros(IMAGES)), "silhouette is float64 (400,)"),
        (training([], silhouette=np.full(IMAGES, np.nan, np.float32)), "says nothing of any image"),
        (training([], silhouette=np.full(IMAGES, np.inf, np.float32)), "is infinite somewhere"),
    ],
)
def test_malformed_outcomes_are_one_sentence(run, capfd, outcomes, sentence):
    def damage(options):
        write_arrays(options["outcomes"][1], outcomes)

    status = run([PIXELS, SOFTMAX], [BAD, GOOD], damage)
    assert_refused(run, capfd, status, "outcomes-1.npz", sentence, "delete it")


def test_outcomes_of_another_training_are_noticed(run, capfd):
    status = run([PIXELS, SOFTMAX], [BAD, GOOD], lambda options: options["outcomes"].reverse())
    assert_refused(run, capfd, status, "outcomes-1.npz: the mean of knn_accuracy is 0.98", "0.85")


def test_measures_that_are_not_all_there_are_one_sentence(run, capfd):
    def damage(options):
        options["measures"][0].write_text("{}")

    status = run([PIXELS], [BAD], damage)
    assert_refused(run, capfd, status, "measures-0.json does not hold all measures")


def test_rows_judged_on_different_images_are_not_compared(run, capfd):
    status = run([PIXELS, SOFTMAX], [BAD, training([1], (LABELS + 1) % 10)])
    assert_refused(run, capfd, status, "softmax was judged on other images than pixels")


def test_rows_with_different_seeds_are_not_paired(run, capfd):
    rows = [SOFTMAX | {"seeds": [0, 1]}, COSFACE | {"seeds": [1, 2]}]
    status = run(rows, [GOOD] * 4)
    assert_refused(run, capfd, status, "[(0, 1), (1, 2)] can't be paired")
