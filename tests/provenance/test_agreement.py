"""What page, tables and settings state of a training is what its record says."""

import copy
import json
import re

import pytest

from configuration.shipped import SHIPPED
from discern.configuration.row import as_json
from discern.configuration.rows import rows
from discern.configuration.snapshot import snapshot
from discern.errors import DiscernError
from discern.provenance.agreement import contradictions, of_rows, of_settings, refuse_misstated
from discern.provenance.archive import archive
from discern.provenance.manifest import verify
from plain_files import write_json
from provenance.finished import record_of, write_code

CONFIG = copy.deepcopy(SHIPPED) | {
    "losses": {
        "pixels": {},
        "softmax": {"learning_rate": 0.002},
        "wide": {"loss": "cosface", "margin": 0.3, "network": {"embedding_dim": 64}},
    }
}
ROWS = json.loads(as_json(rows(CONFIG).values()))


def record_of_training(label):
    """The record of a training with the settings above, as the rule train hands them on."""
    row = rows(CONFIG)[label]
    training = CONFIG["training"]
    parameters = {
        "loss": row.loss,
        "parameters": dict(row.parameters),
        "seed": 0,
        "batches": CONFIG["batches"],
        "network": CONFIG["network"] | dict(row.own_network),
        "learning_rate": training["learning_rate"] | {"initial": row.learning_rate},
        "epochs": training["epochs"],
        "patience": training["early_stopping_patience"],
        "threads": training["threads"],
        "tensor_float_32": training["tensor_float_32"],
    }
    return record_of("train", parameters=copy.deepcopy(parameters))


@pytest.fixture
def records():
    labels = ("softmax", "wide")
    return {f"train/{label}/0/record.json": record_of_training(label) for label in labels}


def change(records, label, path, value):
    """Let the training of ``label`` have been made with another ``value``."""
    part = records[f"train/{label}/0/record.json"]["parameters"]
    *above, last = path.split(".")
    for name in above:
        part = part[name]
    part[last] = value


def test_what_is_stated_as_it_was_used_is_no_contradiction(records):
    assert list(contradictions(of_rows(ROWS), records)) == []
    assert list(contradictions(of_settings(snapshot(CONFIG)), records)) == []


OF_ROW = {
    "loss": ("arcface", "loss arcface, not cosface"),
    "parameters.margin": (0.2, "parameters.margin 0.2, not 0.3"),
    "learning_rate.initial": (0.01, "learning_rate.initial 0.01, not 0.001"),
    "network.embedding_dim": (128, "network.embedding_dim 128, not 64"),
}
OF_SETTINGS = OF_ROW | {
    "epochs": (7, "epochs 7, not 100"),
    "patience": (None, "patience none, not 20"),
    "batches.size": (80, "batches.size 80, not 400"),
    "learning_rate.factor": (0.1, "learning_rate.factor 0.1, not 0.5"),
    "threads": (1, "threads 1, not 2"),
}


@pytest.mark.parametrize(("path", "change_and_words"), OF_ROW.items(), ids=OF_ROW)
def test_each_setting_of_a_row_is_held_against_the_record(records, path, change_and_words):
    value, words = change_and_words
    change(records, "wide", path, value)
    (sentence,) = contradictions(of_rows(ROWS), records)
    assert sentence == f"train/wide/0 was trained with {words}"


@pytest.mark.parametrize(("path", "change_and_words"), OF_SETTINGS.items(), ids=OF_SETTINGS)
def test_each_setting_of_a_version_is_held_against_the_record(records, path, change_and_words):
    value, words = change_and_words
    change(records, "wide", path, value)
    (sentence,) = contradictions(of_settings(snapshot(CONFIG)), records)
    assert sentence == f"train/wide/0 was trained with {words}"


def test_what_another_release_did_not_record_is_no_contradiction(records):
    for record in records.values():
        del record["parameters"]["tensor_float_32"], record["parameters"]["network"]["name"]
    assert list(contradictions(of_settings(snapshot(CONFIG)), records)) == []
    assert of_settings({"losses": {"a": False}}) == {}


def test_settings_of_a_search_state_nothing_of_its_trials():
    assert of_settings(SHIPPED | {"search": {"trials": 2}}) == {}


def test_rows_with_another_training_are_refused_with_the_remedy(version, records):
    change(records, "softmax", "learning_rate.initial", 0.001)
    write_json(version.record("train", "softmax", 0), records["train/softmax/0/record.json"])
    with pytest.raises(DiscernError) as refusal:
        refuse_misstated(version, list(rows(CONFIG).values()))
    training = re.escape(str(version.record("train", "softmax", 0).parent))
    assert re.match(
        rf"{training} was trained with learning_rate.initial 0.001, not 0.002 as in the "
        "configuration; run snakemake without --rerun-triggers",
        str(refusal.value),
    )


def write_records(version, records):
    """Write the records, and that of a report whose rows are those above."""
    report = record_of("report", parameters={"rows": ROWS})
    paths = []
    for name, record in {**records, "report/record.json": report}.items():
        write_json(version.folder / name, record)
        paths.append(version.folder / name)
    return paths


def test_no_manifest_is_written_of_other_settings(version, records, tmp_path):
    change(records, "wide", "epochs", 7)
    paths = write_records(version, records)
    with pytest.raises(DiscernError, match=r"^train/wide/0 was trained with epochs 7, not 100 "):
        archive(version, paths, write_code(tmp_path), snapshot(CONFIG))
    assert not version.manifest.exists()


def test_verify_names_what_report_and_settings_state_wrongly(version, records, tmp_path):
    settings = snapshot(CONFIG)
    archive(version, write_records(version, records), write_code(tmp_path), settings)
    assert verify(version) == []

    change(records, "softmax", "learning_rate.initial", 0.001)
    stale = settings | {"losses": settings["losses"] | {"softmax": {"learning_rate": 0.001}}}
    archive(version, write_records(version, records), write_code(tmp_path), stale)
    assert verify(version) == [
        f"{version.folder}/report/record.json: train/softmax/0 was trained with "
        "learning_rate.initial 0.001, not 0.002"
    ]
