"""The manifest vouches for every file of every job, and finds each that is not what it was."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from discern.errors import DiscernError
from discern.files import write_arrays, write_json
from discern.manifests import count, verify
from discern.stages import manifest, select

VERSION = Path("results/full")


def digest(content):
    return hashlib.sha256(content).hexdigest()


JOBS = {
    # record: what the job read and wrote, seconds, megabytes
    "download/record.json": ([], ["download/train-images.gz"], 1.25, 100),
    "train/cosface/0/record.json": (
        ["download/train-images.gz"],
        ["train/cosface/0/history.csv", "train/cosface/0/checkpoints/epoch-0002.npz"],
        100.0005,
        3000,
    ),
    "embed/cosface/0/record.json": (
        ["train/cosface/0/checkpoints/epoch-0002.npz"],
        ["embed/cosface/0/test.npz", "embed/cosface/0/train.npz"],
        2.5,
        900,
    ),
    "report/record.json": (["embed/cosface/0/test.npz"], ["report/index.html"], 0.25, 80),
}
RECORDS = [str(VERSION / name) for name in JOBS]
OUTPUTS = [str(VERSION / name) for _, outputs, _, _ in JOBS.values() for name in outputs]
MADE = VERSION / "report" / "manifest.json"
CRATE = VERSION / "ro-crate-metadata.json"
# What the stage itself writes beside the manifest.
BESIDE = [
    str(VERSION / name)
    for name in (
        "report/config.yaml",
        "report/workflow/Snakefile",
        "report/workflow/workflow/rules/data.smk",
        "ro-crate-metadata.json",
    )
]
CONFIGURATION = {"seeds": [0, 1], "losses": {"pixels": False, "cosface": {"margin": 0.2}}}


def rewrite(path, change):
    """Change the JSON file ``path`` with a function of its content."""
    content = json.loads(Path(path).read_text())
    change(content)
    write_json(Path(path), content)


def seen_from(record, names):
    """Name and hash of files, named as a record does: as seen from its own folder."""
    above = "../" * record.count("/")
    return {above + name: digest((VERSION / name).read_bytes()) for name in names}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The current folder, with all outputs of ``JOBS`` and a record of each job."""
    monkeypatch.chdir(tmp_path)
    for name, (inputs, outputs, seconds, megabytes) in JOBS.items():
        for output in outputs:
            path = VERSION / output
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"the content of {output}".encode())
        record = {
            "stage": name.partition("/")[0],
            "parameters": {"seed": 0, "batches": {"size": 400}} if "train" in name else {},
            "code": "c" * 64,
            "python": "3.11.7",
            "packages": {"numpy": "1.26.4"},
            "device": "x86_64",
            "inputs": seen_from(name, inputs),
            "outputs": seen_from(name, outputs),
            "wall_seconds": seconds,
            "peak_memory_mb": megabytes,
        }
        write_json(VERSION / name, record)
    (tmp_path / "workflow" / "rules").mkdir(parents=True)
    (tmp_path / "workflow" / "rules" / "data.smk").write_text("rule download: ...")
    (tmp_path / "Snakefile").write_text('include: "workflow/rules/data.smk"')
    return tmp_path


def run(records=RECORDS, made=MADE, project=Path()):
    report = made.parent
    argv = ["--records", *records, "--manifest", made, "--crate", report.parent / CRATE.name]
    argv += ["--project", project]
    argv += ["--workflow", report / "workflow", "--configuration-file", report / "config.yaml"]
    argv += ["--configuration", json.dumps(CONFIGURATION)]
    return manifest.main(list(map(str, argv)))


@pytest.fixture
def joined(project):
    """What the manifest holds."""
    assert run() == 0
    return json.loads(MADE.read_text())


# writing


def test_the_manifest_vouches_for_every_output_and_every_record(joined, project):
    vouched = joined["files"] | joined["records"]
    found = {
        str(path.relative_to(project / VERSION)): digest(path.read_bytes())
        for path in (project / VERSION).rglob("*")
        if path.is_file() and path != project / MADE
    }
    assert vouched == found
    assert {str(VERSION / name) for name in joined["files"]} == {*OUTPUTS, *BESIDE}
    assert sorted(joined["records"]) == sorted(JOBS)


