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

from project import files_below

pytestmark = pytest.mark.slow

TEXT = """# A text
<!-- reference: leaderboard -->
of long ago
<!-- end -->
between
<!-- reference: row cosface -->
<!-- end -->
<!-- reference: cost -->
<!-- end -->
"""


def publish(project):
    return subprocess.run(
        [".venv/training/bin/python", "-m", "discern", "publish"]
        + ["results/digits", "published", "TEXT.md"],
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

    text = (copied.folder / "TEXT.md").read_text()
    assert "of long ago" not in text
    assert "\nbetween\n" in text
    with (version / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["title"]: row for row in csv.DictReader(file)}
    shown = re.findall(r"^\| ([^|]+) \| (\d+) \| ([\d–]+) \| ([\d.]+) ", text, re.MULTILINE)
    assert len(shown) == len(rows) == 8
    for title, rank, epoch, accuracy in shown:
        assert rows[title]["rank"] == rank
        assert (rows[title]["epochs"] or "–") == epoch
        assert f"{100 * float(rows[title]['knn_accuracy']):.2f}" == accuracy
    total = sum(record["wall_seconds"] for record in manifest["stages"].values())
    assert re.search(rf"^\| all \| {len(manifest['stages'])} \|.*\| {total:,.0f} \|", text, re.M)
    assert f"{100 * float(rows['Large margin cosine']['map_at_r']):.2f}" in text.split("between")[1]

    before = {name: (folder / name).read_bytes() for name in names}
    assert publish(copied).returncode == 0
    assert {name: (folder / name).read_bytes() for name in files_below(folder)} == before
