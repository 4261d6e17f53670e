"""The end of a run shows the leaderboard's first rows."""

from __future__ import annotations

import csv

from discern.terminal.closing import leaderboard_head


def leaderboard(path, rows):
    names = ("rank", "title", "map_at_r", "knn_accuracy", "equal_error_rate", "variance_ratio")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def test_the_first_five_rows_stand_below_their_columns_titles(tmp_path):
    rows = [(n, f"Loss {n}", 0.9 - n / 100, 0.99, "", 5 + n) for n in range(1, 8)]
    lines = leaderboard_head(leaderboard(tmp_path / "leaderboard.csv", rows), "map_at_r")
    assert lines[0].split()[:2] == ["rank", "row"]
    assert "MAP@R" in lines[0]
    assert lines[1].split() == ["1", "Loss", "1", "89.00", "%", "99.00", "%", "–", "6.000"]
    assert [line.split()[0] for line in lines[1:6]] == ["1", "2", "3", "4", "5"]
    assert len({len(line) for line in lines[:6]}) == 1
    assert lines[6:] == ["and 2 more"]


def test_the_headline_comes_first_and_once(tmp_path):
    path = leaderboard(tmp_path / "leaderboard.csv", [(1, "Softmax", 0.9, 0.99, 0.01, 3)])
    titles, row = leaderboard_head(path, "knn_accuracy")
    assert titles.index("k-NN") < titles.index("equal")
    assert "MAP@R" not in titles
    assert row.split() == ["1", "Softmax", "99.00", "%", "1.00", "%", "3.000"]
