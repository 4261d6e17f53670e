"""The leaderboard says of each row what was measured, in full for programs, in short for people."""

import csv
import io
import json
import statistics
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.errors import DiscernError
from discern.files import write_json
from discern.measures.catalogue import HEADLINES, MEASURES
from discern.ranking import leaderboard
from discern.ranking.comparisons import Comparisons, Estimate, Pair, RankedRow, write_comparisons
from discern.ranking.leaderboard import Line
from discern.results import Version
from markdown_tables import cells_of
from samples import COSFACE, PIXELS, measures_of, put

few = settings(max_examples=20, derandomize=True, deadline=None)
numbers = st.floats(-1e6, 1e6, allow_nan=False)

BY_NAME = {measure.name: measure for measure in MEASURES}
NAMES = list(BY_NAME)
KNN = BY_NAME["knn_accuracy"]
ABOUT = ["label", "title", "distance", "learning_rate", "parameters", "network", "seeds"]
ABOUT += ["epochs"]


def line(*seeds, epochs=(3,), ranked=None, **row):
    """A line with the measures of each seed, some of them by name."""
    return Line(
        replace(COSFACE, **row),
        epochs,
        [measures_of(**{"accuracy": 0.5} | measures) for measures in seeds],
        ranked,
    )


def line_of(values, **more):
    """A line of one seed, whose measures are ``values`` in the order of ``MEASURES``."""
    content = measures_of(0.5)
    for measure, value in zip(MEASURES, values, strict=True):
        put(content, measure, value)
    return replace(line(**more), measures=[content])


def ranked(rank, **intervals):
    """A row's rank, and low, high and what they are over of some measures' intervals."""
    return RankedRow(rank, {name: Estimate(0.0, *ends) for name, ends in intervals.items()})


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@few
@given(st.lists(numbers, min_size=1, max_size=5))
def test_a_line_gives_the_mean_over_seeds(values):
    mean = line(*({"accuracy": value} for value in values)).mean(KNN)
    exact = sum(map(Fraction, values)) / len(values)
    assert mean == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_the_mean_is_over_the_seeds_that_have_the_measure():
    seeds = [{"variance_ratio": value} for value in (2.0, None, 4.0)]
    assert line(*seeds).mean(BY_NAME["variance_ratio"]) == 3.0
    assert line(seeds[1]).mean(BY_NAME["variance_ratio"]) is None


def test_only_a_line_whose_significance_was_tested_has_a_rank_and_intervals():
    known = line({}, ranked=ranked(2, knn_accuracy=(0.4, 0.6, "images")))
    assert (known.rank, known.interval(KNN), known.interval_over(KNN)) == (2, (0.4, 0.6), "images")
    assert line({}).rank is line({}).interval(KNN) is line({}).interval_over(KNN) is None


@pytest.fixture
def version(tmp_path):
    """A version with the measures of pixels and of cosface's seeds 3 and 7."""
    version = Version(tmp_path)
    write_json(version.measures("pixels", 0), measures_of(0.1, trained=False))
    for seed in (3, 7):
        write_json(version.measures("cosface", seed), measures_of(seed / 10))
        write_json(version.selection("cosface", seed), {"epoch": 10 * seed})
    return version


def test_lines_are_read_in_the_rows_order_and_each_seeds_file_is_its_own(version):
    rows = [replace(COSFACE, seeds=(7, 3)), PIXELS]
    first, last = leaderboard.read_lines(version, rows)
    assert (first.row, last.row) == tuple(rows)
    assert (first.epochs, last.epochs) == ([70, 30], [])
    assert [KNN.value(measures) for measures in first.measures] == [0.7, 0.3]
    assert first.ranked is None


def test_compared_lines_have_their_own_rank_and_intervals(version):
    rows = {
        "pixels": ranked(2, knn_accuracy=(0.4, 0.6, "images")),
        "cosface": ranked(1, knn_accuracy=(None, None, None)),
    }
    pairs = [Pair("pixels", "cosface", -0.4, -0.5, -0.3, 0.01, 0.01)]
    write_comparisons(version.comparisons, Comparisons(0.95, 10, "knn_accuracy", rows, pairs))
    lines = leaderboard.read_ranked_lines(version, [COSFACE, PIXELS])
    assert [each.ranked for each in lines] == [rows["cosface"], rows["pixels"]]
    assert [each.interval(KNN) for each in lines] == [None, (0.4, 0.6)]


@pytest.mark.parametrize(
    "content", [[], 3, {}, {"epoch": "3"}, {"epoch": 3.5}, {"epoch": None}], ids=str
)
def test_a_selection_without_an_epoch_is_damaged(version, content):
    write_json(version.selection("cosface", 7), content)
    with pytest.raises(DiscernError, match=r"select/cosface/7\.json names no epoch; delete it"):
        leaderboard.read_lines(version, [COSFACE])


@few
@given(st.lists(st.sampled_from([0.5, 0.7, 0.7000000000000001, 0.9, 1.0]), max_size=8))
def test_the_best_k_nn_accuracy_comes_first_and_equal_rows_keep_their_order(accuracies):
    # every other measure is the higher, the lower the accuracy is
    others = len(MEASURES) - 1
    values = [[accuracy, *[-accuracy] * others] for accuracy in accuracies]
    lines = [line_of(each, label=str(place)) for place, each in enumerate(values)]
    before = list(lines)
    order = [int(each.row.label) for each in leaderboard.by_accuracy(lines)]
    assert order == sorted(range(len(lines)), key=lambda place: (-accuracies[place], place))
    assert lines == before


