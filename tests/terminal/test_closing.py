"""The end of a run shows the leaderboard's first rows."""

from __future__ import annotations

import csv

from discern.terminal.closing import leaderboard_head


def leaderboard(path, rows):
    names = ("title", "map_at_r", "knn_accuracy", "equal_error_rate", "variance_ratio")
    names += ("beaten_by", "tested_against")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def test_the_first_five_rows_stand_below_their_columns_titles(tmp_path):
    rows = [
        (f"Loss {n}", 0.9 - n / 100, 0.99, "", 5 + n, "softmax cosface", 6) for n in range(1, 8)
    ]
    titles, *lines = leaderboard_head(leaderboard(tmp_path / "leaderboard.csv", rows), "map_at_r")
    assert titles.split()[:2] == ["row", "MAP@R"]
    assert lines[0].split() == ["Loss", "1", "89.00", "%", "99.00", "%", "–", "6.000", "2"]
    assert [line.split()[1] for line in lines[:5]] == ["1", "2", "3", "4", "5"]
    assert {len(line) for line in lines[:5]} == {len(titles)}
    assert lines[5:] == ["and 2 more"]


def test_the_headline_comes_first_and_once(tmp_path):
    path = leaderboard(tmp_path / "leaderboard.csv", [("Softmax", 0.9, 0.99, 0.01, 3, "none", 0)])
    titles, row = leaderboard_head(path, "knn_accuracy")
    assert titles.index("k-NN") < titles.index("equal")
    assert "MAP@R" not in titles
    assert row.split() == ["Softmax", "99.00", "%", "1.00", "%", "3.000", "0"]


def test_a_row_that_could_not_be_tested_has_a_dash_instead_of_a_number(tmp_path):
    path = leaderboard(tmp_path / "leaderboard.csv", [("Softmax", 0.9, 0.99, 0.01, 3, "", 0)])
    assert leaderboard_head(path, "map_at_r")[1].endswith(" –")


def test_a_row_that_was_tested_against_some_rows_says_against_how_many(tmp_path):
    rows = [(title, 0.9, 0.99, 0.01, 3, "none", 1) for title in ("Softmax", "Centre", "Circle")]
    path = leaderboard(tmp_path / "leaderboard.csv", rows)
    assert leaderboard_head(path, "map_at_r")[1].endswith("  0 of 1")
