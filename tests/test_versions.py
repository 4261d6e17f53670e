"""Two versions side by side: everything that differs is told, and nothing else."""

from __future__ import annotations

import copy
import json

import pytest
import yaml

from discern import __main__ as command
from discern.columns import COLUMNS
from discern.errors import DiscernError
from discern.versions import changes, read_version

KINDS = ["settings", "parameters by stage", "code", "environment", "jobs", "measures"]


def measures(**values):
    """A measure file with 0.5 for each column but those of ``values``."""
    content = {}
    for column in COLUMNS:
        *above, key = column.path
        part = content
        for step in above:
            part = part.setdefault(step, {})
        part[key] = values.get(column.name, 0.5)
    return content


def record(stage, **parameters):
    return {
        "stage": stage,
        "inputs": {},
        "parameters": parameters,
        "code": "c" * 64,
        "python": "3.11.7",
        "packages": {"numpy": "1.26.4"},
        "device": "x86_64",
    }


OLD = {
    "config": {"seeds": [0], "losses": {"cosface": {"margin": 0.2}}},
    "stages": {
        "split/record.json": record("split", seed=0),
        "train/cosface/0/record.json": record("train", parameters={"margin": 0.2}),
        "train/softmax/0/record.json": record("train", parameters={}),
        "measure/cosface/0.record.json": record("measure"),
        "measure/softmax/0.record.json": record("measure"),
    },
    "measures": {"cosface/0": measures(), "softmax/0": measures()},
    "compared": {
        label: {"measures": {"knn_accuracy": {"interval": "images", "low": 0.4, "high": 0.6}}}
        for label in ("cosface", "softmax")
    },
}


def write(folder, content):
    (folder / "report").mkdir(parents=True)
    manifest = {"files": {}, "records": {}, "stages": content["stages"]}
    (folder / "report/manifest.json").write_text(json.dumps(manifest))
    if content["config"] is not None:
        (folder / "report/config.yaml").write_text(yaml.safe_dump(content["config"]))
    for training, found in content["measures"].items():
        path = folder / "measure" / f"{training}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    (folder / "compare").mkdir()
    (folder / "compare/comparisons.json").write_text(json.dumps({"rows": content["compared"]}))
    return folder


@pytest.fixture
def compared(tmp_path):
    """Compares the old version with one that a function of its content has changed."""

    def compared(change):
        content = copy.deepcopy(OLD)
        change(content)
        old, new = write(tmp_path / "v1", OLD), write(tmp_path / "v2", content)
        found = changes(read_version(old), read_version(new))
        assert list(found) == KINDS
        return {kind: lines for kind, lines in found.items() if lines}

    return compared


def test_a_version_does_not_differ_from_its_like(compared):
    assert compared(lambda content: None) == {}


def test_a_setting_is_told_once_and_by_each_stage_that_it_reaches(compared):
    def change(content):
        content["config"]["losses"]["cosface"]["margin"] = 0.3
        content["stages"]["train/cosface/0/record.json"]["parameters"]["parameters"] = {
            "margin": 0.3
        }

    assert compared(change) == {
        "settings": ["losses.cosface.margin: 0.2 → 0.3"],
        "parameters by stage": ["train/cosface/0: parameters.margin: 0.2 → 0.3"],
    }


def test_code_is_told_by_stage_or_by_job_where_not_all_changed(compared):
    def change(content):
        for name, content_ in content["stages"].items():
            if content_["stage"] == "measure" or name == "train/softmax/0/record.json":
                content_["code"] = "d" * 64

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


def test_jobs_that_one_version_lacks_are_named(compared, tmp_path):
    def change(content):
        del content["stages"]["train/softmax/0/record.json"]
        del content["stages"]["measure/softmax/0.record.json"]
        content["stages"]["train/wide/0/record.json"] = record("train")

    assert compared(change) == {
        "jobs": [
            f"only in {tmp_path / 'v1'}: train/softmax/0, measure/softmax/0",
            f"only in {tmp_path / 'v2'}: train/wide/0",
        ]
    }


@pytest.mark.parametrize(
    ("value", "ends", "line"),
    [
        (0.55, (0.45, 0.65), "50.00 % → 55.00 %, +5.00 % (within the intervals)"),
        (0.9, (0.8, 0.95), "50.00 % → 90.00 %, +40.00 % (beyond the intervals)"),
        (0.1, (0.05, 0.15), "50.00 % → 10.00 %, -40.00 % (beyond the intervals)"),
        (0.9, None, "50.00 % → 90.00 %, +40.00 %"),
        (None, None, "50.00 % → –"),
    ],
)
def test_a_measure_is_told_with_its_difference_and_whether_that_is_chance(
    compared, value, ends, line
):
    def change(content):
        content["measures"]["cosface/0"] = measures(knn_accuracy=value)
        interval = {"interval": "images", "low": ends[0], "high": ends[1]} if ends else {}
        content["compared"]["cosface"]["measures"]["knn_accuracy"] = interval

    assert compared(change) == {"measures": ["cosface", f"  k-NN accuracy: {line}"]}


def test_several_seeds_are_compared_by_their_mean(compared):
    def change(content):
        content["stages"]["measure/cosface/1.record.json"] = record("measure")
        content["measures"]["cosface/1"] = measures(silhouette=0.7)

    found = compared(change)
    assert found["measures"] == ["cosface", "  silhouette: 0.500 → 0.600, +0.100"]


def test_a_measure_that_older_code_did_not_have_is_none(compared):
    def change(content):
        del content["measures"]["softmax/0"]["silhouette"]

    assert compared(change)["measures"] == ["softmax", "  silhouette: 0.500 → –"]


def test_settings_that_one_version_did_not_record_are_said_to_be_missing(compared, tmp_path):
    def change(content):
        content["config"] = None

    assert compared(change) == {"settings": [f"{tmp_path / 'v2'} has no record of them"]}


def test_damaged_comparisons_are_one_sentence(compared):
    with pytest.raises(DiscernError, match=r"comparisons\.json is damaged; delete it"):
        compared(lambda content: content.update(compared=[]))


# the command


@pytest.fixture
def run(monkeypatch, capfd):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["discern", *map(str, words)])
        return command.main(), *capfd.readouterr()

    return run


def test_versions_that_do_not_differ_have_the_status_0(run, tmp_path):
    write(tmp_path / "v1", OLD)
    status, out, err = run("compare", tmp_path / "v1", tmp_path / "v1")
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"{kind}: no difference" for kind in KINDS]


def test_versions_that_differ_have_the_status_1(run, tmp_path):
    write(tmp_path / "v1", OLD)
    write(tmp_path / "v2", OLD | {"config": OLD["config"] | {"seeds": [0, 1]}})
    status, out, err = run("compare", tmp_path / "v1", tmp_path / "v2")
    assert (status, err) == (1, "")
    assert out.splitlines()[:3] == [
        "settings:",
        "  seeds: [0] → [0, 1]",
        "parameters by stage: no difference",
    ]


def test_a_version_that_is_not_finished_is_one_sentence_and_the_status_1(run, tmp_path):
    write(tmp_path / "v1", OLD)
    status, out, err = run("compare", tmp_path / "v1", tmp_path / "v2")
    assert (status, out) == (1, "")
    assert err.startswith(f"discern: {tmp_path}/v2/report/manifest.json does not exist")
    assert len(err.splitlines()) == 1
