"""What is published of a version is small, says what its files say, and replaces nothing else."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import yaml
from PIL import Image

from discern.files import read_arrays
from discern.maps.map import read_map
from discern.maps.rounded import read_rounded
from discern.provenance.manifest import read_manifest, verify
from discern.publishing import publication
from discern.publishing.blocks import filled_file
from discern.publishing.compact import compact_arrays
from discern.publishing.publication import publish
from discern.ranking.outcomes import read_counted, read_outcomes
from discern.results import Version
from plain_files import write_arrays, write_bytes
from publishing.publishable import SETTINGS, TEXT, contents, files_of, finish, refused
from samples import COSFACE, PIXELS, SOFTMAX

PUBLISHED = """
measure/pixels/0.json measure/cosface/3.json measure/cosface/7.json measure/softmax/3.json
measure/pixels/0.npz measure/cosface/3.npz measure/cosface/7.npz measure/softmax/3.npz
tsne/pixels/0.npz tsne/cosface/3.npz tsne/cosface/7.npz tsne/softmax/3.npz
train/cosface/3/history.csv train/cosface/7/history.csv train/softmax/3/history.csv
select/cosface/3.json select/cosface/7.json select/softmax/3.json
compare/comparisons.json compare/mistakes.csv split/split.json download/labels.json
figures/pixels/0/map.png figures/cosface/3/map.png figures/softmax/3/map.png
figures/pixels/0/distances.csv figures/cosface/3/distances.csv figures/softmax/3/distances.csv
figures/separation.png
report/leaderboard.csv report/leaderboard.md report/config.yaml report/index.html
report/manifest.json
"""


def colours(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.array(image.convert("RGB"), int)


def test_a_version_is_published_without_data_records_and_weights(version, docs):
    assert publish(version, docs, []) == []
    names = {path.relative_to(docs.folder).as_posix() for path in files_of(docs)}
    assert names == set(PUBLISHED.split())


def test_published_files_say_what_those_of_the_version_say(version, docs):
    publish(version, docs, [])
    for path in set(files_of(docs)) - {docs.manifest}:
        content, original = (
            (each.folder / path.relative_to(docs.folder)).read_bytes() for each in (docs, version)
        )
        if path.suffix == ".png":
            assert np.abs(colours(original) - colours(content)).max() < 2
        elif path.suffix == ".json":
            assert json.loads(content) == json.loads(original)
        elif path.suffix != ".npz":
            assert content == original


def test_the_outcomes_of_a_publication_are_exactly_those_that_are_read_of_the_version(
    version, docs
):
    silhouette = np.sin(np.arange(200, dtype=np.float32))
    silhouette[5] = np.nan
    arrays = read_arrays(version.outcomes("cosface", 7)) | {"silhouette": silhouette}
    write_arrays(version.outcomes("cosface", 7), arrays)
    finish(version)
    publish(version, docs, [])
    first, second = (read_outcomes(each.outcomes("cosface", 7)) for each in (version, docs))
    np.testing.assert_array_equal(second.labels, first.labels, strict=True)
    np.testing.assert_array_equal(second.predictions, first.predictions, strict=True)
    assert list(second.measures) == list(first.measures) == ["knn_accuracy", "silhouette"]
    for name, values in first.measures.items():
        np.testing.assert_array_equal(second.measures[name], values, strict=True)


def test_published_maps_look_as_they_were(version, docs):
    arrays = read_arrays(version.embeddings("softmax", 3, "test"))
    in_plane = replace(SOFTMAX, map="embedding")
    finish(version, [PIXELS, COSFACE, in_plane])
    publish(version, docs, [])
    drawn, embedded = (read_rounded(docs.map(row.label, 3)) for row in (COSFACE, SOFTMAX))
    original = read_map(version.map("cosface", 3))
    width = np.ptp(original.points)
    np.testing.assert_allclose(drawn.points, original.points, atol=width / 2000)
    assert drawn.kl_divergence == original.kl_divergence
    assert embedded.is_embedding
    width = np.ptp(arrays["embeddings"])
    np.testing.assert_allclose(embedded.points, arrays["embeddings"], atol=width / 2000)
    np.testing.assert_array_equal(embedded.labels, arrays["labels"], strict=True)


def test_a_publication_can_be_verified_and_keeps_the_records_of_all_jobs(version, docs):
    publish(version, docs, [])
    assert verify(docs) == []
    published, original = read_manifest(docs), read_manifest(version)
    assert published["stages"] == original["stages"]
    assert published["machine"] == original["machine"]
    names = {path.relative_to(docs.folder).as_posix() for path in files_of(docs)}
    assert published["files"].keys() == names - {"report/manifest.json"}
    docs.measures("pixels", 0).write_text("{}")
    docs.outcomes("softmax", 3).unlink()
    assert verify(docs) == [
        f"{docs.measures('pixels', 0)} has changed",
        f"{docs.outcomes('softmax', 3)} is missing",
    ]


def test_ten_thousand_images_take_few_bytes(tmp_path):
    random = np.random.default_rng(0)
    labels = random.integers(10, size=10_000).astype(np.int16)
    values = random.beta(8, 1, size=(4, 10_000)).astype(np.float32)
    names = ["map_at_r", "r_precision", "silhouette", "equal_error_rate"]
    outcomes = {"labels": labels, "predictions": labels, **dict(zip(names, values, strict=True))}
    outcomes |= {f"own_{name}": outcomes[name] for name in ("map_at_r", "silhouette")}
    write_arrays(tmp_path / "0.npz", outcomes)
    assert len(compact_arrays(read_counted(tmp_path / "0.npz"))) < 50_000


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
    drawing = version.sheet("separation", "png")
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


def test_a_page_with_images_is_refused(version, docs):
    version.configuration.write_text(yaml.safe_dump(SETTINGS | {"page": {"images": True}}))
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


def test_a_file_of_the_version_that_is_missing_is_refused(version, docs, text):
    path = version.history("cosface", 3)
    path.unlink()
    refused(f"{path} is missing; run snakemake to have it made again", version, docs, [text])


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
