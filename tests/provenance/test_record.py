"""A record says what a job was told, read and wrote, as seen from the record's own folder."""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from discern.errors import Damaged, DiscernError
from discern.files import write_json
from discern.provenance.machine import processor
from discern.provenance.record import (
    job_name,
    new_record,
    read_record,
    refuse_other_accelerator,
    seen_from_folder,
)
from plain_files import write_bytes
from provenance.finished import record_of


@dataclass(frozen=True)
class Shape:
    """Settings of a stage."""

    height: int


@pytest.fixture
def record(tmp_path):
    """Makes the record of a job that read a file and wrote a folder."""
    for name in ("read", "made/b", "made/a/c", "made/.snakemake_timestamp"):
        write_bytes(tmp_path / name, name.encode())

    def record(**changes):
        given = {
            "stage": "split",
            "parameters": {},
            "inputs": [tmp_path / "read"],
            "outputs": [tmp_path / "made"],
            "results": {},
            "code": "c" * 64,
            "wall_seconds": 1.23456,
        }
        return new_record(tmp_path / "made" / "record.json", **(given | changes))

    return record


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_files_are_hashed_and_named_as_seen_from_the_record(record):
    found = record()
    assert found["inputs"] == {"../read": digest("read")}
    assert found["outputs"] == {"a/c": digest("made/a/c"), "b": digest("made/b")}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3, 3),
        (None, None),
        (Shape(2), {"height": 2}),
        (Path("a/b"), "a/b"),
        ((Shape(2), Path("a")), [{"height": 2}, "a"]),
        ([(1, 2)], [[1, 2]]),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_parameters_are_kept_as_json_can_hold_them(record, value, plain):
    parameters = record(parameters={"it": value})["parameters"]
    assert parameters == {"it": plain}
    assert json.loads(json.dumps(parameters)) == {"it": plain}


def test_a_record_says_with_what_the_job_ran(record):
    found = record()
    assert (found["stage"], found["code"], found["wall_seconds"]) == ("split", "c" * 64, 1.235)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["packages"]["numpy"] == np.__version__
    assert found["packages"]["pytest"] == pytest.__version__
    assert 5 < found["peak_memory_mb"] < 100_000


def test_discern_itself_is_left_out_as_its_code_has_a_fingerprint(record, monkeypatch):
    modules = {"numpy": ["numpy"], "discern": ["discern"]}
    monkeypatch.setattr("discern.provenance.record._distributions", lambda: modules)
    assert list(record()["packages"]) == ["numpy"]


def test_a_package_that_is_installed_and_not_loaded_is_left_out(record, monkeypatch):
    assert "hypothesis" in record()["packages"]
    for name in [name for name in sys.modules if name.lstrip("_").startswith("hypothesis")]:
        monkeypatch.delitem(sys.modules, name)
    assert "hypothesis" not in record()["packages"]


@pytest.mark.parametrize(("now", "then"), [("cpu", "gpu"), ("gpu", "cpu")])
def test_a_training_is_not_done_again_elsewhere_unless_somebody_says_so(
    record, tmp_path, now, then
):
    path = tmp_path / "made" / "record.json"
    refuse_other_accelerator([path], now)  # there is none yet
    write_json(path, record(parameters={"accelerator": then}))
    refuse_other_accelerator([path], then)
    with pytest.raises(DiscernError) as refusal:
        refuse_other_accelerator([tmp_path / "none", path], now)
    assert str(refusal.value) == (
        f"{path.parent} was trained on the {then}, and environment.accelerator auto means {now} "
        f"here; set it to {then} to keep this training, or to {now} to train again"
    )


@pytest.mark.parametrize(("results", "device"), [({}, processor()), ({"device": "A GPU"}, "A GPU")])
def test_the_device_is_what_the_stage_says_or_the_processor(record, results, device):
    found = record(results=results)
    assert found["device"] == device
    assert found["results"] == results


@pytest.fixture
def path(tmp_path):
    """Where a record is read from."""
    return tmp_path / "record.json"


def test_a_record_is_read_back(record, path):
    path.write_text(json.dumps(record()))
    assert read_record(path) == record()


@pytest.mark.parametrize("lacking", list(record_of("split")))
def test_what_lacks_a_part_of_a_record_is_damaged(path, lacking):
    content = record_of("split")
    del content[lacking]
    assert_damaged(path, content)


@pytest.mark.parametrize("part", ["inputs", "outputs", "parameters", "packages"])
def test_a_part_that_is_no_mapping_is_damage(path, part):
    assert_damaged(path, record_of("split") | {part: ["a"]})


@pytest.mark.parametrize("content", [[], None, {}, "text"])
def test_what_is_no_mapping_is_damaged(path, content):
    assert_damaged(path, content)


def assert_damaged(path, content):
    path.write_text(json.dumps(content))
    with pytest.raises(Damaged, match=f"^{path} is not the record of a job; delete it"):
        read_record(path)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("split/record.json", "split"),
        ("train/cosface/0/record.json", "train/cosface/0"),
        ("select/cosface/0.record.json", "select/cosface/0"),
        ("figures/curves.record.json", "figures/curves"),
    ],
)
def test_a_job_is_called_by_the_place_of_its_record(record, name):
    assert job_name(record) == name


def test_files_are_named_as_seen_from_the_versions_folder():
    hashes = {"../../../split/split.npz": "1", "history.csv": "2", "/data/x": "3", "../a": "4"}
    assert seen_from_folder("train/cosface/0/record.json", hashes) == {
        "split/split.npz": "1",
        "train/cosface/0/history.csv": "2",
        "/data/x": "3",
        "train/cosface/a": "4",
    }
