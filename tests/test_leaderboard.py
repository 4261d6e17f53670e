"""The leaderboard says of each row what was measured, in full for programs, in short for people."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern import leaderboard
from discern.files import read_json, write_arrays
from discern.leaderboard import COLUMNS, Line
from discern.stages import measure

few = settings(max_examples=20, derandomize=True, deadline=None)
numbers = st.floats(-1e6, 1e6, allow_nan=False)

BY_NAME = {column.name: column for column in COLUMNS}
ABOUT = ["label", "title", "distance", "learning_rate", "parameters", "seeds", "epochs"]
MEASURES = [
    "knn_accuracy",
    "nearest_mean_accuracy",
    "classifier_accuracy",
    "silhouette",
    "variance_ratio",
    "intra_class_variance",
    "inter_class_variance",
    "native_variance_ratio",
    "map_knn_accuracy",
    "map_kl_divergence",
]


def measures_of(values):
    """A measure file's content with the value of each of ``MEASURES``, in this order."""
    knn, mean, classifier, silhouette, ratio, intra, inter, native, map_knn, kl = values
    return {
        "images": 100,
        "distance": "cosine",
        "neighbours": 5,
        "knn_accuracy": knn,
        "nearest_mean_accuracy": mean,
        "classifier_accuracy": classifier,
        "silhouette": silhouette,
        # what no column shows is -1
        "native": {
            "intra_class_variance": -1,
            "inter_class_variance": -1,
            "variance_ratio": native,
        },
        "l2_normalised": {
            "intra_class_variance": intra,
            "inter_class_variance": inter,
            "variance_ratio": ratio,
        },
        "map": {"kl_divergence": kl, "knn_accuracy": map_knn},
    }


def values_of(knn=0.5, **changes):
    """A different value for each of ``MEASURES``."""
    values = {name: (place + 1) / 7 for place, name in enumerate(MEASURES)}
    return list((values | {"knn_accuracy": knn} | changes).values())


def line(*seeds, label="cosface", title="Large margin", epochs=(3,), distance="cosine"):
    """A line whose measures are ``seeds``, the values of a seed each."""
    row = {"label": label, "title": title, "distance": distance}
    row |= {"learning_rate": 0.002, "parameters": {"margin": 0.35, "scale": 20}}
    return Line(row, epochs, [measures_of(values) for values in seeds])


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_markdown(text):
    """The cells of a Markdown table's lines; a bar within a cell follows a backslash."""
    assert text.endswith("\n")
    found = []
    for row in text.splitlines():
        before, *cells, after = re.split(r"(?<!\\)\|", row)
        assert before == after == ""
        assert all(cell[0] == cell[-1] == " " for cell in cells)
        found.append([cell[1:-1].replace("\\|", "|") for cell in cells])
    return found


# measures


def test_a_column_leads_to_each_measure():
    assert [column.name for column in COLUMNS] == MEASURES
    values = values_of()
    found = [column.value(measures_of(values)) for column in COLUMNS]
    assert found == values


def test_without_a_map_there_is_nothing_to_say_of_it():
    measures = measures_of(values_of()) | {"map": None}
    missing = [column.name for column in COLUMNS if column.value(measures) is None]
    assert missing == ["map_knn_accuracy", "map_kl_divergence"]


def test_no_two_columns_have_one_title_or_meaning():
    for kind in ("name", "path", "title", "meaning"):
        assert len({getattr(column, kind) for column in COLUMNS}) == len(COLUMNS), kind


