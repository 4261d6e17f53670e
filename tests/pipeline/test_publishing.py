"""What is published of a real run is small, says what its files say, and holds no data set."""

import csv
import hashlib
import io
import json
import re
import subprocess

import numpy as np
import pytest
from PIL import Image

from markdown_tables import read_tables
from project import files_below

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


def publish(project, target="published", texts=("TEXT.md",)):
    return subprocess.run(
        [".venv/training/bin/python", "-m", "discern", "publish"]
        + ["results/digits", target, *texts],
        cwd=project.folder,
        env=project.clean_environment() | {"PYTHONPATH": "workflow"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def published(copied):
    """The project after its page was made without images and all was published."""
    (copied.folder / "TEXT.md").write_text(TEXT)
    refused = publish(copied)
    assert refused.returncode == 1
    assert "holds images of the data set" in refused.stderr
    assert not (copied.folder / "published").exists()
    done = copied.snakemake(overlay={"page": {"images": False}, "overwrite": True})
    assert done.returncode == 0, done.stdout[-4000:]
    done = publish(copied)
    assert done.returncode == 0, done.stderr
    return copied.folder / "published"


def contents(folder):
    """The hash of each text, measure and figure below ``folder``, by its name."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in files_below(folder)
        if name.endswith((".md", ".json", ".png", ".html"))
    }


def colours(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.array(image.convert("RGB"), int)


def test_a_version_is_published_without_data_and_its_tables_go_into_texts(copied, published):
    folder, version = published, copied.folder / "results/digits"
    manifest = json.loads((folder / "report/manifest.json").read_text())
    hashes = manifest["files"]
    names = set(files_below(folder))
    assert {"report/index.html", "measure/pixels/0.json", "select/cosface/0.json"} <= names
    assert {"compare/comparisons.json", "figures/gallery.png", "figures/curves.svg"} <= names
    assert not any(name.endswith((".npz", ".gz", "record.json")) for name in names)
    for name in names - {"report/manifest.json"}:
        content = (folder / name).read_bytes()
        if not name.endswith(".png"):
            assert hashlib.sha256(content).hexdigest() == hashes[name], name
    for name in (name for name in names if name.endswith(".png")):
        before = (version / name).read_bytes()
        after = (folder / name).read_bytes()
        assert len(after) < len(before)
        assert np.abs(colours(before) - colours(after)).mean() < 2
    assert "--sheet-0:" not in (folder / "report/index.html").read_text()

    before = {name: (folder / name).read_bytes() for name in names}
    assert publish(copied).returncode == 0
    assert {name: (folder / name).read_bytes() for name in files_below(folder)} == before


def test_texts_say_what_the_versions_files_say(copied, published):
    version = copied.folder / "results/digits"
    manifest = json.loads((version / "report/manifest.json").read_text())
    pairs = json.loads((version / "compare/comparisons.json").read_text())["pairs"]
    with (version / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["title"]: row for row in csv.DictReader(file)}
    text = (copied.folder / "TEXT.md").read_text()
    assert "of long ago" not in text
    assert "\nbetween\n" in text

    board, of_row, cost, table, alike = read_tables(text)
    assert [line["row"] for line in board] == list(rows) == [line["row"] for line in table]
    assert len(rows) == 8
    for line in board:
        row = rows[line["row"]]
        assert line["rank"] == row["rank"]
        assert line["epoch"] == (row["epochs"] or "–")
        assert line["k-NN accuracy"].startswith(f"{100 * float(row['knn_accuracy']):.2f} ")
    for line in table:
        row = rows[line["row"]]
        assert line["MAP@R"].startswith(f"{100 * float(row['map_at_r']):.2f} ")
        assert line["alignment"].startswith(f"{float(row['alignment']):.3f}")
    cosface = rows["Large margin cosine"]
    assert of_row[0]["epoch"] == cosface["epochs"]
    assert of_row[0]["silhouette"].startswith(f"{float(cosface['silhouette']):.3f}")
    expected = f"{100 * float(cosface['map_at_r']):.2f} %"
    assert f"It has <!-- published: value cosface map_at_r -->{expected}<!-- end -->.\n" in text
    assert '<img src="published/figures/cosface/0/map.png" alt="Map of Large' in text

    labels = {row["label"]: title for title, row in rows.items()}
    same = {frozenset((p["first"], p["second"])) for p in pairs if p["adjusted_p"] >= 0.05}
    for line in alike:
        others = set(line["can't be told from"].split("; ")) - {"–"}
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


def test_nothing_is_published_over_something_else(copied, published):
    (published / "figures/notes.png").write_bytes(b"of mine")
    for target in ("results/digits", "workflow", "published", "TEXT.md"):
        before = contents(copied.folder)
        refused = publish(copied, target)
        assert refused.returncode == 1
        assert re.fullmatch(
            rf"discern: {target}\S* was not published there; name a folder that there is not yet\n",
            refused.stderr,
        )
        assert contents(copied.folder) == before


def test_a_publication_that_was_interrupted_is_done_again(copied, published):
    before = contents(published)
    for name in before.keys() - {"report/manifest.json"}:
        (published / name).unlink()
    assert publish(copied).returncode == 0
    assert contents(published) == before


def test_what_is_not_as_it_was_made_is_not_published(copied, published):
    measures = copied.folder / "results/digits/measure/cosface/0.json"
    changed = measures.read_text().replace("0.9", "0.99", 1)
    measures.unlink()  # other tests' copies are the same file
    measures.write_text(changed)
    before = contents(published)
    refused = publish(copied)
    assert refused.returncode == 1
    assert refused.stderr == (
        "discern: results/digits/measure/cosface/0.json is not as it was made; delete it and run "
        "snakemake\n"
    )
    assert contents(published) == before


def test_one_text_that_is_wrong_keeps_everything_as_it_was(copied, published):
    (copied.folder / "TEXT.md").write_text("<!-- published: pairs -->\nold\n<!-- end -->\n")
    wrong = copied.folder / "WRONG.md"
    requests = ("row cosfase", "table knn_acuracy", "table", "pairs of all", "value pixels margin")
    for request in (*requests, "value pixels classifier_accuracy"):
        wrong.write_text(f"\n<!-- published: {request} -->\n<!-- end -->\n")
        before = contents(copied.folder)
        refused = publish(copied, texts=("TEXT.md", "WRONG.md"))
        assert refused.returncode == 1
        assert refused.stderr.startswith(
            f"discern: WRONG.md:2: digits has nothing to say to '{request}'; ask for leaderboard"
        )
        assert contents(copied.folder) == before
    wrong.unlink()
    refused = publish(copied, texts=("TEXT.md", "WRONG.md"))
    assert refused.returncode == 1
    assert refused.stderr == "discern: WRONG.md: No such file or directory\n"
