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
from discern.errors import DiscernError
from discern.files import read_arrays, read_json, write_arrays
from discern.leaderboard import COLUMNS, HEADLINES, Line
from discern.stages import measure

few = settings(max_examples=20, derandomize=True, deadline=None)
numbers = st.floats(-1e6, 1e6, allow_nan=False)

BY_NAME = {column.name: column for column in COLUMNS}
MEASURES = list(BY_NAME)
ABOUT = ["label", "title", "distance", "learning_rate", "parameters", "seeds", "epochs"]


def measures_of(values):
    """A measure file's content with the value of each of ``MEASURES``, in this order."""
    found = {"images": 100, "distance": "cosine", "neighbours": 5}
    for column, value in zip(COLUMNS, values, strict=True):
        place = found
        for key in column.path[:-1]:
            place = place.setdefault(key, {})
        place[column.path[-1]] = value
    return found


def values_of(knn=0.5, **changes):
    """A different value for each of ``MEASURES``."""
    values = {name: (place + 1) / 53 for place, name in enumerate(MEASURES)}
    return list((values | {"knn_accuracy": knn} | changes).values())


def line(*seeds, label="cosface", title="Large margin", epochs=(3,), distance="cosine", **more):
    """A line whose measures are ``seeds``, the values of a seed each."""
    row = {"label": label, "title": title, "distance": distance}
    row |= {"learning_rate": 0.002, "parameters": {"margin": 0.35, "scale": 20}}
    return Line(row, epochs, [measures_of(values) for values in seeds], **more)


def compared(rank, **intervals):
    """What the compare stage says of a row: low, high and what the interval is over."""
    measures = {
        name: {"mean": 0.0, "low": low, "high": high, "interval": over}
        for name, (low, high, over) in intervals.items()
    }
    return {"rank": rank, "measures": measures}


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


def test_the_names_that_programs_read_are_kept():
    kept = [
        *("knn_accuracy", "nearest_mean_accuracy", "classifier_accuracy", "silhouette"),
        *("variance_ratio", "intra_class_variance", "inter_class_variance"),
        *("native_variance_ratio", "map_knn_accuracy", "map_kl_divergence"),
    ]
    assert [name for name in MEASURES if name in kept] == kept


def test_a_column_leads_to_each_measure():
    values = values_of()
    found = [column.value(measures_of(values)) for column in COLUMNS]
    assert found == values
    assert leaderboard.COLUMNS[0].name == "knn_accuracy"  # which ranks


def test_without_a_map_there_is_nothing_to_say_of_it():
    measures = measures_of(values_of()) | {"map": None}
    missing = [column.name for column in COLUMNS if column.value(measures) is None]
    assert missing == [
        *("map_knn_accuracy", "embedding_knn_accuracy", "map_trustworthiness"),
        "map_kl_divergence",
    ]


def test_no_two_columns_have_one_title_or_meaning():
    for kind in ("name", "path", "title", "meaning"):
        assert len({getattr(column, kind) for column in COLUMNS}) == len(COLUMNS), kind


def test_each_meaning_is_one_line_with_the_range():
    for column in COLUMNS:
        assert "\n" not in column.meaning
        assert len(column.meaning) < 170, column.name
        same = column.name.startswith(("l2_normalised_", "native_"))
        assert same or re.search(r"from 0\b|to \d", column.meaning), column.name


def test_about_nine_measures_are_headlines():
    assert list(HEADLINES) == [column for column in COLUMNS if column.headline]
    assert 8 <= len(HEADLINES) <= 10
    assert HEADLINES[0].name == "knn_accuracy"


def test_errors_had_better_be_low_and_accuracies_high():
    better = {column.name: column.better for column in COLUMNS}
    assert {better[name] for name in MEASURES if "accuracy" in name} == {"higher"}
    lower = [name for name in MEASURES if better[name] == "lower"]
    assert lower == [
        *("equal_error_rate", "within_class_variability", "intra_class_variance"),
        *("alignment", "uniformity"),
    ]