def test_columns_are_what_the_measure_stage_writes(tmp_path):
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 6).astype(np.uint8)
    embeddings = labels[:, None] + random.normal(size=(12, 3)).astype(np.float32) / 2
    embeddings = embeddings.astype(np.float32)
    files = {
        "gallery": {"embeddings": embeddings, "labels": labels},
        "queries": {"embeddings": embeddings, "labels": labels, "predictions": labels},
        "map": {"map": embeddings[:, :2], "labels": labels, "kl_divergence": np.array(0.5)},
    }
    argv = ["--measures", str(tmp_path / "made.json"), "--distance", "cosine", "--neighbours", "3"]
    for name, arrays in files.items():
        write_arrays(tmp_path / f"{name}.npz", arrays)
        argv += [f"--{name}", str(tmp_path / f"{name}.npz")]
    assert measure.main(argv) == 0
    found = {column.name: column.value(read_json(tmp_path / "made.json")) for column in COLUMNS}
    assert all(isinstance(value, float) for value in found.values()), found
    assert found["classifier_accuracy"] == 1.0
    assert found["map_kl_divergence"] == 0.5


@few
@given(st.lists(numbers, min_size=1, max_size=5))
def test_a_line_gives_the_mean_over_seeds(values):
    found = line(*(values_of(knn=value) for value in values)).mean(BY_NAME["knn_accuracy"])
    exact = sum(map(Fraction, values)) / len(values)
    assert found == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_the_mean_is_over_the_seeds_that_have_the_measure():
    seeds = [values_of(variance_ratio=value) for value in (2.0, None, 4.0)]
    assert line(*seeds).mean(BY_NAME["variance_ratio"]) == 3.0
    assert line(seeds[1]).mean(BY_NAME["variance_ratio"]) is None


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("knn_accuracy", 0.98765, "98.77 %"),
        ("knn_accuracy", 1.0, "100.00 %"),
        ("map_knn_accuracy", 0.0, "0.00 %"),
        ("silhouette", -0.25, "-0.250"),
        ("variance_ratio", 12.34567, "12.346"),
        ("intra_class_variance", 0.0, "0.000"),
        ("classifier_accuracy", None, "–"),
        ("variance_ratio", None, "–"),
    ],
)
def test_accuracies_are_shown_in_per_cent_and_other_measures_with_three_digits(name, value, shown):
    assert BY_NAME[name].shown(value) == shown


def test_the_accuracies_alone_are_in_per_cent():
    assert [c.name for c in COLUMNS if c.percent] == [n for n in MEASURES if "accuracy" in n]


# ranking


@few
@given(st.lists(st.sampled_from([0.5, 0.7, 0.7000000000000001, 0.9, 1.0]), max_size=8))
def test_the_best_k_nn_accuracy_comes_first_and_equal_rows_keep_their_order(accuracies):
    lines = [line(values_of(a), label=str(place)) for place, a in enumerate(accuracies)]
    before = list(lines)
    found = [int(each.row["label"]) for each in leaderboard.ranked(lines)]
    assert found == sorted(range(len(lines)), key=lambda place: (-accuracies[place], place))
    assert lines == before


def test_rows_are_ranked_by_the_mean_over_seeds():
    steady = line(values_of(0.8), values_of(0.8), label="steady")
    lucky = line(values_of(0.99), values_of(0.5), label="lucky")
    single = line(values_of(0.79), label="single")
    found = leaderboard.ranked([lucky, single, steady])
    assert [each.row["label"] for each in found] == ["steady", "single", "lucky"]


def test_no_other_measure_decides_the_rank():
    worst = line([0.9, *[0.0] * 9], label="worst elsewhere")
    best = line([0.8, *[1.0] * 9], label="best elsewhere")
    assert leaderboard.ranked([best, worst]) == [worst, best]


# CSV


@few
@given(st.lists(st.lists(numbers, min_size=10, max_size=10), max_size=4))
def test_the_csv_file_has_a_line_per_row_and_each_number_with_all_its_digits(rows):
    lines = [line(values, label=f"row{place}") for place, values in enumerate(rows)]
    text = leaderboard.as_csv(lines)
    assert text.splitlines()[0] == ",".join(ABOUT + MEASURES)
    assert "\r" not in text
    found = read_csv(text)
    assert [row["label"] for row in found] == [f"row{place}" for place in range(len(rows))]
    assert [[float(row[name]) for name in MEASURES] for row in found] == rows


