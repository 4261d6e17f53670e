"""Files are written whole or not at all, and read back only as what they promise to be."""

import errno
import hashlib
import io
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from discern import files
from discern.errors import Damaged, DiscernError

ARRAYS = {"embeddings": np.eye(3, 2, dtype=np.float32), "labels": np.array([2, 0, 1], np.uint8)}


@pytest.fixture
def path(tmp_path):
    """A file that holds something already."""
    path = tmp_path / "result.npz"
    path.write_bytes(b"old")
    return path


def assert_untouched(path):
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(path, error):
    def write():
        with files.replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert_untouched(path)


def test_the_name_is_taken_only_when_all_is_written(path):
    with files.replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_file_and_what_the_next_one_removes(path):
    program = (
        "import os, signal, sys, pathlib\n"
        "from discern.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half')\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
    of_another = path.with_name(f".{path.name}.npz.abcdefgh")
    of_another.touch()
    assert len(list(path.parent.iterdir())) == 3
    files.write_bytes(path, b"new")
    assert sorted(path.parent.iterdir()) == sorted([of_another, path])


def test_bytes_are_on_the_disk_before_the_name_is_taken(path, monkeypatch):
    happened = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (happened.append("sync"), sync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (happened.append("rename"), rename(a, b)))
    files.write_bytes(path, b"new")
    # the file, its name, the folder that holds the name
    assert happened == ["sync", "rename", "sync"]


def test_folders_are_made_and_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_bytes(tmp_path / "a" / "b" / "c", b"")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "b" / "c").stat().st_mode) == 0o640


def failing(number, *named):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number), *named)

    return fail


FULL = "the disk is full; free some space and run the same command again"
QUOTA = "the disk quota is used up; free some space and run the same command again"
READ_ONLY = "the file system is read-only; make the folder writable or run elsewhere"
DENIED = "permission denied; make the folder writable and run the same command again"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, FULL), (errno.EDQUOT, QUOTA), (errno.EIO, os.strerror(errno.EIO))],
)
def test_a_failed_write_is_explained_with_the_file_that_it_was_for(
    path, monkeypatch, number, remedy
):
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(OSError, match=os.strerror(number)) as failure:
        files.write_arrays(path, ARRAYS)
    assert str(files.explain(failure.value)) == f"{path}: {remedy}"
    assert_untouched(path)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.EROFS, READ_ONLY), (errno.EACCES, DENIED), (errno.EPERM, DENIED)],
)
def test_a_forbidden_folder_is_explained(path, monkeypatch, number, remedy):
    monkeypatch.setattr(tempfile, "mkstemp", failing(number, str(path.parent)))
    with pytest.raises(OSError, match=os.strerror(number)) as failure:
        files.write_bytes(path, b"new")
    assert str(files.explain(failure.value)) == f"{path.parent}: {remedy}"
    assert_untouched(path)


def test_a_writable_folder_is_made_and_stays_empty(tmp_path):
    files.require_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize(
    "call", [(tempfile, "TemporaryFile"), (type(Path()), "mkdir")], ids=["writing", "making it"]
)
def test_a_folder_that_can_not_be_written_is_named_with_a_remedy(tmp_path, monkeypatch, call):
    monkeypatch.setattr(*call, failing(errno.EACCES))
    with pytest.raises(DiscernError) as refusal:
        files.require_writable(tmp_path / "results")
    assert str(refusal.value) == f"{tmp_path / 'results'}: {DENIED}"


def test_a_file_in_place_of_a_folder_is_explained(path):
    with pytest.raises(OSError, match=r"directory|exists") as failure:
        files.write_bytes(path / "within", b"new")
    assert str(path) in str(files.explain(failure.value))


def test_an_error_without_a_number_is_explained_by_its_own_words():
    assert str(files.explain(OSError("the tape is torn"))) == "a file: the tape is torn"


def test_array_files_depend_on_the_arrays_alone(tmp_path, monkeypatch):
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    files.write_arrays(first, ARRAYS)
    later = time.localtime(2_000_000_000)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *seconds: later)
    files.write_arrays(second, ARRAYS)
    assert first.read_bytes() == second.read_bytes()


