"""A publication gets further rows and seeds, and loses none."""

from dataclasses import replace

import pytest
import yaml

from discern.files import sha256
from discern.provenance.manifest import read_manifest, verify
from discern.publishing.publication import publish
from discern.results import Version
from plain_files import write_json
from publishing.publishable import SETTINGS, contents, files_of, finish, refused
from samples import COSFACE, PIXELS, SOFTMAX


def with_settings(version, change):
    """Have ``version`` made with other settings."""
    version.configuration.write_text(yaml.safe_dump(SETTINGS | change))
    finish(version)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"training": {"epochs": 3}},
            r"with training\.epochs 100, not 3; publish .*full in another",
        ),
        ({"losses": {"cosface": {"margin": 0.5}}}, r"with losses\.cosface\.margin 0\.35, not 0\.5"),
        (
            {"data": {"sha256": {"t10k-images": "b"}}},
            r"with data\.sha256\.t10k-images aaa.*, not b",
        ),
    ],
)
def test_other_settings_under_a_published_label_are_refused(version, docs, text, change, sentence):
    publish(version, docs, [])
    with_settings(version, change)
    refused(f"docs was published {sentence}", version, docs, [text])


def test_new_titles_rows_and_seeds_are_added(version, docs):
    publish(version, docs, [])
    losses = SETTINGS["losses"] | {"softmax": {"title": "Mine"}, "arcface": {"scale": 64}}
    with_settings(version, {"losses": losses, "seeds": [3, 7]})
    assert publish(version, docs, []) == []


def test_what_is_published_is_never_lost(version, docs, text):
    publish(version, docs, [])
    finish(version, [PIXELS, replace(COSFACE, seeds=(3,)), SOFTMAX])
    sentence = r"docs has seed 7 of cosface, which .*full lacks; run it with `baseline: .*docs`"
    refused(sentence, version, docs, [text])
    finish(version, [PIXELS, COSFACE])
    refused("docs has seed 3 of softmax", version, docs, [text])


def test_published_trainings_are_taken_over_with_the_records_of_their_jobs(version, docs, tmp_path):
    publish(version, docs, [])
    manifest = read_manifest(docs)
    record = {"wall_seconds": 1000, "peak_memory_mb": 1, "stage": "train", "parameters": {}}
    record |= {"inputs": {}, "outputs": {}}
    old = {"train/cosface/3/record.json": record, "train/softmax/3/record.json": record}
    write_json(docs.manifest, manifest | {"stages": manifest["stages"] | old})
    before = contents(docs.folder)
    for path in (version.measures("cosface", 3), version.outcomes("cosface", 3)):
        path.unlink()
    published = replace(COSFACE, published={"3": str(docs.folder)})
    finish(version, [PIXELS, published, SOFTMAX])
    again = Version(tmp_path / "again")
    for target in (docs, again):
        publish(version, target, [])
        assert verify(target) == []
        files = {path.relative_to(target.folder) for path in files_of(target)}
        assert files == {path.relative_to(docs.folder) for path in before}
    for path in before.keys() - {docs.manifest}:
        assert sha256(path) == before[path], path
    stages = read_manifest(again)["stages"]
    assert stages.keys() == {"report/record.json", "train/cosface/3/record.json"}
    assert read_manifest(again)["wall_seconds"] == 1001.5
    rows = stages["report/record.json"]["parameters"]["rows"]
    assert [row["published"] for row in rows] == [{}, {}, {}]