def test_the_csv_file_has_the_means_over_seeds_unrounded():
    seeds = [values_of(value) for value in (0.1, 0.2, 0.4)]
    (row,) = read_csv(leaderboard.as_csv([line(*seeds, epochs=(12, 7, 3))]))
    assert float(row["knn_accuracy"]) == statistics.fmean([0.1, 0.2, 0.4])
    assert (row["seeds"], row["epochs"]) == ("3", "12 7 3")
    assert row["learning_rate"] == "0.002"
    assert json.loads(row["parameters"]) == {"margin": 0.35, "scale": 20}


def test_what_is_absent_is_empty_in_the_csv_file():
    values = values_of(classifier_accuracy=None, variance_ratio=None)
    (row,) = read_csv(leaderboard.as_csv([line(values, label="pixels", epochs=())]))
    empty = {name for name, value in row.items() if value == ""}
    assert empty == {"classifier_accuracy", "variance_ratio", "epochs"}
    assert row["seeds"] == "1"  # what is not trained is still measured once


@pytest.mark.parametrize("title", ["Semi-hard, with a comma", 'the "best"', "‖x‖ − α", "a\nb"])
def test_any_title_comes_back_from_the_csv_file(title):
    lines = [line(values_of(), title=title, distance="euclidean"), line(values_of())]
    first, second = read_csv(leaderboard.as_csv(lines))
    assert (first["title"], first["distance"]) == (title, "euclidean")
    assert (second["title"], second["distance"]) == ("Large margin", "cosine")


# Markdown


def test_the_markdown_table_has_as_many_cells_in_every_line():
    values = values_of(classifier_accuracy=None)
    lines = [
        line(values_of(0.9), values_of(0.8), title="Softmax", epochs=(12, 7)),
        line(values, title="Pixels", epochs=()),
    ]
    head, rule, *rows = read_markdown(leaderboard.as_markdown(lines))
    assert head == ["row", "epoch", *(column.title for column in COLUMNS)]
    assert rule == ["---", *["--:"] * (len(COLUMNS) + 1)]  # numbers stand on the right
    assert [row[:3] for row in rows] == [
        ["Softmax", "12, 7", "85.00 %"],
        ["Pixels", "–", "50.00 %"],
    ]
    assert all(len(row) == len(head) for row in rows)
    assert rows[1][head.index("classifier accuracy")] == "–"
    assert rows[0][head.index("classifier accuracy")] == f"{300 / 7:.2f} %"
    assert rows[1].count("–") == 2


def test_both_tables_say_the_same():
    lines = [line(values_of(k, silhouette=-k), label=f"row{k}") for k in (0.25, 0.75, 0.5)]
    _, _, *shown = read_markdown(leaderboard.as_markdown(lines))
    for row, cells in zip(read_csv(leaderboard.as_csv(lines)), shown, strict=True):
        for name, cell in zip(MEASURES, cells[2:], strict=True):
            number = float(row[name])
            size, half = (100, 0.005) if cell.endswith(" %") else (1, 0.0005)
            assert float(cell.removesuffix(" %")) == pytest.approx(
                size * number, rel=0, abs=half * 1.001
            )


@pytest.mark.parametrize("title", ["p(x | y)", "|x|"])
def test_a_bar_in_a_title_opens_no_column(title):
    head, _, row = read_markdown(leaderboard.as_markdown([line(values_of(), title=title)]))
    assert len(row) == len(head)
    assert row[0] == title


def test_the_interval_is_that_of_the_normal_approximation():
    # 0.4 % error on 10,000 images: 1.96 · √(0.004 · 0.996 / 10,000)
    assert leaderboard.half_width(0.996, 10_000) == pytest.approx(0.00124, abs=5e-6)


def test_a_leaderboard_without_rows_is_its_head():
    assert len(leaderboard.as_csv([]).splitlines()) == 1
    assert len(read_markdown(leaderboard.as_markdown([]))) == 2
