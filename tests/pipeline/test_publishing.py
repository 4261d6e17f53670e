"""The published files of a real run are small, agree with its results, and contain no data set."""

import csv
import hashlib
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from markdown_tables import read_tables
from project import Project, files_below

pytestmark = pytest.mark.slow

TEXT = """# A text
<!-- published: leaderboard -->
of long ago
<!-- end -->
between
<!-- published: row cosface -->
<!-- end -->
<!-- published: cost -->
<!-- end -->
<!-- published: table map_at_r alignment -->
<!-- end -->
<!-- published: pairs -->
<!-- end -->
It has <!-- published: value cosface map_at_r -->much<!-- end -->.
"""


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """A project after its page was made without images and all was published."""
    folder = tmp_path_factory.mktemp("publishing") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    project = Project(folder, finished.overlay)
    (folder / "TEXT.md").write_text(TEXT)
    words = ("publish", "results/digits", "published", "TEXT.md")
    refused = project.discern(*words, environment="training")
    assert refused.returncode == 1
    assert "holds images of the data set" in refused.stderr
    assert not (folder / "published").exists()
    done = project.snakemake(overlay={"page": {"images": False}, "overwrite": True})
    assert done.returncode == 0, done.stdout[-4000:]
    done = project.discern(*words, environment="training")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def published(project):
    """The folder of what was published."""
    return project.folder / "published"


def colours(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.array(image.convert("RGB"), int)


def test_a_version_is_published_without_data_and_its_tables_go_into_texts(project, published):
    folder, version = published, project.folder / "results/digits"
    manifest = json.loads((folder / "report/manifest.json").read_text())
    hashes = manifest["files"]
    assert project.discern("verify", "published").returncode == 0
    names = set(files_below(folder))
    assert {"report/index.html", "measure/pixels/0.json", "select/cosface/0.json"} <= names
    assert {"compare/comparisons.json", "figures/gallery.png", "figures/cosface/0/map.png"} <= names
    assert not any(name.endswith((".gz", "record.json", ".svg")) for name in names)
    assert {name.split("/")[0] for name in names if name.endswith(".npz")} == {"measure", "tsne"}
    for name in names - {"report/manifest.json"}:
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == hashes[name], name
    for name in (name for name in names if name.endswith(".png")):
        before = (version / name).read_bytes()
        after = (folder / name).read_bytes()
        assert len(after) < len(before)
        assert np.abs(colours(before) - colours(after)).mean() < 2
    assert "--sheet-0:" not in (folder / "report/index.html").read_text()

    before = {name: (folder / name).read_bytes() for name in names}
    again = project.discern("publish", "results/digits", "published", environment="training")
    assert again.returncode == 0
    assert {name: (folder / name).read_bytes() for name in files_below(folder)} == before


def test_texts_say_what_the_versions_files_say(project, published):
    version = project.folder / "results/digits"
    manifest = json.loads((version / "report/manifest.json").read_text())
    pairs = json.loads((version / "compare/comparisons.json").read_text())["pairs"]["map_at_r"]
    with (version / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["title"]: row for row in csv.DictReader(file)}
    text = (project.folder / "TEXT.md").read_text()
    assert "of long ago" not in text
    assert "\nbetween\n" in text

    board, of_row, cost, table, alike = read_tables(text)
    assert [line["row"] for line in board] == list(rows) == [line["row"] for line in table]
    assert len(rows) == 8
    for line in board:
        row = rows[line["row"]]
        assert line["k-NN accuracy"].startswith(f"{100 * float(row['knn_accuracy']):.2f} ")
    for line in table:
        row = rows[line["row"]]
        assert line["MAP@R"].startswith(f"{100 * float(row['map_at_r']):.2f} ")
        assert line["alignment"].startswith(f"{float(row['alignment']):.3f}")
    cosface = rows["Large margin cosine"]
    assert of_row[0]["epoch"] == cosface["epochs"]
    assert of_row[0]["variance ratio"].startswith(f"{float(cosface['variance_ratio']):.3f}")
    expected = f"{100 * float(cosface['map_at_r']):.2f} %"
    assert f"It has <!-- published: value cosface map_at_r -->{expected}<!-- end -->.\n" in text
    assert '<img src="published/figures/cosface/0/map.png" alt="Map of Large' in text

    labels = {row["label"]: title for title, row in rows.items()}
    same = {
        frozenset((p["first"], p["second"])) for p in pairs if (p["over_images"]["p"] or 0) > 0.05
    }
    for line in alike:
        others = set(line["not significantly different from"].split("; ")) - {"–"}
        label = rows[line["row"]]["label"]
        assert others == {labels[b] for b in labels if frozenset((label, b)) in same}

    jobs = manifest["stages"].values()
    for line in cost:
        of_stage = [job for job in jobs if line["stage"] in (job["stage"], "all")]
        assert int(line["jobs"]) == len(of_stage)
        assert line["wall s, all"] == f"{sum(job['wall_seconds'] for job in of_stage):,.0f}"
        assert line["peak MB"] == f"{max(job['peak_memory_mb'] for job in of_stage):,}"
    assert {line["stage"] for line in cost} == {job["stage"] for job in jobs} | {"all"}
    assert f"\n{manifest['machine']}\n" in text