def test_columns_are_what_the_measure_stage_writes(tmp_path):
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 6).astype(np.uint8)
    embeddings = labels[:, None] + random.normal(size=(12, 3)).astype(np.float32) / 2
    embeddings = embeddings.astype(np.float32)
    files = {
        "gallery": {"embeddings": embeddings, "labels": labels},
        "queries": {
            **{"embeddings": embeddings, "labels": labels, "predictions": labels},
            "class_weights": random.normal(size=(3, 2)).astype(np.float32),
        },
        "map": {"map": embeddings[:, :2], "labels": labels, "kl_divergence": np.array(0.5)},
    }
    argv = ["--measures", str(tmp_path / "made.json"), "--distance", "cosine", "--neighbours", "3"]
    for name, arrays in files.items():
        write_arrays(tmp_path / f"{name}.npz", arrays)
        argv += [f"--{name}", str(tmp_path / f"{name}.npz")]
    argv += ["--outcomes", str(tmp_path / "made.npz")]
    assert measure.main(argv) == 0
    made = read_json(tmp_path / "made.json")
    found = {column.name: column.value(made) for column in COLUMNS}
    assert all(isinstance(value, float) for value in found.values()), found
    assert found["classifier_accuracy"] == 1.0
    assert found["map_kl_divergence"] == 0.5
    outcomes = read_arrays(tmp_path / "made.npz")
    assert set(outcomes) - set(found) == {"labels", "predictions"}
    for name in set(outcomes) & set(found):
        assert np.nanmean(outcomes[name]) == pytest.approx(found[name], abs=1e-6), name


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


def test_parts_of_a_whole_are_in_per_cent():
    parts = ("accuracy", "precision", "map_at_r", "error_rate", "acceptance", "disagreement")
    expected = [name for name in MEASURES if any(part in name for part in parts)]
    assert [column.name for column in COLUMNS if column.percent] == expected


@pytest.mark.parametrize(
    ("name", "value", "interval", "over", "shown"),
    [
        ("knn_accuracy", 0.98765, (0.98665, 0.98865), "seeds", "98.77 ± 0.10 %"),
        # one over images may be symmetric by coincidence
        ("knn_accuracy", 0.98765, (0.98665, 0.98865), "images", "98.77 [98.67, 98.87] %"),
        ("knn_accuracy", 0.98765, (0.985, 0.98901), "images", "98.77 [98.50, 98.90] %"),
        ("silhouette", 0.5, (0.25, 0.75), "seeds", "0.500 ± 0.250"),
        ("silhouette", -0.5, (-0.6, -0.45), "images", "-0.500 [-0.600, -0.450]"),
        ("knn_accuracy", 1.0, (1.0, 1.0), "seeds", "100.00 ± 0.00 %"),
        ("classifier_accuracy", None, None, None, "–"),
    ],
)
def test_an_interval_over_seeds_is_shown_by_its_half_width_and_another_by_its_ends(
    name, value, interval, over, shown
):
    assert BY_NAME[name].shown(value, interval, over) == shown


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
    others = len(MEASURES) - 1
    worst = line([0.9, *[0.0] * others], label="worst elsewhere")
    best = line([0.8, *[1.0] * others], label="best elsewhere")
    assert leaderboard.ranked([best, worst]) == [worst, best]


# CSV


@few
@given(st.lists(st.tuples(*[numbers] * len(MEASURES)).map(list), max_size=4))
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


def test_a_measure_with_an_interval_is_followed_by_it_and_rows_have_their_rank():
    first = compared(1, knn_accuracy=(0.4, 0.6, "seeds"), separation=(None, None, None))
    second = compared(2, knn_accuracy=(0.1, 0.3, "images"), silhouette=(0.0, 0.2, "images"))
    lines = [line(values_of(), compared=first), line(values_of(), compared=second)]
    text = leaderboard.as_csv(lines)
    head = text.splitlines()[0].split(",")
    assert head[: len(ABOUT) + 5] == [
        *(*ABOUT, "rank", "knn_accuracy"),
        *("knn_accuracy_low", "knn_accuracy_high", "knn_accuracy_interval"),
    ]
    assert [name for name in head if name.endswith("_interval")] == [
        *("knn_accuracy_interval", "silhouette_interval")
    ]
    one, other = read_csv(text)
    assert (one["rank"], other["rank"]) == ("1", "2")
    ends = ("low", "high", "interval")
    assert [one[f"knn_accuracy_{end}"] for end in ends] == ["0.4", "0.6", "seeds"]
    assert [other[f"silhouette_{end}"] for end in ends] == ["0.0", "0.2", "images"]
    assert [one[f"silhouette_{end}"] for end in ends] == ["", "", ""]


# Markdown


