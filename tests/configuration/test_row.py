"""A row is one object, the same before and after it has been JSON."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from configuration.shipped import SHIPPED, with_change
from discern.configuration.row import Row, as_json
from discern.configuration.rows import rows
from discern.results import Version

COSFACE = rows(SHIPPED | {"seeds": [3, 7]})["cosface"]


@pytest.mark.parametrize(
    "change",
    [
        "{}",
        "seeds: [3, 7]",
        "losses: {wide: {loss: cosface, learning_rate: 0.01}}",
        "losses: {wide: {loss: cosface, network: {embedding_dim: 256}}}",
    ],
)
def test_rows_come_back_from_json_as_they_were(change):
    before = list(rows(with_change(change)).values())
    assert [Row(**entry) for entry in json.loads(as_json(before))] == before


def test_lists_become_tuples():
    row = replace(COSFACE, references=["a", "b"], seeds=[1, 2])
    assert (row.references, row.seeds) == (("a", "b"), (1, 2))
    assert row == Row(**asdict(row))


@pytest.mark.parametrize("seed", [7, "7"])
def test_the_title_of_a_training_has_its_seed_where_the_row_has_several(seed):
    assert COSFACE.title_of(seed) == "Large margin cosine, seed 7"
    assert replace(COSFACE, seeds=(7,)).title_of(seed) == "Large margin cosine"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [Path("v/tsne/cosface/3.npz"), Path("v/tsne/cosface/7.npz")]),
        ({"all_mapped": False}, [Path("v/tsne/cosface/3.npz"), None]),
        ({"map": "embedding"}, [Path(f"v/embed/cosface/{seed}/test.npz") for seed in (3, 7)]),
        ({"map": "none"}, [None, None]),
    ],
    ids=["all", "first", "in the plane", "none"],
)
def test_a_training_has_the_map_that_its_row_foresees(change, expected):
    row = replace(COSFACE, **change)
    assert [row.map_file(Version(Path("v")), seed, "test") for seed in (3, "7")] == expected