def test_rows_are_ordered_by_the_mean_over_seeds():
    steady = line({"accuracy": 0.8}, {"accuracy": 0.8}, label="steady")
    lucky = line({"accuracy": 0.99}, {"accuracy": 0.5}, label="lucky")
    single = line({"accuracy": 0.79}, label="single")
    assert leaderboard.by_accuracy([lucky, single, steady]) == [steady, single, lucky]


@few
@given(st.lists(st.tuples(*[numbers] * len(MEASURES)).map(list), max_size=4))
def test_the_csv_file_has_a_line_per_row_and_each_number_with_all_its_digits(rows):
    lines = [line_of(values, label=f"row{place}") for place, values in enumerate(rows)]
    text = leaderboard.as_csv(lines)
    assert text.splitlines()[0] == ",".join(ABOUT + NAMES)
    assert "\r" not in text
    read = read_csv(text)
    assert [row["label"] for row in read] == [f"row{place}" for place in range(len(rows))]
    assert [[float(row[name]) for name in NAMES] for row in read] == rows


def test_the_csv_file_has_the_means_over_seeds_unrounded():
    seeds = [{"accuracy": value} for value in (0.1, 0.2, 0.4)]
    (row,) = read_csv(leaderboard.as_csv([line(*seeds, epochs=(12, 7, 3))]))
    assert float(row["knn_accuracy"]) == statistics.fmean([0.1, 0.2, 0.4])
    assert (row["seeds"], row["epochs"]) == ("3", "12 7 3")
    assert row["learning_rate"] == "0.004"
    assert json.loads(row["parameters"]) == {"scale": 20.0, "margin": 0.35}


@pytest.mark.parametrize("own", [{}, {"embedding_dim": 64, "name": "lenet"}])
def test_the_csv_file_names_what_is_different_in_a_rows_network(own):
    (row,) = read_csv(leaderboard.as_csv([line({}, own_network=own)]))
    assert json.loads(row["network"]) == own


def test_what_is_absent_is_empty_in_the_csv_file():
    absent = {"classifier_accuracy": None, "variance_ratio": None}
    (row,) = read_csv(leaderboard.as_csv([line(absent, epochs=())]))
    assert {name for name, value in row.items() if value == ""} == {*absent, "epochs"}
    assert row["seeds"] == "1"  # what is not trained is still measured once


@pytest.mark.parametrize("title", ["Semi-hard, with a comma", 'the "best"', "‖x‖ − α", "a\nb"])
def test_any_title_comes_back_from_the_csv_file(title):
    lines = [line({}, title=title, distance="euclidean"), line({})]
    first, second = read_csv(leaderboard.as_csv(lines))
    assert (first["title"], first["distance"]) == (title, "euclidean")
    assert (second["title"], second["distance"]) == ("Large margin cosine", "cosine")


def test_a_measure_with_an_interval_is_followed_by_it_and_rows_have_their_rank():
    first = ranked(1, knn_accuracy=(0.4, 0.6, "seeds"), separation=())
    second = ranked(2, knn_accuracy=(0.1, 0.3, "images"), silhouette=(0.0, 0.2, "images"))
    text = leaderboard.as_csv([line({}, ranked=first), line({}, ranked=second)])
    head = text.splitlines()[0].split(",")
    of_knn = [f"knn_accuracy{end}" for end in ("", "_low", "_high", "_interval")]
    assert head[: len(ABOUT) + 5] == [*ABOUT, "rank", *of_knn]
    with_interval = [name for name in head if name.endswith("_interval")]
    assert with_interval == ["knn_accuracy_interval", "silhouette_interval"]
    one, other = read_csv(text)
    assert (one["rank"], other["rank"]) == ("1", "2")
    ends = ("low", "high", "interval")
    assert [one[f"knn_accuracy_{end}"] for end in ends] == ["0.4", "0.6", "seeds"]
    assert [other[f"silhouette_{end}"] for end in ends] == ["0.0", "0.2", "images"]
    assert [one[f"silhouette_{end}"] for end in ends] == ["", "", ""]


def test_the_markdown_table_has_the_headline_measures_of_each_row():
    softmax = line({"accuracy": 0.9}, {"accuracy": 0.8}, title="Softmax", epochs=(12, 7))
    pixels = line({"classifier_accuracy": None}, title="Pixels", epochs=())
    head, rule, *rows = cells_of(leaderboard.as_markdown([softmax, pixels]))
    assert head == ["row", "rank", "epoch", *(measure.title for measure in HEADLINES)]
    assert rule == ["---", *["--:"] * (len(HEADLINES) + 2)]  # numbers stand on the right
    means = [[m.shown(each.mean(m)) for m in HEADLINES] for each in (softmax, pixels)]
    assert rows == [["Softmax", "–", "12, 7", *means[0]], ["Pixels", "–", "–", *means[1]]]
    assert [row[3] for row in rows] == ["85.00 %", "50.00 %"]
    assert [row[head.index("classifier accuracy")] for row in rows] == ["82.87 %", "–"]


def test_the_markdown_table_has_ranks_and_intervals():
    known = ranked(2, knn_accuracy=(0.4, 0.6, "seeds"), silhouette=(0.0, 0.9, "images"))
    head, _, row = cells_of(leaderboard.as_markdown([line({"silhouette": 0.5}, ranked=known)]))
    cells = dict(zip(head, row, strict=True))
    assert cells["rank"] == "2"
    assert cells["k-NN accuracy"] == "50.00 ± 10.00 %"
    assert cells["silhouette"] == "0.500 [0.000, 0.900]"
    assert cells["nearest-mean accuracy"] == "48.90 %"


def test_a_leaderboard_without_rows_is_its_head():
    assert len(leaderboard.as_csv([]).splitlines()) == 1
    assert len(cells_of(leaderboard.as_markdown([]))) == 2
