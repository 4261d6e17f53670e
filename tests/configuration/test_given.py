"""A row may have embeddings from elsewhere: one pair of files, or one for each seed."""

import json
import re
from pathlib import Path

import pytest

from configuration.shipped import SHIPPED, with_change
from discern.configuration import check
from discern.configuration.row import Row, as_json
from discern.configuration.rows import rows
from discern.configuration.snapshot import snapshot
from discern.errors import DiscernError

SPLITS = "[{train: [0, 1], unseen: [2, 3]}, {train: [2, 3], unseen: [0, 1]}]"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """A working directory with files of some seeds."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.npz", "test.npz", "3/train.npz", "7/train.npz", "3/alone.npz"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()


def config_of(entry, others="seeds: [3, 7]"):
    return with_change(f"{others}\nlosses: {{mine: {entry}}}")


def row_of(entry, others="seeds: [3, 7]"):
    """The row of an entry that passes the check."""
    config = config_of(entry, others)
    check.check(config)
    return rows(config)["mine"]


ONE = "{embeddings: {train: train.npz, test: test.npz}}"
PER_SEED = "{embeddings: {train: '{seed}/train.npz', test: test.npz}}"


def test_a_row_is_what_its_entry_says_and_nothing_of_it_is_trained():
    files = "{train: train.npz, test: test.npz}"
    row = row_of(f"{{embeddings: {files}, title: Mine, distance: cosine}}")
    assert (row.label, row.title, row.distance) == ("mine", "Mine", "cosine")
    assert (row.trained, row.network, row.formula, row.references) == (False, None, "", ())
    assert (row.map, row.parameters) == ("tsne", {"distance": "cosine"})
    assert row_of(ONE).distance == "euclidean"


def test_one_pair_of_files_is_one_training_with_the_first_seed():
    row = row_of(ONE)
    assert row.seeds == (3,)
    assert [row.given_file(part, 3) for part in ("train", "test")] == [
        Path("train.npz"),
        Path("test.npz"),
    ]
    assert row.varies_with_seed


def test_a_path_with_a_seed_is_another_file_for_each():
    row = row_of(PER_SEED)
    assert row.seeds == (3, 7)
    assert [row.given_file("train", seed) for seed in (3, "7")] == [
        Path("3/train.npz"),
        Path("7/train.npz"),
    ]
    assert row.given_file("test", 7) == Path("test.npz")


def test_where_each_seed_evaluates_other_classes_the_same_files_serve_each():
    others = f"seeds: [3, 7]\nclasses: {SPLITS}\nbatches: {{size: 80}}"
    assert row_of(ONE, others).seeds == (3, 7)


def test_rows_that_are_embedded_here_have_no_files():
    row = rows(SHIPPED)["softmax"]
    assert (row.given_file("train", 0), row.varies_with_seed) == (None, True)
    assert not rows(SHIPPED)["pixels"].varies_with_seed


def test_it_comes_back_from_json_and_from_the_recorded_settings():
    config = config_of(PER_SEED)
    row = rows(config)["mine"]
    assert [Row(**entry) for entry in json.loads(as_json([row]))] == [row]
    recorded = snapshot(config)
    again = {**config, **recorded, "data": {**config["data"], **recorded["data"]}}
    check.check(again)
    assert rows(again)["mine"] == row


def test_a_search_leaves_it_out():
    search = "search: {trials: 2, learning_rates: [0.001, 0.01], seed: 0}"
    found = rows(config_of(ONE, search))
    assert "pixels" not in found
    assert not [row for row in found.values() if row.given]


@pytest.mark.parametrize(
    ("label", "entry", "sentence"),
    [
        ("mine", "{embeddings: {train: train.npz}}", "mine.embeddings lacks the key test; add it"),
        ("mine", "{loss: given}", "losses.mine lacks the key embeddings; add it (the files of"),
        ("given", "{}", "losses.given lacks the key embeddings; add it"),
        ("given", "null", "losses.given is null; give it as object"),
        (
            "mine",
            "{embeddings: train.npz}",
            'mine.embeddings is the string "train.npz"; give it as object',
        ),
        ("mine", f"{ONE[:-1]}, margin: 1}}", "there is no key losses.mine.margin"),
        ("mine", f"{ONE[:-1]}, loss: softmax}}", "no key losses.mine.embeddings"),
        (
            "mine",
            f"{ONE[:-1]}, distance: manhattan}}",
            'distance is "manhattan"; choose cosine or euclidean',
        ),
        (
            "cosface",
            ONE,
            "losses.cosface gives embeddings, but its label is a loss's name; choose another label",
        ),
        (
            "mine",
            "{embeddings: {train: train.npz, test: none.npz}}",
            "losses.mine.embeddings.test: none.npz does not exist; save the embeddings there or",
        ),
        (
            "mine",
            "{embeddings: {train: train.npz, test: '{seed}/test.npz'}}",
            "losses.mine.embeddings.test: 3/test.npz does not exist",
        ),
        (
            "mine",
            "{embeddings: {train: '{seed}/train.npz', test: '{seed}/alone.npz'}}",
            "losses.mine.embeddings.test: 7/alone.npz does not exist",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_key_and_the_remedy(label, entry, sentence):
    with pytest.raises(DiscernError, match=f"^the configuration: .*{re.escape(sentence)}"):
        check.check(with_change(f"seeds: [3, 7]\nlosses: {{{label}: {entry}}}"))