def test_the_manifest_holds_each_record_whole(joined):
    assert joined["stages"] == {name: json.loads((VERSION / name).read_text()) for name in JOBS}


def test_times_are_summed_and_the_greatest_memory_is_kept(joined):
    assert joined["wall_seconds"] == pytest.approx(104.0005, abs=0.0006)  # in milliseconds
    assert joined["peak_memory_mb"] == 3000


def test_the_manifest_is_the_same_from_whichever_folder_it_is_made(joined, project, monkeypatch):
    before = MADE.read_bytes()
    records = [str(project / record) for record in RECORDS]
    assert run(records, project / MADE, project) == 0
    assert MADE.read_bytes() == before
    monkeypatch.chdir(VERSION)
    assert run(list(JOBS), Path("report/manifest.json"), project) == 0
    assert Path("report/manifest.json").read_bytes() == before


def test_records_of_stages_are_what_the_manifest_reads(project):
    folder = VERSION / "train" / "cosface" / "1"
    write_arrays(folder / "checkpoints" / "epoch-0001.npz", {"w": np.ones(3)})
    training = "epoch,loss,validation_loss,learning_rate,seconds\n1,0.5,0.4,0.001,2.0\n"
    (folder / "history.csv").write_text(training)
    made = VERSION / "select" / "cosface"
    argv = ["--history", folder / "history.csv", "--checkpoints", folder / "checkpoints"]
    argv += ["--weights", made / "0.npz", "--reason", made / "0.json"]
    record = made / "0.record.json"
    assert select.main(list(map(str, [*argv, "--record", record]))) == 0
    assert run([str(record)]) == 0
    found = json.loads(MADE.read_text())
    beside = {str(Path(name).relative_to(VERSION)) for name in BESIDE}
    assert set(found["files"]) - beside == {"select/cosface/0.json", "select/cosface/0.npz"}
    assert sorted(found["records"]) == ["select/cosface/0.record.json"]
    assert found["peak_memory_mb"] > 5
    assert verify(MADE) == []
    (made / "0.npz").write_bytes(b"")
    assert verify(MADE) == [f"{made / '0.npz'} has changed"]


def test_the_order_of_the_records_does_not_matter(joined):
    before = MADE.read_bytes()
    assert run(RECORDS[::-1]) == 0
    assert MADE.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist"),
        (b"{", "is not JSON"),
        (b"[]", "record"),
        (b"{}", "record"),
        (b'{"inputs": {}, "outputs": [], "wall_seconds": 1, "peak_memory_mb": 1}', "record"),
        (b'{"inputs": {}, "outputs": {}}', "record"),
    ],
    ids=["missing", "cut off", "a list", "empty", "outputs without hashes", "no time, no memory"],
)
def test_a_damaged_record_is_one_sentence_and_nothing_is_written(project, capfd, content, sentence):
    path = Path(RECORDS[1])
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert run() == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"manifest: {path} ")
    assert sentence in line.removeprefix(f"manifest: {path} ")
    assert not MADE.exists()


def test_the_settings_and_the_rules_stand_beside_the_manifest(joined, project):
    settings = (VERSION / "report/config.yaml").read_text()
    assert yaml.safe_load(settings) == CONFIGURATION
    assert list(yaml.safe_load(settings)["losses"]) == ["pixels", "cosface"]  # the rows' order
    for name in ("Snakefile", "workflow/rules/data.smk"):
        copy = VERSION / "report/workflow" / name
        assert copy.read_bytes() == (project / name).read_bytes()


def test_rules_that_are_gone_leave_no_copy(joined):
    stray = VERSION / "report/workflow/workflow/rules/old.smk"
    stray.write_text("rule old: ...")
    assert run() == 0
    assert not stray.exists()


# verifying


def test_results_that_are_as_they_were_have_no_problem(joined):
    assert verify(MADE) == []
    assert count(MADE) == len(OUTPUTS) + len(RECORDS) + len(BESIDE) == 14


@pytest.mark.parametrize("path", [*OUTPUTS, *RECORDS, *BESIDE])
def test_a_changed_byte_is_named_in_whichever_file_it_is(joined, path):
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 1
    Path(path).write_bytes(content)
    assert verify(MADE) == [f"{path} has changed"]