def test_the_markdown_table_has_as_many_cells_in_every_line():
    values = values_of(classifier_accuracy=None)
    lines = [
        line(values_of(0.9), values_of(0.8), title="Softmax", epochs=(12, 7)),
        line(values, title="Pixels", epochs=()),
    ]
    head, rule, *rows = read_markdown(leaderboard.as_markdown(lines))
    assert head == ["row", "rank", "epoch", *(column.title for column in HEADLINES)]
    assert rule == ["---", *["--:"] * (len(HEADLINES) + 2)]  # numbers stand on the right
    assert [row[:4] for row in rows] == [
        ["Softmax", "–", "12, 7", "85.00 %"],
        ["Pixels", "–", "–", "50.00 %"],
    ]
    assert all(len(row) == len(head) for row in rows)
    assert rows[1][head.index("classifier accuracy")] == "–"
    assert rows[0][head.index("classifier accuracy")] == f"{400 / 53:.2f} %"
    assert rows[1].count("–") == 3


def test_the_markdown_table_has_ranks_and_intervals():
    known = compared(2, knn_accuracy=(0.4, 0.6, "seeds"), silhouette=(0.0, 0.9, "images"))
    lines = [line(values_of(silhouette=0.5), compared=known)]
    head, _, row = read_markdown(leaderboard.as_markdown(lines))
    cells = dict(zip(head, row, strict=True))
    assert cells["rank"] == "2"
    assert cells["k-NN accuracy"] == "50.00 ± 10.00 %"
    assert cells["silhouette"] == "0.500 [0.000, 0.900]"
    assert cells["nearest-mean accuracy"] == f"{200 / 53:.2f} %"


def test_both_tables_say_the_same():
    lines = [line(values_of(k, silhouette=-k), label=f"row{k}") for k in (0.25, 0.75, 0.5)]
    _, _, *shown = read_markdown(leaderboard.as_markdown(lines))
    for row, cells in zip(read_csv(leaderboard.as_csv(lines)), shown, strict=True):
        for column, cell in zip(HEADLINES, cells[3:], strict=True):
            number = float(row[column.name])
            size, half = (100, 0.005) if cell.endswith(" %") else (1, 0.0005)
            assert float(cell.removesuffix(" %")) == pytest.approx(
                size * number, rel=0, abs=half * 1.001
            )


@pytest.mark.parametrize("title", ["p(x | y)", "|x|"])
def test_a_bar_in_a_title_opens_no_column(title):
    head, _, row = read_markdown(leaderboard.as_markdown([line(values_of(), title=title)]))
    assert len(row) == len(head)
    assert row[0] == title


def test_a_leaderboard_without_rows_is_its_head():
    assert len(leaderboard.as_csv([]).splitlines()) == 1
    assert len(read_markdown(leaderboard.as_markdown([]))) == 2


# what the compare stage says


@pytest.fixture
def compared_lines(tmp_path):
    """The lines of rows with these labels, after the compare stage wrote ``content``."""

    def read(labels, content):
        path = tmp_path / "comparisons.json"
        path.write_text(json.dumps(content))
        rows = [{"label": label, "seeds": [0], "trained": False} for label in labels]
        measures = tmp_path / "0.json"
        measures.write_text(json.dumps(measures_of(values_of())))
        return leaderboard.read_compared_lines(rows, [measures] * len(rows), [], path)

    return read


def test_comparisons_are_read_in_the_rows_order(compared_lines):
    rows = {
        "a": compared(1, knn_accuracy=(0.4, 0.6, "seeds")),
        "b": compared(2, knn_accuracy=(None, None, None)),
    }
    lines = compared_lines(["b", "a"], {"rows": rows})
    assert [each.compared for each in lines] == [rows["b"], rows["a"]]
    assert [each.rank for each in lines] == [2, 1]
    knn = BY_NAME["knn_accuracy"]
    assert [each.interval(knn) for each in lines] == [None, (0.4, 0.6)]
    assert [each.interval_over(knn) for each in lines] == [None, "seeds"]
    assert line(values_of()).rank is line(values_of()).interval(knn) is None


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"rows": {"b": compared(1)}},
        {"rows": {"a": {"measures": {}}}},
        {"rows": {"a": {"rank": 1}}},
        {"rows": {"a": compared(None)}},
        {"rows": {"a": compared(1, knn_accuracy=(None, 0.5, "images"))}},
    ],
)
def test_comparisons_that_lack_something_are_one_sentence(compared_lines, content):
    with pytest.raises(DiscernError, match=r"comparisons\.json does not compare all rows.*delete"):
        compared_lines(["a"], content)
