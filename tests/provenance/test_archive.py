"""What is kept of a version vouches for every file of every job, and says how all was made."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from discern.errors import DiscernError
from discern.provenance import machine
from discern.provenance.archive import archive
from discern.results import Version
from provenance.finished import (
    BESIDE,
    CODE,
    JOBS,
    OUTPUTS,
    SETTINGS,
    digest,
    finish,
    write_code,
)

PROJECT = Path("project")


@pytest.fixture
def joined(finished):
    """What the manifest holds."""
    return json.loads(finished.manifest.read_text())


def test_the_manifest_vouches_for_every_file_but_itself(joined, version):
    files = [path for path in version.folder.rglob("*") if path.is_file()]
    files.remove(version.manifest)
    expected = {str(path.relative_to(version.folder)): digest(path) for path in files}
    assert joined["files"] | joined["records"] == expected
    assert set(joined["files"]) == {*OUTPUTS, *BESIDE}
    assert set(joined["records"]) == set(JOBS)


def test_the_manifest_holds_each_record_whole(joined, version):
    records = {name: json.loads((version.folder / name).read_text()) for name in JOBS}
    assert joined["stages"] == records


def test_times_are_summed_and_the_greatest_memory_is_kept(joined):
    assert joined["wall_seconds"] == pytest.approx(107.5005, abs=0.0006)  # in milliseconds
    assert joined["peak_memory_mb"] == 3000


def test_the_manifest_names_the_machine(joined):
    assert joined["machine"] == machine.describe()


def test_the_manifest_is_the_same_from_whichever_folder_it_is_made(finished, monkeypatch):
    before, here = finished.manifest.read_bytes(), Path.cwd()
    for folder, place in ((here, here / finished.folder), (finished.folder, Path())):
        monkeypatch.chdir(folder)
        finish(Version(place), here / PROJECT)
        assert Version(place).manifest.read_bytes() == before


def test_the_order_of_the_records_does_not_matter(finished):
    before = finished.manifest.read_bytes()
    records = [finished.folder / name for name in reversed(JOBS)]
    archive(finished, records, write_code(PROJECT), SETTINGS)
    assert finished.manifest.read_bytes() == before


def test_files_may_be_links_into_a_cache(finished, tmp_path):
    before = finished.manifest.read_bytes()
    (tmp_path / "cache").mkdir()
    for place, name in enumerate([*OUTPUTS, *JOBS]):
        path, kept = finished.folder / name, tmp_path / "cache" / str(place)
        path.rename(kept)
        path.symlink_to(kept)
    assert finish(finished, PROJECT).manifest.read_bytes() == before


def test_the_settings_stand_beside_the_manifest_in_their_order(finished):
    settings = yaml.safe_load(finished.configuration.read_text())
    assert settings == SETTINGS
    assert list(settings["losses"]) == ["pixels", "cosface"]


def test_the_rules_stand_beside_the_manifest_as_they_lie_in_the_project_and_no_others(finished):
    (finished.workflow / "workflow/rules/old.smk").write_text("rule old: ...")
    workflow = finish(finished, PROJECT).workflow
    copies = [path for path in workflow.rglob("*") if path.is_file()]
    assert {str(path.relative_to(workflow)) for path in copies} == set(CODE)
    for name in CODE:
        assert (workflow / name).read_bytes() == (PROJECT / name).read_bytes()


def test_the_crate_is_of_the_day_of_the_newest_record(version):
    for place, name in enumerate(JOBS):
        second = datetime(2026, 1, 10 - place, 12, tzinfo=UTC).timestamp()
        os.utime(version.folder / name, (second, second))
    graph = json.loads(finish(version, PROJECT).crate.read_text())["@graph"]
    (root,) = [entity for entity in graph if entity["@id"] == "./"]
    assert root["datePublished"] == "2026-01-10"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "does not exist"),
        (b"{", "is not JSON"),
        (b'{"inputs": {}, "outputs": {}}', "is not the record of a job"),
    ],
    ids=["missing", "cut off", "no time, no memory"],
)
def test_a_damaged_record_is_refused_and_nothing_is_written(version, content, why):
    path = version.folder / "train/cosface/0/record.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    records = [version.folder / name for name in JOBS]
    with pytest.raises(DiscernError, match=f"^{path} {why}"):
        archive(version, records, write_code(PROJECT), SETTINGS)
    assert not version.manifest.exists()
