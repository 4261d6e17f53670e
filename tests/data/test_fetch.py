"""Each file is taken from the first source that has it whole, and what was fetched is kept."""

import gzip
import hashlib
import re

import numpy as np
import pytest

from discern.data import fetch, idx
from discern.data.sources import FILES, Source
from discern.errors import DiscernError

LABELS = np.array([0, 2, 1], np.uint8)
CONTENTS = {
    file: idx.encode(LABELS if "labels" in file else np.full((3, 2, 2), place, np.uint8))
    for place, file in enumerate(FILES)
}
SHA256 = {file: hashlib.sha256(content).hexdigest() for file, content in CONTENTS.items()}
GZIPPED = {file: gzip.compress(content, mtime=0) for file, content in CONTENTS.items()}
SHA256_GZIPPED = {file: hashlib.sha256(content).hexdigest() for file, content in GZIPPED.items()}
LAST = list(FILES)[-1]


class Shelf:
    """A source of the ``files`` that it is given; it counts what it is asked for."""

    def __init__(self, name, files):
        self.files, self.asked = dict(files), []
        self.source = Source(name, (self.fetch,))

    def fetch(self, file):
        self.asked.append(file)
        if file not in self.files:
            raise DiscernError(f"there is no {file}")
        if isinstance(self.files[file], Exception):
            raise self.files[file]
        return self.files[file]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Fetches from shelves; ``run.warnings`` are the sentences that were logged."""

    def run(*shelves, sha256=SHA256):
        return fetch.fetch_all([shelf.source for shelf in shelves], sha256, run.unfinished)

    run.unfinished, run.warnings = tmp_path / ".download", []
    monkeypatch.setattr(fetch.log, "warning", lambda text, *of: run.warnings.append(text % of))
    return run


def lacking(file, files=CONTENTS):
    """The files without one."""
    return {name: content for name, content in files.items() if name != file}


@pytest.mark.parametrize("files", [CONTENTS, GZIPPED], ids=["plain", "gzipped"])
def test_all_files_are_taken_from_the_first_source_decompressed(run, files):
    first, second = Shelf("first", files), Shelf("second", files)
    assert run(first, second) == (CONTENTS, dict.fromkeys(FILES, "first"))
    assert second.asked == []
    assert run.warnings == []


def test_the_next_source_is_asked_for_what_the_first_lacks_alone(run):
    second = Shelf("second", CONTENTS)
    contents, origins = run(Shelf("first", lacking(LAST)), second)
    assert contents == CONTENTS
    assert origins == dict.fromkeys(FILES, "first") | {LAST: "second"}
    assert second.asked == [LAST]
    assert run.warnings == [f"download: nothing from first (there is no {LAST})"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (idx.encode(LABELS + 1), "has SHA-256"),
        (gzip.compress(b"<html>"), "has SHA-256"),
        (b"\x1f\x8b\x08", "is a damaged gzip file"),
    ],
    ids=["another content", "another file", "a damaged file"],
)
def test_wrong_bytes_are_refused_by_the_names_of_file_and_source(run, content, reason):
    origins = run(Shelf("first", CONTENTS | {LAST: content}), Shelf("second", CONTENTS))[1]
    assert origins[LAST] == "second"
    (warning,) = run.warnings
    assert re.search(rf"nothing from first \(.*{FILES[LAST]} {reason}", warning)


def test_a_file_may_be_known_by_the_hash_of_its_gzipped_form(run):
    one = SHA256 | {LAST: SHA256_GZIPPED[LAST]}
    assert run(Shelf("first", GZIPPED), sha256=one)[0] == CONTENTS


def test_another_container_is_refused_where_the_gzipped_form_is_known(run):
    others = {file: gzip.compress(content, 1, mtime=1) for file, content in CONTENTS.items()}
    with pytest.raises(DiscernError, match=r"has SHA-256 .* but "):
        run(Shelf("first", others), sha256=SHA256_GZIPPED)


def test_where_no_source_has_all_files_each_is_named_with_its_reason(run):
    first, second = Shelf("first", {}), Shelf("second", dict.fromkeys(FILES, b"<html>"))
    reasons = r"first \(there is no train-images\); second \(the content of train-images"
    with pytest.raises(DiscernError, match=rf"no source has the data: {reasons}.*DISCERN_DATA"):
        run(first, second)


def test_with_no_source_that_is_said(run):
    with pytest.raises(DiscernError, match="no source has the data: none is configured"):
        run()


@pytest.mark.parametrize("known", [SHA256, SHA256_GZIPPED], ids=["by content", "by file"])
def test_what_an_interrupted_run_has_fetched_is_not_fetched_again(run, known):
    with pytest.raises(DiscernError):
        run(Shelf("first", lacking(LAST, GZIPPED)), sha256=known)
    second = Shelf("second", GZIPPED)
    contents, origins = run(second, sha256=known)
    assert contents == CONTENTS
    assert second.asked == [LAST]
    assert origins == dict.fromkeys(FILES, "an interrupted run") | {LAST: "second"}


def test_what_an_interrupted_run_has_damaged_is_fetched_again(run):
    with pytest.raises(DiscernError):
        run(Shelf("first", lacking(LAST)))
    kept = run.unfinished / FILES["train-images"]
    kept.write_bytes(kept.read_bytes()[:-1])
    contents, origins = run(Shelf("second", CONTENTS))
    assert contents == CONTENTS
    assert origins["train-images"] == "second"


def test_content_is_checked_by_its_sha256():
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fetch.checked(b"abc", digest, "it") == b"abc"  # FIPS 180-2, appendix B.1
    assert fetch.checked(gzip.compress(b"abc"), digest, "it") == b"abc"
    with pytest.raises(DiscernError, match=rf"it has SHA-256 {digest} .* but 000000000000… is"):
        fetch.checked(b"abc", "0" * 64, "it")


@pytest.mark.parametrize(
    "error", [OSError("no bundle"), ValueError("null byte"), MemoryError(), RecursionError("deep")]
)
def test_whatever_a_source_raises_is_its_own_failure_and_the_next_one_is_taken(run, error):
    origins = run(Shelf("first", CONTENTS | {LAST: error}), Shelf("second", CONTENTS))[1]
    assert origins == dict.fromkeys(FILES, "first") | {LAST: "second"}
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    assert run.warnings == [f"download: nothing from first ({said})"]


def test_what_can_not_be_kept_is_no_failure_of_a_source(run):
    run.unfinished.parent.joinpath(run.unfinished.name).write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        run(Shelf("first", CONTENTS))
    assert run.warnings == []


def test_a_source_may_have_a_file_in_two_ways(run):
    first, second = Shelf("first", {LAST: b"\x1f\x8b\x08"}), Shelf("second", CONTENTS)
    both = Source("both", (first.fetch, second.fetch))
    first.source = both
    assert run(first) == (CONTENTS, dict.fromkeys(FILES, "both"))
    second.files = {}
    with pytest.raises(
        DiscernError, match=r"both \(there is no train-images, and there is no train-"
    ):
        fetch.fetch_all([both], SHA256, run.unfinished.with_name("another"))