def test_array_files_are_those_of_numpys_without_marks_of_large_ones_and_come_back(tmp_path):
    path = tmp_path / "ours"
    arrays = ARRAYS | {"weights/conv1": np.float64([[0.1]]), "none": np.zeros((0, 2), np.int64)}
    files.write_arrays(path, arrays)
    with zipfile.ZipFile(tmp_path / "plain", "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    assert contents(path) == contents(tmp_path / "plain")
    with np.load(path) as archive:  # NumPy's own reader takes it
        assert archive.files == list(arrays)
    found = files.read_arrays(path, "none")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def contents(path):
    """What each member of an archive says of itself, and its bytes."""
    with zipfile.ZipFile(path) as archive:
        return [
            (m.filename, m.extract_version, m.extra, m.compress_type, archive.read(m))
            for m in archive.infolist()
        ]


def test_array_files_are_the_same_from_every_release_of_python(path):
    # Releases of Python differ in the marks of members larger than 2 GiB. Without them a member
    # needs version 2.0 of the format, both in its own header and in the directory at the end.
    files.write_arrays(path, ARRAYS)
    content = path.read_bytes()
    versions = [content[at + 4 : at + 6] for at in starts_of(content, b"PK\x03\x04")]
    versions += [content[at + 6 : at + 8] for at in starts_of(content, b"PK\x01\x02")]
    assert versions == [b"\x14\0"] * 2 * len(ARRAYS)


def starts_of(content, mark):
    return [match.start() for match in re.finditer(re.escape(mark), content)]


def test_a_member_of_more_than_two_gigabytes_is_marked_as_large(path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 2**17)
    large = {"small": np.zeros(2**15, np.uint8), "large": np.zeros(2**17, np.uint8)}
    files.write_arrays(path, large)
    assert [m.extract_version for m in zipfile.ZipFile(path).infolist()] == [20, 45]
    np.testing.assert_array_equal(files.read_arrays(path)["large"], large["large"])


def test_objects_are_not_written(path):
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_arrays(path, {"labels": np.array([{}], object)})
    assert_untouched(path)


def damage(path, *names):
    """The sentence with which ``path`` is called damaged."""
    with pytest.raises(Damaged) as refusal:
        files.read_arrays(path, *names)
    assert str(refusal.value).startswith(f"{path} ")
    return str(refusal.value)


@pytest.mark.parametrize("read", [files.read_arrays, files.read_json])
def test_a_missing_file_is_named_with_what_makes_it(tmp_path, read):
    with pytest.raises(DiscernError, match=r"record\.json does not exist; run the stage that") as e:
        read(tmp_path / "record.json")
    assert not isinstance(e.value, Damaged)


def test_what_is_no_array_file_is_damaged(path):
    for content in (b"PK\x03\x04", b"<html>Not Found</html>"):
        path.write_bytes(content)
        assert "is damaged" in damage(path)
    with path.open("wb") as file:
        np.save(file, ARRAYS["labels"])
    assert "is damaged" in damage(path)


def test_an_array_file_cut_off_anywhere_is_damaged(path):
    files.write_arrays(path, ARRAYS)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        assert "is damaged" in damage(path)


def test_no_flipped_bit_goes_unnoticed(path):
    files.write_arrays(path, ARRAYS)
    whole = path.read_bytes()
    for position in range(len(whole)):
        content = bytearray(whole)
        content[position] ^= 1 << position % 8
        path.write_bytes(content)
        try:
            found = files.read_arrays(path, *ARRAYS)
        except Damaged:
            continue
        # a bit that means nothing, such as one of a time
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array, strict=True)


def test_nothing_is_unpickled(path, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "done"),)

    with path.open("wb") as file:
        np.savez(file, labels=np.array([Evil()], object))
    assert "is damaged" in damage(path)
    assert not (tmp_path / "done").exists()


def test_a_missing_array_is_named_with_those_that_are_there(path):
    files.write_arrays(path, ARRAYS)
    assert "no array 'map' (but embeddings, labels)" in damage(path, "labels", "map")


def test_json_comes_back_as_it_was(path):
    value = {"b": [1, 0.1, None], "a": "λ"}
    files.write_json(path, value)
    assert files.read_json(path) == value
    assert path.read_text(encoding="utf-8").index('"b"') < path.read_text().index('"a": "λ"')


def test_what_json_can_not_hold_is_not_written(path):
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(path, {"loss": float("nan")})
    assert_untouched(path)


@pytest.mark.parametrize("content", [b"", b'{"epoch": ', b"\xff\xfe", b"epoch: 1"])
def test_malformed_json_is_damaged(path, content):
    path.write_bytes(content)
    with pytest.raises(Damaged, match=rf"^{path} is not JSON.*; delete it"):
        files.read_json(path)


def test_sha256_is_of_the_whole_content(path):
    content = np.random.default_rng(0).bytes((1 << 20) + 17)  # more than one block
    path.write_bytes(content)
    assert files.sha256(path) == hashlib.sha256(content).hexdigest()


def test_files_below_a_folder_are_sorted_and_without_snakemakes_own(tmp_path):
    for name in ("b", "a/z", "a/.snakemake_timestamp", ".snakemake_timestamp", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    expected = [tmp_path / "a" / "z", tmp_path / "b", tmp_path / "c"]
    assert files.files_below(tmp_path) == expected
    assert files.files_below(tmp_path / "b") == [tmp_path / "b"]
