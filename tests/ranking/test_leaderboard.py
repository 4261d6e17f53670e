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
from discern.ranking.comparisons import Comparisons, Estimate, Evidence, Pair
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


def line(*seeds, epochs=(3,), estimates=None, beaten_by=None, tested_against=(), **row):
    """A line with the measures of each seed, some of them by name."""
    return Line(
        replace(COSFACE, **row),
        epochs,
        [measures_of(**{"accuracy": 0.5} | measures) for measures in seeds],
        estimates or {},
        beaten_by,
        tested_against,
    )


def line_of(values, **more):
    """A line of one seed, whose measures are ``values`` in the order of ``MEASURES``."""
    content = measures_of(0.5)
    for measure, value in zip(MEASURES, values, strict=True):
        put(content, measure, value)
    return replace(line(**more), measures=[content])


BOTH = Estimate(0.5, 0.01, (0.4, 0.6), (0.3, 0.7))
OF_ONE = Estimate(0.5, None, None, (0.2, 0.8))


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


def test_tables_show_the_interval_for_other_seeds_and_of_one_training_that_for_other_images():
    several = line({}, {}, estimates={"knn_accuracy": BOTH})
    assert (several.interval(KNN), several.shown(KNN)) == ((0.4, 0.6), "50.00 ± 10.00 %")
    single = line({}, estimates={"knn_accuracy": OF_ONE})
    assert (single.interval(KNN), single.shown(KNN)) == ((0.2, 0.8), "50.00 [20.00, 80.00] %")
    assert (line({}).interval(KNN), line({}).shown(KNN)) == (None, "50.00 %")


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
    assert (first.estimates, first.beaten_by) == ({}, None)


def test_compared_lines_have_their_own_intervals_and_better_rows(version):
    rows = {"pixels": {"knn_accuracy": OF_ONE}, "cosface": {"knn_accuracy": BOTH}}
    evidence = Evidence(-0.5, -0.3, 0.01, 0.01)
    pairs = {"knn_accuracy": [Pair("pixels", "cosface", 2, -0.4, evidence, evidence)]}
    comparisons = Comparisons("knn_accuracy", True, rows, pairs)
    lines = leaderboard.read_lines(version, [COSFACE, PIXELS], comparisons)
    assert [each.beaten_by for each in lines] == [[], ["cosface"]]
    assert [each.interval(KNN) for each in lines] == [(0.4, 0.6), (0.2, 0.8)]


@pytest.mark.parametrize(
    "content", [[], 3, {}, {"epoch": "3"}, {"epoch": 3.5}, {"epoch": None}], ids=str
)
def test_a_selection_without_an_epoch_is_damaged(version, content):
    write_json(version.selection("cosface", 7), content)
    with pytest.raises(DiscernError, match=r"select/cosface/7\.json names no epoch; delete it"):
        leaderboard.read_lines(version, [COSFACE])


@pytest.mark.parametrize(("better", "sign"), [("higher", -1), ("lower", 1)])
@few
@given(st.lists(st.sampled_from([0.5, 0.7, 0.7000000000000001, 0.9, 1.0]), max_size=8))
def test_the_best_in_the_headline_comes_first_and_equal_rows_keep_their_order(
    better, sign, accuracies
):
    # every other measure is the higher, the lower the accuracy is
    others = len(MEASURES) - 1
    at = MEASURES.index(KNN)
    values = [[-each] * at + [each] + [-each] * (others - at) for each in accuracies]
    lines = [line_of(each, label=str(place)) for place, each in enumerate(values)]
    before = list(lines)
    ordered = leaderboard.in_order(lines, replace(KNN, better=better))
    order = [int(each.row.label) for each in ordered]
    assert order == sorted(range(len(lines)), key=lambda place: (sign * accuracies[place], place))
    assert lines == before


def test_rows_are_ordered_by_the_mean_over_seeds():
    steady = line({"accuracy": 0.8}, {"accuracy": 0.8}, label="steady")
    lucky = line({"accuracy": 0.99}, {"accuracy": 0.5}, label="lucky")
    single = line({"accuracy": 0.79}, label="single")
    assert leaderboard.in_order([lucky, single, steady], KNN) == [steady, single, lucky]


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


@pytest.mark.parametrize(
    "title", ["Semi-hard, with a comma", 'the "best"', "‖x‖ − α", "a\nb", "=1+1", "-", "@a", "+7"]
)
def test_any_title_comes_back_from_the_csv_file(title):
    lines = [line({}, title=title, distance="euclidean"), line({})]
    first, second = read_csv(leaderboard.as_csv(lines))
    assert (first["title"], first["distance"]) == (title, "euclidean")
    assert (second["title"], second["distance"]) == ("Large margin cosine", "cosine")


