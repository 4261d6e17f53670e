"""What is published of a version is small, says what its files say, and replaces nothing else."""

import io
from dataclasses import asdict

import numpy as np
import pytest
import yaml
from PIL import Image

from discern.errors import DiscernError
from discern.files import files_below, read_json, sha256
from discern.provenance.manifest import read_manifest
from discern.publishing import publication
from discern.publishing.blocks import filled_file
from discern.publishing.publication import publish
from discern.results import Version
from page_inputs import ROWS, write_version
from plain_files import write_bytes, write_json

TEXT = "before\n<!-- docs: leaderboard -->\nold\n<!-- end -->\nafter\n"

PUBLISHED = """
measure/pixels/0.json measure/cosface/3.json measure/cosface/7.json measure/softmax/3.json
select/cosface/3.json select/cosface/7.json select/softmax/3.json
compare/comparisons.json split/split.json
figures/pixels/0/map.png figures/cosface/3/map.png figures/softmax/3/map.png
report/leaderboard.csv report/leaderboard.md report/config.yaml report/index.html
report/manifest.json
"""


@pytest.fixture
def version(tmp_path):
    """A finished version whose page has no images."""
    version = write_version(tmp_path / "results/full")
    for ending in ("csv", "md"):
        write_bytes(version.leaderboard(ending), b"a board\n")
    write_bytes(version.page, b"<!doctype html>\n")
    write_bytes(version.figure("pixels", 0, "map", "svg"), b"<svg/>\n")
    configuration = yaml.safe_dump({"page": {"images": False}})
    write_bytes(version.configuration, configuration.encode())
    write_json(version.split_summary.with_name("record.json"), {"stage": "split"})
    finish(version)
    return version


def finish(version):
    """Write the manifest that vouches for all files as they are."""
    manifest = {"machine": "a machine", "records": {}, "files": {}}
    for path in set(files_of(version)) - {version.manifest}:
        kind = "records" if path.name == "record.json" else "files"
        manifest[kind][path.relative_to(version.folder).as_posix()] = sha256(path)
    rows = {"parameters": {"rows": [asdict(row) for row in ROWS]}, "stage": "report", "inputs": {}}
    manifest["stages"] = {"report/record.json": rows}
    write_json(version.manifest, manifest)


@pytest.fixture
def docs(tmp_path):
    return Version(tmp_path / "docs")


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "TEXT.md"
    path.write_text(TEXT)
    return path


def files_of(version):
    return files_below(version.folder)


def contents(folder):
    """The hash of each file below ``folder``."""
    return {path: sha256(path) for path in files_below(folder)}


def colours(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.array(image.convert("RGB"), int)


def test_a_version_is_published_without_data_records_and_weights(version, docs):
    assert publish(version, docs, []) == []
    names = {path.relative_to(docs.folder).as_posix() for path in files_of(docs)}
    assert names == set(PUBLISHED.split())


def test_files_are_those_that_the_manifest_vouches_for_and_pictures_look_alike(version, docs):
    publish(version, docs, [])
    hashes = read_manifest(docs)["files"]
    for path in files_of(docs):
        name = path.relative_to(docs.folder)
        original = version.folder / name
        if path.suffix == ".png":
            assert np.abs(colours(original.read_bytes()) - colours(path.read_bytes())).max() < 2
        elif path != docs.manifest:
            assert sha256(path) == hashes[name.as_posix()]
    assert read_json(docs.manifest) == read_json(version.manifest)


def test_a_published_version_says_in_texts_what_the_version_says(version, docs, text):
    publish(version, docs, [text])
    filled = text.read_text()
    assert filled.startswith("before\n<!-- docs: leaderboard -->\n| row | seeds | beaten by |")
    assert filled.endswith("on other images.\n<!-- end -->\nafter\n")
    assert filled_file(text, docs, docs) == filled


def test_publishing_again_makes_good_what_was_interrupted_or_changed(version, docs):
    publish(version, docs, [])
    before = contents(docs.folder)
    for path in before.keys() - {docs.manifest, docs.page}:
        path.unlink()
    docs.page.write_text("changed")
    for _ in range(2):
        publish(version, docs, [])
        assert contents(docs.folder) == before


def test_what_the_version_no_longer_has_is_no_longer_published(version, docs):
    publish(version, docs, [])
    drawing = version.figure("pixels", 0, "map", "png")
    drawing.unlink()
    finish(version)
    publish(version, docs, [])
    assert not (docs.folder / drawing.relative_to(version.folder)).exists()


def test_a_page_that_is_too_large_stays_behind_and_is_named(version, docs):
    version.page.write_bytes(b"x" * 15_000_001)
    finish(version)
    (sentence,) = publish(version, docs, [])
    assert sentence == "report/index.html has 15,000,001 bytes and is not published"
    assert not docs.page.exists()


def refused(message, version, docs, texts=()):
    """Publishing raises what matches ``message`` and changes nothing."""
    around = docs.folder.parent
    before = contents(around)
    with pytest.raises((DiscernError, OSError), match=message):
        publish(version, docs, texts)
    assert contents(around) == before


def test_a_page_with_images_is_refused(version, docs):
    version.configuration.write_text("page: {images: true}\n")
    refused(r"index\.html holds images of the data set; run it again", version, docs)


def test_a_version_without_settings_or_manifest_is_refused(version, docs):
    version.configuration.unlink()
    refused(r"config\.yaml is missing; run snakemake", version, docs)
    version.manifest.unlink()
    refused(r"manifest\.json does not exist", version, docs)


def test_a_file_of_the_version_that_was_changed_is_refused(version, docs, text):
    path = version.measures("cosface", 3)
    path.write_text(path.read_text().replace("0.9", "0.8", 1))
    sentence = f"{path} has changed since it was made; delete it and run snakemake"
    refused(sentence, version, docs, [text])


@pytest.mark.parametrize("name", ["notes.txt", "figures/notes.png", "measure/pixels/1.json"])
def test_a_foreign_file_in_the_folder_is_refused(version, docs, text, name):
    publish(version, docs, [])
    write_bytes(docs.folder / name, b"mine")
    refused(rf"{name} is not a published file; choose a folder", version, docs, [text])


def test_what_nothing_was_published_in_is_refused(version, docs, text):
    write_bytes(docs.measures("pixels", 0), b"mine")
    refused(r"pixels/0\.json is not a published file", version, docs)
    refused(r"TEXT\.md is not a published file", version, Version(text))


def test_one_text_that_is_wrong_keeps_everything_as_it_was(version, docs, text, tmp_path):
    wrong = tmp_path / "WRONG.md"
    refused(r"No such file.*WRONG\.md", version, docs, [text, wrong])
    wrong.write_text("\n<!-- docs: row cosfase -->\n<!-- end -->\n")
    refused(r"WRONG\.md:2: full can't answer 'row cosfase'", version, docs, [text, wrong])
    assert text.read_text() == TEXT


def test_the_manifest_is_written_first(version, docs, monkeypatch):
    written, write = [], publication.write_bytes

    def noticed(path, content):
        written.append(path)
        write(path, content)

    monkeypatch.setattr(publication, "write_bytes", noticed)
    publish(version, docs, [])
    assert written[0] == docs.manifest
    assert set(written) == set(files_of(docs))
