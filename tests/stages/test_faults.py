"""Each stage with each file it reads damaged, and with no room for each file it writes.

One sentence names the file and the remedy, nothing half-written has a final name, and once the
fault is mended the same command gives the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess

import pytest

import chain
from discern import tensors
from discern.stages import train

READ = [(name, file) for name in chain.names() for file in chain.files_read(name)]
REMEDIES = ("delete it to have it made again", "run the", "fetch it again")


@pytest.fixture(scope="module", autouse=True)
def _here():
    """TensorFlow's threads can be set once in a process, which runs all of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (train, tensors):
            patch.setattr(module, "configure", lambda threads: None)
        for name in ("DISCERN_DATA", "DISCERN_SOURCES"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory, digits_folder, digits_sha256):
    """The folder in which every job was done once, in a folder named like it."""
    folder = tmp_path_factory.mktemp("made")
    for name, job in chain.jobs(digits_folder, digits_sha256, folder).items():
        assert job.main(job.argv(folder / name)) == 0, name
    return folder


@pytest.fixture
def job(request, made, digits_folder, digits_sha256):
    """The job that a test is parametrised with by name."""
    return chain.jobs(digits_folder, digits_sha256, made)[request.param]


def content(folder):
    """What lies in a job's folder, without what differs from run to run."""
    found = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        text = path.read_bytes()
        if path.name == "history.csv":
            text = b"\n".join(line.rpartition(b",")[0] for line in text.splitlines())
        if path.name not in ("record.json", "filler") and ".resume" not in path.parts:
            found[str(path.relative_to(folder))] = text
    return found


def assert_same(job, found, expected, partly=False):
    """All of what a job wrote, or a part of it, is as it was the first time.

    What TensorFlow computes is the same in its bits only where its threads can be set.
    """
    assert found.keys() <= expected.keys() if partly else found.keys() == expected.keys()
    for name, text in found.items():
        if job.stage in ("train", "embed"):
            assert name.endswith(".csv") or len(text) == len(expected[name]), name
        else:
            assert text == expected[name], name


def damaged(whole: bytes, is_text: bool) -> dict[str, bytes]:
    """``whole`` in several ways."""
    flipped = bytearray(whole)
    # In a text every other bit may make another valid text, which `discern verify` alone sees.
    flipped[len(whole) // 2] ^= 0x80 if is_text else 0x10
    return {"empty": b"", "truncated": whole[: len(whole) // 2], "flipped": bytes(flipped)}


def assert_fails_with(job, argv, capfd, name, remedies=REMEDIES):
    capfd.readouterr()
    assert job.main(argv) == 1
    said = capfd.readouterr().err
    assert "Traceback" not in said, said
    last = said.splitlines()[-1]
    assert last.startswith(f"{job.stage}: "), said
    assert name in last
    assert any(remedy in last for remedy in remedies), last


# The tables of figures go into the page as they are.
DAMAGED = [
    (job, file) for job, file in READ if not (file.startswith("figures ") and file.endswith("csv"))
]


@pytest.mark.parametrize(
    ("job", "file"), DAMAGED, indirect=["job"], ids=[": ".join(pair) for pair in DAMAGED]
)
def test_a_damaged_file_is_named_with_the_remedy_and_the_rerun_repairs_it(
    made, tmp_path, capfd, job, file
):
    original = made / file
    copy = tmp_path / "read" / original.relative_to(made)
    in_checkpoints = copy.parent.name == "checkpoints"
    if in_checkpoints:
        shutil.copytree(original.parent, copy.parent)
        replaced = {original.parent: copy.parent}
    else:
        copy.parent.mkdir(parents=True)
        replaced = {original: copy}
    out = tmp_path / "written"
    argv = job.argv(out, replaced)
    is_text = original.suffix in (".json", ".csv")
    for kind, bad in damaged(original.read_bytes(), is_text).items():
        copy.write_bytes(bad)
        assert_fails_with(job, argv, capfd, str(copy))
        assert not out.exists(), kind
    copy.unlink()
    assert_fails_with(job, argv, capfd, str(copy))
    assert not out.exists()

    copy.write_bytes(original.read_bytes())
    if job.stage != "manifest":  # which names its files as seen from where they lie
        assert job.main(argv) == 0
        assert_same(job, content(out), content(made / job.name))


FULL = ("the disk is full; free some space and run the same command again",)
every_job = pytest.mark.parametrize("job", chain.names(), indirect=True)


@every_job
def test_a_full_disk_is_named_at_every_write_and_the_rerun_repairs_it(
    made, tmp_path, capfd, monkeypatch, job
):
    """The disk is full before the first file, then before the second, and so on."""
    sync, expected = os.fsync, content(made / job.name)
    writes = 0
    while True:
        writes, done = writes + 1, []
        out = tmp_path / str(writes)

        def failing(descriptor, at=writes, done=done):
            if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # not that of a folder
                done.append(descriptor)
                if len(done) == at:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", failing)
        if job.stage == "manifest":  # made where it is to be, as it tells all from there
            out = made / job.name
            (out / "manifest.json").unlink(missing_ok=True)
        argv = job.argv(out)
        capfd.readouterr()
        status = job.main(argv)
        if len(done) < writes:
            assert status == 0
            break
        assert status == 1
        last = capfd.readouterr().err.splitlines()[-1]
        assert last.startswith(f"{job.stage}: {out}")
        assert FULL[0] in last
        found = content(out)
        found = {name: text for name, text in found.items() if ".unfinished" not in name}
        assert_same(job, found, expected, partly=True)
    assert writes > 1
    monkeypatch.setattr(os, "fsync", sync)
    first = made / job.name if job.stage == "manifest" else tmp_path / "1"
    assert job.main(job.argv(first)) == 0
    assert_same(job, content(first), expected)


def fill(folder):
    """Leave no byte on the file system of ``folder``."""
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


@every_job
def test_a_disk_that_is_really_full_or_read_only_is_named(tmp_path, capfd, mounted, job):
    disk = tmp_path / "disk"
    with mounted(disk, "size=64k"):
        (disk / "out").mkdir()
        fill(disk)
        assert_fails_with(job, job.argv(disk / "out"), capfd, str(disk / "out"), FULL)
        assert content(disk / "out") == {}
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        remedies = ("the file system is read-only; make the folder writable or run elsewhere",)
        assert_fails_with(job, job.argv(disk / "out"), capfd, str(disk / "out"), remedies)
        assert content(disk / "out") == {}