@pytest.mark.parametrize("path", [*OUTPUTS, *RECORDS, *BESIDE])
def test_a_missing_file_is_named_whichever_it_is(joined, path):
    Path(path).unlink()
    assert verify(MADE) == [f"{path} is missing"]


def test_a_file_that_lost_or_won_bytes_has_changed(joined):
    shorter, longer, empty, _, same, *_ = map(Path, OUTPUTS)
    shorter.write_bytes(shorter.read_bytes()[:-1])
    longer.write_bytes(longer.read_bytes() + b"\n")
    empty.write_bytes(b"")
    same.write_bytes(same.read_bytes())
    os.utime(same, (0, 0))
    changed = sorted(map(str, (shorter, longer, empty)))
    assert verify(MADE) == [f"{path} has changed" for path in changed]


def test_a_folder_in_the_place_of_a_file_is_no_file(joined):
    Path(OUTPUTS[0]).unlink()
    Path(OUTPUTS[0]).mkdir()
    assert verify(MADE) == [f"{OUTPUTS[0]} is missing"]


def test_a_file_the_manifest_does_not_know_is_nobodys_business(joined):
    (VERSION / "report" / "notes.txt").write_text("mine")
    assert verify(MADE) == []


def test_a_stage_made_from_another_input_is_named(project):
    # embed ran before the training was done again
    checkpoint, record = "train/cosface/0/checkpoints/epoch-0002.npz", RECORDS[2]
    seen = f"../../../{checkpoint}"
    rewrite(record, lambda content: content["inputs"].update({seen: "0" * 64}))
    assert run() == 0
    assert verify(MADE) == [f"{record} was made from another {VERSION / checkpoint}"]


@pytest.mark.parametrize("outside", ["/data/x.gz", "../../../data/x.gz"])
def test_an_input_that_no_stage_made_is_not_checked(project, outside):
    rewrite(RECORDS[0], lambda content: content["inputs"].update({outside: "0" * 64}))
    assert run() == 0
    assert verify(MADE) == []


def test_all_problems_are_told_at_once(project):
    seen, record = "../../../download/train-images.gz", RECORDS[1]
    rewrite(record, lambda content: content["inputs"].update({seen: "0" * 64}))
    assert run() == 0
    Path(OUTPUTS[-1]).write_bytes(b"")
    Path(OUTPUTS[3]).unlink()
    assert sorted(verify(MADE)) == sorted(
        [
            f"{OUTPUTS[-1]} has changed",
            f"{OUTPUTS[3]} is missing",
            f"{record} was made from another {VERSION}/download/train-images.gz",
        ]
    )


def test_results_may_be_moved_and_verified_from_any_folder(joined, project, monkeypatch):
    moved = project / "elsewhere" / "of another name"
    moved.parent.mkdir()
    VERSION.rename(moved)
    monkeypatch.chdir("/")
    assert verify(moved / "report" / "manifest.json") == []
    (moved / "download" / "train-images.gz").write_bytes(b"")
    changed = "download/train-images.gz has changed"
    assert verify(moved / "report" / "manifest.json") == [f"{moved}/{changed}"]
    monkeypatch.chdir(moved)
    assert verify(Path("report/manifest.json")) == [changed]
    monkeypatch.chdir(moved / "report")
    assert verify(Path("../report/manifest.json")) == [f"../{changed}"]


def test_files_may_be_links_into_a_cache(joined, project):
    cache = project / "cache"
    cache.mkdir()
    for place, path in enumerate(map(Path, [*OUTPUTS, *RECORDS])):
        path.rename(cache / str(place))
        path.symlink_to(cache / str(place))
    before = MADE.read_bytes()
    assert run() == 0
    assert MADE.read_bytes() == before
    assert verify(MADE) == []
    (cache / "0").unlink()
    assert verify(MADE) == [f"{OUTPUTS[0]} is missing"]


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"{}", b'{"files": {}}'])
def test_a_file_that_is_no_manifest_is_refused_in_one_sentence(project, content):
    MADE.write_bytes(content)
    with pytest.raises(DiscernError) as refusal:
        verify(MADE)
    assert str(refusal.value).startswith(f"{MADE} is no manifest; run snakemake")
    assert "\n" not in str(refusal.value)


def test_a_missing_manifest_is_refused_in_one_sentence(project):
    with pytest.raises(DiscernError, match=r"manifest\.json does not exist; run"):
        verify(MADE)
