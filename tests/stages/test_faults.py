"""Each stage with each input damaged, and with a full disk for each output.

One sentence names the file and the remedy, no partial file gets a final name, and after the fault
is fixed the same stage gives the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import chain
from discern.results import Version
from discern.training import determinism

REMEDIES = ("delete it to have it made again", "run the", "fetch it again")
FULL = "the disk is full; free some space and run the same command again"
READ_ONLY = "the file system is read-only; make the folder writable or run elsewhere"

pytestmark = pytest.mark.parametrize("name", chain.names())


@pytest.fixture(autouse=True)
def _here(threads):
    """TensorFlow's threads can be set once in a process, which runs all of these tests."""


@pytest.fixture(scope="module")
def made(tmp_path_factory, digits_folder, digits_sha256) -> Version:
    """The version in which every job was done once."""
    version = Version(tmp_path_factory.mktemp("made") / "version")  # the crate has its name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(determinism, "configure", lambda threads, *_, **__: None)
        chain.make(version, digits_folder, digits_sha256)
    return version


@pytest.fixture
def job_in(name, digits_folder, digits_sha256):
    """Makes the job, from the version that it reads and the folder that it writes."""
    return lambda read, out: chain.jobs(read, Version(out), digits_folder, digits_sha256)[name]


@pytest.fixture
def read(made, tmp_path):
    """A copy of the version, without the bytes and not yet archived."""
    version = Version(tmp_path / "version")
    shutil.copytree(made.folder, version.folder, copy_function=os.link)
    shutil.rmtree(version.workflow)
    for path in (version.manifest, version.crate, version.configuration):
        path.unlink()
    return version


@pytest.fixture
def out(name, read, tmp_path):
    """Where the job writes: the manifest's files lie in the version that it reads."""
    return read.folder if name == "manifest" else tmp_path / "written"


def content(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, without unfinished work and what differs from run to run."""
    found = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        text = path.read_bytes()
        if path.name == "history.csv":
            text = b"\n".join(line.rpartition(b",")[0] for line in text.splitlines())
        if "/." not in f"/{name}" and not name.endswith("record.json"):
            found[name] = text
    return found


def assert_same(name, out, made):
    """All that the job wrote is as it was the first time.

    What TensorFlow computes is the same in its bits only where its threads can be set.
    """
    expected = content(made.folder)
    for file, text in content(out).items():
        if name in ("train", "embed"):
            assert file.endswith(".csv") or len(text) == len(expected[file]), file
        else:
            assert text == expected[file], file


def damaged(path: Path) -> list[bytes]:
    """A file's content in several ways."""
    if "figures" in path.parts and path.suffix == ".csv":
        return []  # goes into the page as it is
    whole = path.read_bytes()
    flipped = bytearray(whole)
    # In a text every other bit may make another valid text, which `discern verify` alone sees. Some
    # bits of an archive mean nothing; the last one before its directory is of an array.
    place = whole.index(b"PK\x01\x02") - 1 if path.suffix == ".npz" else len(whole) // 2
    flipped[place] ^= 0x80 if path.suffix in (".json", ".csv") else 0x10
    return [b"", whole[: len(whole) // 2], bytes(flipped)]


def assert_fails_with(job, capfd, file, remedies):
    capfd.readouterr()
    assert job.run() == 1, file
    said = capfd.readouterr().err
    assert "Traceback" not in said, said
    last = said.splitlines()[-1]
    assert last.startswith(f"{job.stage()}: "), said
    assert str(file) in last
    assert any(remedy in last for remedy in remedies), last


def test_a_damaged_file_is_named_with_the_remedy_and_the_rerun_repairs_it(
    name, made, read, out, capfd, job_in
):
    before = content(out)
    # the files of the second row are read like those of the first
    for path in (read.folder / file for file in chain.files_read(name) if "/b/" not in file):
        whole, wrong = path.read_bytes(), damaged(path)
        path.unlink()
        assert_fails_with(job_in(read, out), capfd, path, REMEDIES)
        for bad in wrong:
            path.write_bytes(bad)
            assert_fails_with(job_in(read, out), capfd, path, REMEDIES)
            path.unlink()
        if name != "manifest":
            assert content(out) == before
        path.write_bytes(whole)
    assert job_in(read, out).run() == 0
    assert_same(name, out, made)


def test_a_full_disk_is_named_at_every_write_and_the_rerun_repairs_it(
    name, made, read, out, capfd, monkeypatch, job_in
):
    """The disk is full at the first file, then at the second, and so on."""
    sync, done = os.fsync, []

    def failing(descriptor):
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # not that of a folder
            done.append(descriptor)
            if len(done) == writes:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    writes = 1
    while True:
        done.clear()
        if name != "manifest":
            shutil.rmtree(out, ignore_errors=True)
        if job_in(read, out).run() == 0:
            break
        last = capfd.readouterr().err.splitlines()[-1]
        assert last.startswith(f"{name}: {out}")
        assert FULL in last
        assert_same(name, out, made)
        writes += 1
    assert len(done) == writes - 1 > 0
    assert_same(name, out, made)


def test_a_disk_that_is_really_full_or_read_only_is_named(
    name, made, tmp_path, capfd, mounted, job_in
):
    disk, in_place = tmp_path / "disk", name == "manifest"
    with mounted(disk, "size=64m" if in_place else "size=64k"):
        out = disk / "out"
        if in_place:
            shutil.copytree(made.folder, out)
            shutil.rmtree(out / "report")
        else:
            out.mkdir()
        there = content(out)
        job = job_in(Version(out) if in_place else made, out)
        with (disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert_fails_with(job, capfd, out, [FULL])
        assert content(out) == there
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert_fails_with(job, capfd, out, [READ_ONLY])
        assert content(out) == there
