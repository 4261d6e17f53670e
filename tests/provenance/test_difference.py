"""Two versions side by side: everything that differs is told, and nothing else."""

import copy
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from discern.errors import DiscernError
from discern.provenance.difference import as_text, changes, read_finished
from discern.ranking.comparisons import Comparisons, Estimate, write_comparisons
from discern.results import Version
from plain_files import write_bytes, write_json
from provenance.finished import record_of
from samples import COSFACE, measures_of

KINDS = ["settings", "parameters by stage", "code", "environment", "jobs", "measures"]
HALF = {"knn_accuracy": 0.5, "silhouette": 0.5, "nearest_mean_accuracy": 0.5}

OLD = {
    "config": {"seeds": [0], "losses": {"cosface": {"margin": 0.2}}},
    "stages": {
        "split/record.json": record_of("split", parameters={"seed": 0}),
        "train/cosface/0/record.json": record_of("train", parameters={"margin": 0.2}),
        "train/softmax/0/record.json": record_of("train"),
        "measure/cosface/0.record.json": record_of("measure"),
        "measure/softmax/0.record.json": record_of("measure"),
    },
    "measures": {name: measures_of(0.5, **HALF) for name in (("cosface", 0), ("softmax", 0))},
    "estimates": {label: Estimate(0.5, 0.1, (0.4, 0.6)) for label in ("cosface", "softmax")},
}


def write(folder, content=OLD):
    """A finished version of this content."""
    version = Version(Path(folder))
    write_json(version.manifest, {"files": {}, "records": {}, "stages": content["stages"]})
    if content["config"] is not None:
        write_bytes(version.configuration, yaml.safe_dump(content["config"]).encode())
    for (label, seed), measures in content["measures"].items():
        write_json(version.measures(label, seed), measures)
    rows = {label: {"knn_accuracy": estimate} for label, estimate in content["estimates"].items()}
    write_comparisons(version.comparisons, Comparisons("knn_accuracy", True, rows, {}))
    return version


@pytest.fixture
def compared(tmp_path):
    """Compares the old version with one that a function of its content has changed."""

    def compared(change):
        content = copy.deepcopy(OLD)
        change(content)
        old, new = write(tmp_path / "v1"), write(tmp_path / "v2", content)
        by_kind = changes(read_finished(old), read_finished(new))
        assert list(by_kind) == KINDS
        return {kind: lines for kind, lines in by_kind.items() if lines}

    return compared


def test_a_version_does_not_differ_from_its_like(compared):
    assert compared(lambda content: None) == {}


def test_a_setting_is_told_once_and_by_each_stage_that_it_reaches(compared):
    def change(content):
        content["config"]["losses"]["cosface"]["margin"] = 0.3
        content["stages"]["train/cosface/0/record.json"]["parameters"]["margin"] = 0.3

    assert compared(change) == {
        "settings": ["losses.cosface.margin: 0.2 → 0.3"],
        "parameters by stage": ["train/cosface/0: margin: 0.2 → 0.3"],
    }


def test_code_is_told_by_stage_or_by_job_where_not_all_changed(compared):
    def change(content):
        for name, each in content["stages"].items():
            if each["stage"] == "measure" or name == "train/softmax/0/record.json":
                each["code"] = "d" * 64

    change_of = "fingerprint: cccccccccccc → dddddddddddd"
    assert compared(change) == {
        "code": [f"train/softmax/0: {change_of}", f"measure: {change_of}"],
    }


def test_packages_python_and_device_are_the_environment(compared):
    def change(content):
        split = content["stages"]["split/record.json"]
        split["packages"] = {"numpy": "2.0.0", "scipy": "1.17.1"}
        split["python"] = "3.12.0"
        split["device"] = "aarch64"

    assert compared(change) == {
        "environment": [
            "split: Python: 3.11.7 → 3.12.0",
            "split: device: x86_64 → aarch64",
            "split: numpy: 1.26.4 → 2.0.0",
            "split: scipy: none → 1.17.1",
        ]
    }


def test_jobs_that_one_version_lacks_are_named_of_many_the_first_four(compared, tmp_path):
    def change(content):
        del content["stages"]["train/softmax/0/record.json"]
        del content["stages"]["measure/softmax/0.record.json"]
        for seed in range(6):
            content["stages"][f"train/wide/{seed}/record.json"] = record_of("train")

    four = ", ".join(f"train/wide/{seed}" for seed in range(4))
    assert compared(change) == {
        "jobs": [
            f"only in {tmp_path / 'v1'}: train/softmax/0, measure/softmax/0",
            f"only in {tmp_path / 'v2'}: {four} and 2 more",
        ]
    }


