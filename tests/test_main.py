"""``python -m discern verify`` tells by its words and its exit status whether all is as it was."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import discern
from discern import __main__ as command

FILES = {
    "split/split.npz": b"indices",
    "train/cosface/0/checkpoints/epoch-0001.npz": b"weights",
    "report/index.html": b"<!doctype html>",
}
PAGE_RECORD = "report/index.html.json"


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def project(tmp_path):
    """A folder as Snakemake leaves it: results/full with three files and a record of each."""
    version = tmp_path / "project" / "results" / "full"
    manifest = {"files": {}, "records": {}, "stages": {}}
    for place, (name, content) in enumerate(FILES.items()):
        path, record = version / name, version / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        record.write_text(f"record {place}")
        manifest["files"][name] = digest(content)
        manifest["records"][f"{name}.json"] = digest(record.read_bytes())
        manifest["stages"][f"{name}.json"] = {
            "inputs": {},
            "outputs": {Path(name).name: digest(content)},
            "wall_seconds": 1.5,
            "peak_memory_mb": 100,
        }
    manifest["stages"][PAGE_RECORD]["inputs"] = {
        "../split/split.npz": digest(b"indices"),  # as seen from report/
        "/elsewhere/train-images.gz": "0" * 64,
    }
    (version / "report" / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path / "project"


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs the command; returns its status, and what it said to each stream."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["discern", *map(str, words)])
        try:
            status = command.main()
        except SystemExit as end:
            status = end.code
        said = capfd.readouterr()
        return status, said.out, said.err

    return run


def test_results_that_are_as_they_were_made_are_counted_and_the_status_is_0(project, run):
    assert run("verify", project / "results" / "full") == (0, "6 files checked, 0 problems\n", "")


@pytest.mark.parametrize(
    ("folder", "given"),
    [
        (".", "results/full"),
        (".", "results/full/"),
        (".", "./results/full"),
        ("results", "full"),
        ("results/full", "."),
        ("results/full/report", ".."),
        ("results/full/split", "../../full"),
        ("..", "project/results/full"),
        ("results/full/train/cosface", "../../../full"),
    ],
)
def test_results_are_found_from_any_folder(project, run, monkeypatch, folder, given):
    monkeypatch.chdir(project / folder)
    assert run("verify", given) == (0, "6 files checked, 0 problems\n", "")


def test_results_are_found_where_their_folder_is_a_link_to_another_disk(project, run, monkeypatch):
    disk = project.parent / "disk"
    (project / "results").rename(disk)
    (project / "results").symlink_to(disk)
    monkeypatch.chdir(project)
    assert run("verify", "results/full") == (0, "6 files checked, 0 problems\n", "")


def test_each_difference_is_a_line_and_the_status_is_1(project, run, monkeypatch):
    monkeypatch.chdir(project)
    version = project / "results" / "full"
    (version / "split" / "split.npz").write_bytes(b"Indices")
    (version / "train/cosface/0/checkpoints/epoch-0001.npz").unlink()
    (version / PAGE_RECORD).write_bytes(b"record 3")
    status, out, err = run("verify", "results/full")
    *lines, last = out.splitlines()
    assert status == 1
    assert sorted(lines) == [
        "results/full/report/index.html.json has changed",
        "results/full/split/split.npz has changed",
        "results/full/train/cosface/0/checkpoints/epoch-0001.npz is missing",
    ]
    assert last == "6 files checked, 3 problems"
    assert err == ""


def test_a_stage_made_from_another_input_is_a_problem(project, run, monkeypatch):
    monkeypatch.chdir(project)
    path = project / "results" / "full" / "report" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["stages"][PAGE_RECORD]["inputs"]["../split/split.npz"] = "1" * 64
    path.write_text(json.dumps(manifest))
    sentence = f"results/full/{PAGE_RECORD} was made from another results/full/split/split.npz"
    assert run("verify", "results/full") == (1, f"{sentence}\n6 files checked, 1 problems\n", "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist; run"),
        (b"", "is not JSON"),
        (b'{"files": {}, "records"', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[]", "is no manifest; run snakemake"),
        (b"3", "is no manifest; run snakemake"),
        (b'{"files": {}, "records": {}}', "is no manifest; run snakemake"),
        (b'{"files": [], "records": 1, "stages": null}', "is no manifest; run snakemake"),
        (b'{"files": {}, "records": {}, "stages": {"a": 1}}', "is no manifest; run snakemake"),
    ],
)
def test_what_is_no_manifest_is_one_sentence_and_the_status_is_1(project, run, content, sentence):
    path = project / "results" / "full" / "report" / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    status, out, err = run("verify", project / "results" / "full")
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"discern: {path} {sentence}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "required: command"),
        (("verify",), "required: results"),
        (("check", "results/full"), "invalid choice: 'check'"),
        (("verify", "a", "b"), "unrecognized arguments: b"),
    ],
)
def test_a_command_that_does_not_exist_has_the_status_2(run, words, message):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("words", [("--help",), ("verify", "--help")])
def test_help_says_what_it_is_for(run, words):
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert "usage: python -m discern" in out
    assert "results/full" in out


@pytest.mark.parametrize(("change", "status"), [(b"indices", 0), (b"indexes", 1)])
def test_the_shell_sees_the_status(project, change, status):
    (project / "results/full/split/split.npz").write_bytes(change)
    done = subprocess.run(
        [sys.executable, "-m", "discern", "verify", "results/full"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(Path(discern.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert done.stdout.endswith(f"6 files checked, {status} problems\n")
    assert done.stderr == ""
