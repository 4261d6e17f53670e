"""The report stage writes the leaderboard twice and the page, or one sentence."""

from __future__ import annotations

import pytest

from discern.measures.catalogue import HEADLINES
from discern.page.class_splits import SharedSplit
from markdown_tables import read_tables
from page_inputs import ROWS, TOLD, page_of, read_csv, write_version


@pytest.fixture
def stage(version, job):
    write_version(version.folder)
    return job("report", rows=ROWS, inputs=(version.comparisons,), **TOLD)


def test_leaderboard_and_page_are_written(version, stage):
    assert stage.run() == 0
    assert version.page.read_text(encoding="utf-8") == page_of(version)
    lines = read_csv(version.leaderboard("csv"))
    assert [line["label"] for line in lines] == ["cosface", "softmax", "pixels"]
    assert [line["beaten_by"] for line in lines] == ["pixels", "none", "none"]
    assert float(lines[0]["knn_accuracy"]) == pytest.approx((0.9911 + 0.9923) / 2)
    (table,) = read_tables(version.leaderboard("md").read_text())
    for line, rounded in zip(lines, table, strict=True):
        assert rounded["row"] == line["title"]
        for measure in HEADLINES:
            value = float(line[measure.name]) if line[measure.name] else None
            assert rounded[measure.title].startswith(measure.shown(value).removesuffix(" %"))


def test_the_page_follows_what_the_stage_is_told(version, stage, job):
    told = {
        "title": "Another?",
        "queries": "validation",
        "data_set": "Other digits",
        "epochs": 12,
        "patience": 2,
        "class_names": tuple(f"class {label}" for label in range(10)),
        "class_splits": (SharedSplit([0, 1], [2, 3], [0]),),
        "images": None,
    }
    for label, seed in ((row.label, row.seeds[0]) for row in ROWS):
        version.embeddings(label, seed, "test").rename(
            version.embeddings(label, seed, "validation")
        )
    assert job("report", rows=ROWS, inputs=(), **told).run() == 0
    assert version.page.read_text(encoding="utf-8") == page_of(version, **told)