@pytest.mark.parametrize(
    ("value", "ends", "line"),
    [
        (0.55, (0.45, 0.65), "50.00 % → 55.00 %, +5.00 % (the intervals overlap)"),
        (0.55, (0.6, 0.65), "50.00 % → 55.00 %, +5.00 % (the intervals overlap)"),
        (0.9, (0.8, 0.95), "50.00 % → 90.00 %, +40.00 % (the intervals do not overlap)"),
        (0.1, (0.05, 0.15), "50.00 % → 10.00 %, -40.00 % (the intervals do not overlap)"),
        (None, (0.4, 0.6), "50.00 % → –"),
    ],
)
def test_a_measure_is_told_with_its_difference_and_whether_that_is_chance(
    compared, value, ends, line
):
    def change(content):
        content["measures"]["cosface", 0] = measures_of(0.5, **HALF | {"knn_accuracy": value})
        content["estimates"]["cosface"] = Estimate(0.5, 0.1, ends)

    assert compared(change) == {"measures": ["cosface", f"  k-NN accuracy: {line}"]}


@pytest.mark.parametrize("estimates", [{}, {"cosface": Estimate(0.5)}])
@pytest.mark.parametrize("place", [0, 1], ids=["old", "new"])
def test_a_row_that_was_not_tested_in_both_versions_has_no_intervals(tmp_path, place, estimates):
    contents = [copy.deepcopy(OLD), copy.deepcopy(OLD)]
    contents[place]["estimates"] = estimates
    contents[1]["measures"]["cosface", 0] = measures_of(0.5, **HALF | {"knn_accuracy": 0.9})
    old, new = (write(tmp_path / str(i), content) for i, content in enumerate(contents))
    expected = ["cosface", "  k-NN accuracy: 50.00 % → 90.00 %, +40.00 %"]
    assert changes(read_finished(old), read_finished(new))["measures"] == expected


def test_several_seeds_are_compared_by_their_mean(compared):
    def change(content):
        content["stages"]["measure/cosface/1.record.json"] = record_of("measure")
        content["measures"]["cosface", 1] = measures_of(0.5, **HALF | {"silhouette": 0.7})

    assert compared(change)["measures"] == ["cosface", "  silhouette: 0.500 → 0.600, +0.100"]


def write_reported(folder, silhouettes, **row):
    """A finished version that reports one row, and has measured some of its seeds."""
    rows = [asdict(replace(COSFACE, **row))]
    stages = {"report/record.json": record_of("report", parameters={"rows": rows})}
    measures = {}
    for seed, silhouette in silhouettes.items():
        stages[f"measure/cosface/{seed}.record.json"] = record_of("measure")
        measures["cosface", seed] = measures_of(0.5, **HALF | {"silhouette": silhouette})
    return read_finished(write(folder, OLD | {"stages": stages, "measures": measures}))


@pytest.mark.parametrize(
    ("own", "seeds", "line"),
    [
        ({1: 0.7}, (0, 1), "0.400 → 0.600, +0.200"),
        ({}, (0,), "0.400 → 0.500, +0.100"),
    ],
    ids=["a further seed", "no seed of its own"],
)
def test_published_seeds_are_compared_with_those_that_a_version_adds(tmp_path, own, seeds, line):
    docs = tmp_path / "docs"
    write_reported(docs, {0: 0.5}, seeds=(0,))
    old = write_reported(tmp_path / "old", {0: 0.4}, seeds=(0,))
    new = write_reported(tmp_path / "new", own, seeds=seeds, published={"0": str(docs)})
    assert changes(old, new)["measures"] == ["cosface", f"  silhouette: {line}"]


def test_a_measure_that_older_code_did_not_have_is_none(compared):
    def change(content):
        del content["measures"]["softmax", 0]["l2_normalised"]["silhouette"]

    assert compared(change)["measures"] == ["softmax", "  silhouette: 0.500 → –"]


def test_settings_that_one_version_did_not_record_are_said_to_be_missing(compared, tmp_path):
    def change(content):
        content["config"] = None

    assert compared(change) == {"settings": [f"{tmp_path / 'v2'} has no record of its settings"]}


def test_settings_that_no_version_recorded_are_no_difference(tmp_path):
    version = read_finished(write(tmp_path / "v1", OLD | {"config": None}))
    assert changes(version, version)["settings"] == []


def test_a_version_whose_significance_was_not_tested_can_be_compared(tmp_path):
    old, new = write(tmp_path / "v1"), write(tmp_path / "v2")
    new.comparisons.unlink()
    assert not any(changes(read_finished(old), read_finished(new)).values())


def test_damaged_comparisons_are_refused(tmp_path):
    version = write(tmp_path / "v1")
    version.comparisons.write_text("{}")
    with pytest.raises(DiscernError, match=r"comparisons\.json does not hold .*; delete it"):
        changes(read_finished(version), read_finished(version))


def test_a_version_that_is_not_finished_is_refused(tmp_path):
    with pytest.raises(DiscernError, match=r"v2/report/manifest\.json does not exist"):
        read_finished(Version(tmp_path / "v2"))


def test_people_read_a_paragraph_per_kind():
    by_kind = {"settings": ["seeds: [0] → [0, 1]", "a: 1 → 2"], "code": []}
    assert as_text(by_kind) == (
        "settings:\n  seeds: [0] → [0, 1]\n  a: 1 → 2\ncode: no difference\n"
    )
