"""Files are written whole or not at all, and read back only as what they promise to be."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from discern import files
from discern.errors import DiscernError

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
    environment = os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(files.__file__))}
    done = subprocess.run([sys.executable, "-c", program, path], env=environment, check=False)
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


def failing(number):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EDQUOT, "the disk quota is used up; free some space"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_failed_write_is_explained_with_the_name_it_was_for(path, monkeypatch, number, remedy):
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(OSError, match=os.strerror(number)) as failure:
        files.write_arrays(path, ARRAYS)
    sentence = str(files.explain(failure.value))
    assert sentence.startswith(f"{path}: ")
    assert remedy in sentence
    assert_untouched(path)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "the file system is read-only; make the folder writable or run elsewhere"),
        (errno.EACCES, "permission denied; make the folder writable"),
        (errno.EPERM, "permission denied; make the folder writable"),
    ],
)
def test_a_forbidden_folder_is_explained(path, monkeypatch, number, remedy):
    monkeypatch.setattr(tempfile, "mkstemp", failing(number))
    with pytest.raises(OSError, match=os.strerror(number)) as failure:
        files.write_bytes(path, b"new")
    assert remedy in str(files.explain(failure.value))
    assert_untouched(path)


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


def test_array_files_are_those_of_numpy(tmp_path):
    arrays = ARRAYS | {"weights/conv1": np.float64([[0.1]]), "text": np.array("a")}
    files.write_arrays(tmp_path / "ours", arrays)
    with (tmp_path / "numpys").open("wb") as file:
        np.savez(file, **arrays)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "numpys").read_bytes()


def test_objects_are_not_written(path):
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_arrays(path, {"labels": np.array([{}], object)})
    assert_untouched(path)


def test_arrays_come_back_as_they_were(tmp_path):
    path = tmp_path / "a.npz"
    arrays = ARRAYS | {"weights/conv1": np.float64([[0.1]]), "none": np.zeros((0, 2), np.int64)}
    files.write_arrays(path, arrays)
    found = files.read_arrays(path, "none")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def refused(path, *names):
    """The sentence with which ``path`` is refused."""
    with pytest.raises(DiscernError) as refusal:
        files.read_arrays(path, *names)
    assert str(path) in str(refusal.value)
    return str(refusal.value)


def test_a_missing_array_file_is_named(tmp_path):
    assert "does not exist" in refused(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"<html>Not Found</html>"])
def test_what_is_no_array_file_is_refused(path, content):
    path.write_bytes(content)
    assert "is damaged" in refused(path)


def test_an_npy_file_is_refused(path):
    with path.open("wb") as file:
        np.save(file, ARRAYS["labels"])
    assert "is damaged" in refused(path)


def test_a_truncated_array_file_is_refused(path):
    files.write_arrays(path, ARRAYS)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        assert "is damaged" in refused(path)


def test_a_flipped_bit_in_the_values_is_noticed(path):
    files.write_arrays(path, ARRAYS)
    content = bytearray(path.read_bytes())
    values = ARRAYS["embeddings"].tobytes()
    content[content.index(values) + len(values) // 2] ^= 1
    path.write_bytes(content)
    assert "is damaged" in refused(path)


def test_no_flipped_bit_goes_unnoticed(path):
    files.write_arrays(path, ARRAYS)
    whole = path.read_bytes()
    for position in range(len(whole)):
        content = bytearray(whole)
        content[position] ^= 1 << position % 8
        path.write_bytes(content)
        try:
            found = files.read_arrays(path, *ARRAYS)
        except DiscernError:
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
    assert "is damaged" in refused(path)
    assert not (tmp_path / "done").exists()


def test_a_missing_array_is_named_with_those_that_are_there(path):
    files.write_arrays(path, ARRAYS)
    assert "no array 'map' (but embeddings, labels)" in refused(path, "labels", "map")


def test_embeddings_come_back_as_they_were(path):
    files.write_arrays(path, ARRAYS)
    embeddings, labels = files.read_embeddings(path)
    np.testing.assert_array_equal(embeddings, ARRAYS["embeddings"], strict=True)
    np.testing.assert_array_equal(labels, ARRAYS["labels"], strict=True)


EMBEDDINGS, LABELS = ARRAYS["embeddings"], ARRAYS["labels"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"embeddings": EMBEDDINGS.astype(np.float64)}, "embeddings are float64"),
        ({"embeddings": EMBEDDINGS[:, 0]}, r"embeddings are float32 \(3,\)"),
        ({"embeddings": EMBEDDINGS[:, :0]}, r"embeddings are float32 \(3, 0\)"),
        ({"embeddings": EMBEDDINGS[:0], "labels": LABELS[:0]}, r"embeddings are float32 \(0, 2\)"),
        ({"embeddings": np.full_like(EMBEDDINGS, np.nan)}, "some embeddings are not finite"),
        ({"embeddings": np.float32([[0, 0], [0, np.inf], [0, 0]])}, "not finite"),
        ({"labels": LABELS.astype(np.int64)}, "labels are int64"),
        ({"labels": LABELS[:2]}, r"labels are uint8 \(2,\), not uint8 \(3,\)"),
        ({"labels": LABELS[:, None]}, r"labels are uint8 \(3, 1\)"),
    ],
)
def test_other_embeddings_are_refused(path, change, sentence):
    files.write_arrays(path, ARRAYS | change)
    with pytest.raises(DiscernError, match=sentence) as refusal:
        files.read_embeddings(path)
    assert str(path) in str(refusal.value)


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
def test_malformed_json_is_named(path, content):
    path.write_bytes(content)
    with pytest.raises(DiscernError, match=r"is not JSON.*delete it") as refusal:
        files.read_json(path)
    assert str(path) in str(refusal.value)


def test_missing_json_is_named(tmp_path):
    with pytest.raises(DiscernError, match=r"record\.json does not exist"):
        files.read_json(tmp_path / "record.json")


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
