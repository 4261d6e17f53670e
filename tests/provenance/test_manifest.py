"""The manifest finds each file that is not what it was, and each job that read another one."""

import json
import os
from pathlib import Path

import pytest

from discern.errors import Damaged, DiscernError
from discern.provenance.manifest import count, read_manifest, training_of, verify
from discern.results import Version
from plain_files import write_json
from provenance.finished import BESIDE, CHECKPOINT, IMAGES, JOBS, OUTPUTS, PAGE, finish

FOLDER = Path("results/full")
FILES = [*OUTPUTS, *JOBS, *BESIDE]


def test_a_version_that_is_as_it_was_has_no_problem(finished):
    assert verify(finished) == []
    assert count(finished) == len(FILES) == 19


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_changed_byte_or_none_at_all_is_named_whichever_it_is(finished, name):
    path = FOLDER / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert verify(finished) == [f"{path} has changed"]
    path.unlink()
    assert verify(finished) == [f"{path} is missing"]


def test_a_file_that_was_written_again_as_it_was_is_no_problem(finished):
    path = FOLDER / PAGE
    path.write_bytes(path.read_bytes())
    os.utime(path, (0, 0))
    assert verify(finished) == []


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda path: path.symlink_to("nothing")],
    ids=["a folder", "a link to nothing"],
)
def test_what_is_no_file_is_missing(finished, make):
    (FOLDER / PAGE).unlink()
    make(FOLDER / PAGE)
    assert verify(finished) == [f"{FOLDER / PAGE} is missing"]


def test_a_file_the_manifest_does_not_know_is_not_checked(finished):
    (FOLDER / "report" / "notes.txt").write_text("mine")
    assert verify(finished) == []


def finish_with_another_input(version, record, name):
    """Finish a version in which the job of a record read something else under ``name``."""
    content = json.loads((FOLDER / record).read_text())
    content["inputs"][name] = "0" * 64
    write_json(FOLDER / record, content)
    return finish(version, Path("project"))


@pytest.mark.parametrize("outside", ["/data/x.gz", "../../../data/x.gz"])
def test_an_input_that_no_job_made_is_not_checked(version, outside):
    assert verify(finish_with_another_input(version, "download/record.json", outside)) == []


def test_a_job_that_read_another_input_and_all_other_problems_are_told_at_once(version):
    # embed ran before the training was done again
    record = "embed/cosface/0/record.json"
    finished = finish_with_another_input(version, record, f"../../../{CHECKPOINT}")
    (FOLDER / PAGE).write_bytes(b"")
    (FOLDER / IMAGES).unlink()
    assert sorted(verify(finished)) == [
        f"{FOLDER / IMAGES} is missing",
        f"{FOLDER / record} was made from another {FOLDER / CHECKPOINT}",
        f"{FOLDER / PAGE} has changed",
    ]


def test_a_version_may_be_moved_and_verified_from_any_folder(finished, tmp_path, monkeypatch):
    moved = tmp_path / "elsewhere" / "of another name"
    moved.parent.mkdir()
    FOLDER.rename(moved)
    assert verify(Version(moved)) == []
    (moved / IMAGES).write_bytes(b"")
    for folder, seen in (("/", moved), (moved, Path()), (moved / "report", Path(".."))):
        monkeypatch.chdir(folder)
        assert verify(Version(seen)) == [f"{seen / IMAGES} has changed"]


@pytest.mark.parametrize(
    "content",
    [
        *(b"[]", b"null", b'"text"', b"{}", b'{"files": {}}'),
        b'{"files": {}, "records": {}, "stages": []}',
        b'{"files": {}, "records": {}, "stages": {"a": {"outputs": {}}}}',
        b'{"files": {}, "records": {}, "stages": {"a": 1}}',
    ],
)
@pytest.mark.parametrize("read", [read_manifest, verify, count])
def test_a_file_that_is_no_manifest_is_damaged(version, content, read):
    version.manifest.write_bytes(content)
    with pytest.raises(Damaged, match=rf"^{version.manifest} is not a manifest; delete it to have"):
        read(version)


def test_a_missing_manifest_is_refused_in_one_sentence(version):
    with pytest.raises(DiscernError, match=r"manifest\.json does not exist; run"):
        verify(version)


@pytest.mark.parametrize("place", ["train/{}/record.json", "measure/{}.record.json", "tsne/{}.npz"])
def test_a_file_of_a_training_is_told_by_its_row_and_seed(place):
    assert training_of(place.format("a-row/17")) == ("a-row", "17")


@pytest.mark.parametrize("name", ["figures/separation.record.json", "split/record.json", "page"])
def test_a_file_of_all_rows_belongs_to_no_training(name):
    assert training_of(name) is None