def test_a_measure_with_intervals_is_followed_by_them_and_rows_name_those_that_beat_them():
    several = line({}, {}, estimates={"knn_accuracy": BOTH}, beaten_by=["softmax", "centre"])
    single = line({}, estimates={"silhouette": OF_ONE, "separation": Estimate(1.0)})
    best = line(
        {}, {}, estimates={"knn_accuracy": BOTH}, beaten_by=[], tested_against=["softmax", "a"]
    )
    text = leaderboard.as_csv([several, single, best])
    head = text.splitlines()[0].split(",")
    parts = ["sd", "seeds_low", "seeds_high", "images_low", "images_high"]
    of_knn = ["knn_accuracy", *(f"knn_accuracy_{part}" for part in parts)]
    start = head.index("knn_accuracy")
    assert head[start : start + 6] == of_knn
    assert head[: len(ABOUT) + 2] == [*ABOUT, "beaten_by", "tested_against"]
    added = [name for name in head if name.startswith(("silhouette_", "separation_"))]
    assert added == ["silhouette_images_low", "silhouette_images_high"]
    rows = read_csv(text)
    assert [row["beaten_by"] for row in rows] == ["softmax centre", "", "none"]
    assert [row["tested_against"] for row in rows] == ["0", "0", "2"]
    assert [rows[0][name] for name in of_knn[1:]] == ["0.01", "0.4", "0.6", "0.3", "0.7"]
    assert [rows[1][name] for name in (*of_knn[1:], *added)] == [*[""] * 5, "0.2", "0.8"]


def test_the_markdown_table_has_the_headline_measures_of_each_row():
    softmax = line(
        {"accuracy": 0.9}, {"accuracy": 0.8}, title="Softmax", beaten_by=[], tested_against=["b"]
    )
    pixels = line(
        {"variance_ratio": None}, title="Pixels", beaten_by=["softmax"], tested_against=["a"]
    )
    head, rule, *rows = cells_of(leaderboard.table([pixels, softmax], KNN, HEADLINES))
    assert head == ["row", "seeds", "beaten by", *(measure.title for measure in HEADLINES)]
    assert rule == ["---", *["--:"] * (len(HEADLINES) + 2)]  # numbers stand on the right
    means = [[m.shown(each.mean(m)) for m in HEADLINES] for each in (softmax, pixels)]
    assert rows == [["Softmax", "2", "0", *means[0]], ["Pixels", "1", "1", *means[1]]]
    assert [row[head.index("variance ratio")] for row in rows] == ["14.450", "–"]


def test_a_row_that_was_not_tested_against_all_others_says_against_how_many():
    one, three = ["a"], ["b", "c", "d"]
    a = line({}, {}, title="A", beaten_by=one, tested_against=three)
    others = [line({}, {}, title=x, beaten_by=[], tested_against=one) for x in "BCD"]
    lines = [a, *others, line({}, {}, title="E")]
    _, _, *rows = cells_of(leaderboard.table(lines, KNN, HEADLINES))
    assert [row[2] for row in rows] == ["1 of 3", "0 of 1", "0 of 1", "0 of 1", "–"]
    text = leaderboard.explanation(lines, KNN)
    assert "3 of 10 pairs of rows were tested; “0 of 1” counts among the rows that" in text


def test_it_is_said_where_the_networks_were_trained_if_not_here():
    lines = [line({}, title="A", trained=False, trained_in="results/a"), line({}, title="B")]
    text = leaderboard.explanation(lines, KNN)
    assert text.count("The networks were trained in results/a.") == 1
    assert "trained in" not in leaderboard.explanation(lines[1:], KNN)


def test_the_latex_table_has_the_cells_of_the_markdown_table_and_says_what_they_mean():
    lines = [line({}, {}, title="A"), line({}, title="B")]
    comment, *latex = leaderboard.as_latex(lines, KNN).splitlines()
    assert comment == f"% {leaderboard.explanation(lines, KNN)}"
    head, _, *rows = cells_of(leaderboard.table(lines, KNN, HEADLINES))
    cells = [text.removesuffix(r" \\").split(" & ") for text in latex if text.endswith(r" \\")]
    assert [[cell.replace(r"\%", "%").replace("--", "–") for cell in each] for each in cells] == [
        head,
        *rows,
    ]


def test_of_single_trainings_a_table_suggests_no_order():
    head, *_ = cells_of(leaderboard.table([line({}), line({})], KNN, HEADLINES))
    assert not {"seeds", "beaten by", "rank"} & set(head)


SEEDS = "± is the 95 % interval of the mean for other seeds on these images."
ONE_NETWORK = (
    "A row with one seed is one network: [low, high] is its 95 % interval on other images."
)
UNTESTED = "Rows are not tested against each other, because another seed would change each."


@pytest.mark.parametrize(
    ("seeds", "said", "unsaid"),
    [
        (
            (3, 3),
            [SEEDS, f"order of their mean {KNN.title}.", "Holm's correction for all tested pairs"],
            [ONE_NETWORK, UNTESTED],
        ),
        ((1, 3), [SEEDS, ONE_NETWORK, "“Beaten by” counts"], [UNTESTED]),
        ((1, 1), [ONE_NETWORK, UNTESTED, f"order of their {KNN.title}."], [SEEDS, "“Beaten by”"]),
    ],
)
def test_the_rule_of_a_table_is_said_beside_it(seeds, said, unsaid):
    lines = [line(*[{}] * count) for count in seeds]
    text = leaderboard.as_markdown(lines, KNN)
    assert all(sentence in text for sentence in said)
    assert not any(sentence in text for sentence in unsaid)


def test_a_leaderboard_without_rows_is_its_head():
    assert len(leaderboard.as_csv([]).splitlines()) == 1
