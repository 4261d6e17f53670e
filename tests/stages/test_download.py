"""The download stage takes the four files from the first source that has them, byte for byte.

No test uses the network: the tests supply the responses.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from claims import assert_refused, words_of
from discern.data import idx, sources
from discern.data.sources import FILES
from discern.errors import DiscernError
from discern.results import IDX_FILES

MIRROR = {"idx": "https://mirror/mnist"}
FIRST, *_, LAST = (f"{MIRROR['idx']}/{name}.gz" for name in FILES.values())


class Web:
    """What addresses answer, in ``pages``, and who was asked."""

    def __init__(self, pages):
        self.requested, self.pages = [], pages

    def get(self, url, patience):
        self.requested.append((url, patience))
        if url not in self.pages:
            raise DiscernError(f"{url}: it can't be reached")
        return self.pages[url]


@pytest.fixture
def contents(digits):
    """What the four files hold, by their names."""
    arrays = zip(FILES.values(), (digits[file] for file in IDX_FILES), strict=True)
    return {name: idx.encode(array) for name, array in arrays}


@pytest.fixture
def web(monkeypatch, contents):
    """A mirror with the digits."""
    web = Web({f"{MIRROR['idx']}/{n}.gz": gzip.compress(text) for n, text in contents.items()})
    monkeypatch.setattr(sources, "get", web.get)
    return web


@pytest.fixture
def stage_for(job):
    """Makes the stage that is given some sources and what else stands in data."""
    return lambda *entries, **where: job("download", where={"sources": entries} | where)


@pytest.fixture
def plain(tmp_path, contents):
    """A folder with the four files, not gzipped."""
    folder = tmp_path / "plain"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def origins(stage):
    """The names of the sources that the files came from."""
    return set(json.loads(stage.sources.read_text()).values())


def test_the_outputs_are_the_same_bytes_from_every_source(
    stage_for, web, plain, digits_folder, contents
):
    stages = {
        f"the folder {digits_folder}": stage_for(local=str(digits_folder)),
        f"the folder {plain}": stage_for(local=str(plain)),
        MIRROR["idx"]: stage_for(MIRROR),
    }
    for origin, stage in stages.items():
        assert stage.run() == 0
        assert origins(stage) == {origin}
        for file, content in zip(IDX_FILES, contents.values(), strict=True):
            assert getattr(stage, file).read_bytes() == gzip.compress(content, mtime=0)


def test_folders_come_before_other_sources_the_configurations_first(
    stage_for, web, monkeypatch, digits_folder, plain
):
    monkeypatch.setenv("DISCERN_DATA", str(digits_folder))
    stage = stage_for(MIRROR, local=str(plain))
    assert stage.run() == 0
    assert origins(stage) == {f"the folder {plain}"}
    assert stage_for(MIRROR, local=None).run() == 0
    assert origins(stage) == {f"the folder {digits_folder}"}
    assert web.requested == []


def test_the_environment_names_the_sources_where_no_option_does(job, stage_for, web, monkeypatch):
    monkeypatch.setenv("DISCERN_SOURCES", json.dumps({"sources": [MIRROR]}))
    stage = job("download", where=None)
    assert stage.run() == 0
    assert origins(stage) == {MIRROR["idx"]}
    assert stage_for().run() == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, (10.0, 300.0, 2)), ({"timeout": 1, "deadline": 2, "attempts": 3}, (1, 2, 3))],
)
def test_sources_are_waited_for_as_long_as_is_said(stage_for, web, given, expected):
    assert stage_for(MIRROR, **given).run() == 0
    for _, patience in web.requested:
        assert (patience.timeout, patience.deadline, patience.attempts) == expected


def test_without_any_source_each_is_named_with_its_reason(stage_for, web, tmp_path, capfd):
    web.pages = {}
    parts = (
        "download: no source has the data: ",
        f"the folder {tmp_path / 'none'} (there is no train-images-idx3-ubyte",
        f"{MIRROR['idx']} ({FIRST}: it can't be reached)",
        "DISCERN_DATA",
    )
    assert_refused(stage_for(MIRROR, local=str(tmp_path / "none")), capfd, *parts)


def test_a_part_of_the_data_is_not_written_but_kept_for_the_next_run(stage_for, web, capfd):
    content = web.pages.pop(LAST)
    stage = stage_for(MIRROR)
    assert_refused(stage, capfd, LAST)
    assert len(list(stage.unfinished.iterdir())) == 3
    web.pages[LAST] = content
    web.requested.clear()
    assert stage.run() == 0
    assert [url for url, _ in web.requested] == [LAST]
    assert not stage.unfinished.exists()


def test_an_address_limit_of_a_gigabyte_is_enough(stage_for, digits_folder):
    stage = stage_for(local=str(digits_folder))
    program = shlex.join([sys.executable, "-m", type(stage).__module__, *words_of(stage)])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -v 1000000; exec {program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert stage.train_images.read_bytes()


def relabelled(folder, contents, labels):
    """The folder with the digits' files, whose label files have other ``labels`` for 0 to 9."""
    digests = {}
    folder.mkdir()
    for file, name in FILES.items():
        content = contents[name]
        if "labels" in file:
            content = idx.encode(labels[idx.decode_labels(content, name)])
        (folder / name).write_bytes(content)
        digests[file] = hashlib.sha256(content).hexdigest()
    return digests


@pytest.mark.parametrize(
    "labels",
    [
        np.arange(1, 11, dtype=np.uint8),
        np.arange(-5, 5, dtype=np.int8),
        np.int16([2, 3, 5, 7, 300, 301, 302, 400, 500, 1000]),
        np.int32([-70_000, -1, 0, 1, 2, 3, 4, 5, 6, 70_000]),
    ],
    ids=["from one", "negative", "with gaps", "of 32 bits"],
)
def test_any_labels_are_numbered_in_ascending_order_and_keep_their_names(
    stage_for, tmp_path, contents, digits, labels
):
    digests = relabelled(tmp_path / "own", contents, labels)
    stage = replace(stage_for(local=str(tmp_path / "own")), sha256=digests)
    assert stage.run() == 0
    assert json.loads(stage.original_labels.read_text()) == labels.tolist()
    np.testing.assert_array_equal(idx.read_labels(stage.train_labels), digits["train_labels"])
    np.testing.assert_array_equal(idx.read_labels(stage.test_labels), digits["test_labels"])


def test_labels_that_number_the_classes_stay_byte_for_byte(stage_for, digits_folder, contents):
    stage = stage_for(local=str(digits_folder))
    assert stage.run() == 0
    assert gzip.decompress(stage.train_labels.read_bytes()) == contents[FILES["train-labels"]]
    assert json.loads(stage.original_labels.read_text()) == list(range(10))


def test_as_many_class_names_are_needed_as_there_are_classes(stage_for, digits_folder, capfd):
    names = [f"digit {label}" for label in range(10)]
    sentence = "data.class_names has 9 names, but the data has 10 classes, with labels from 0 to 9"
    assert_refused(stage_for(local=str(digits_folder), class_names=names[1:]), capfd, sentence)
    assert stage_for(local=str(digits_folder), class_names=names).run() == 0
