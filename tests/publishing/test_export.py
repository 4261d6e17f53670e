"""What is exported says the same in the formats of other programs."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import yaml

from discern.errors import Damaged, DiscernError
from discern.files import read_arrays
from discern.publishing.export import export_embeddings, export_leaderboard
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from page_inputs import LABELS, QUERIES, ROWS, points_of, predictions_of
from plain_files import write_arrays, write_bytes, write_json
from programs import run_program
from publishing.ranked_version import write_ranked

COSFACE = replace(ROWS[1], seeds=ROWS[1].seeds[:1])
NAMES = ["zero", "one\ttab", "two\nlines", *"3456789"]


@pytest.fixture
def version(tmp_path):
    """A finished version whose classes have names."""
    version = write_ranked(tmp_path / "full")
    settings = {"data": {"class_names": NAMES}, "evaluation": {"queries": "test"}}
    write_bytes(version.configuration, yaml.safe_dump(settings).encode())
    return version


def test_the_leaderboard_is_that_of_the_report_in_three_formats(version, tmp_path):
    ranked, folder = Ranked(version), tmp_path / "out"
    written = list(export_leaderboard(ranked, folder))
    assert written == [folder / f"leaderboard.{ending}" for ending in ("csv", "md", "tex")]
    as_csv, as_markdown, as_latex = (path.read_text(encoding="utf-8") for path in written)
    labels = [row["label"] for row in csv.DictReader(io.StringIO(as_csv))]
    assert labels == ["cosface", "softmax", "pixels"]
    assert as_markdown == leaderboard.as_markdown(ranked.lines, ranked.headline)
    assert as_latex == leaderboard.as_latex(ranked.lines, ranked.headline)


def test_vectors_are_the_embeddings_and_metadata_says_whose_they_are(version, tmp_path):
    folder = tmp_path / "out/cosface/3"
    vectors, metadata, table = export_embeddings(version, COSFACE, tmp_path / "out")
    assert (vectors, metadata) == (folder / "vectors.tsv", folder / "metadata.tsv")
    assert table == folder / "embeddings.parquet"
    embeddings = read_arrays(version.embeddings("cosface", 3, "test"))["embeddings"]
    read = np.loadtxt(vectors, dtype=np.float32, delimiter="\t")
    np.testing.assert_array_equal(read, embeddings, strict=True)
    head, *lines = [line.split("\t") for line in metadata.read_text().splitlines()]
    assert head == ["image", "class", "nearest neighbours"]
    names = [" ".join(name.split()) for name in NAMES]
    expected = zip(QUERIES, LABELS, predictions_of(1), strict=True)
    assert lines == [[str(n), names[label], names[vote]] for n, label, vote in expected]


def test_a_table_has_vectors_points_and_metadata_of_each_image(version, tmp_path):
    *_, path = export_embeddings(version, COSFACE, tmp_path)
    table = pyarrow.parquet.read_table(path)
    columns = table.to_pydict()
    assert columns["image"] == QUERIES.tolist()
    assert columns["class"] == [NAMES[label] for label in LABELS]
    assert columns["nearest neighbours"] == [NAMES[label] for label in predictions_of(1)]
    np.testing.assert_array_equal(np.transpose([columns["x"], columns["y"]]), points_of(1))
    assert table.schema.field("vector").type == pyarrow.list_(pyarrow.float32(), 2)
    embeddings = read_arrays(version.embeddings("cosface", 3, "test"))["embeddings"]
    np.testing.assert_array_equal(np.float32(columns["vector"]), embeddings, strict=True)


def test_a_table_without_a_map_has_no_points(version, tmp_path):
    version.map("cosface", 3).unlink()
    *_, path = export_embeddings(version, replace(COSFACE, map="none"), tmp_path)
    names = pyarrow.parquet.read_table(path).column_names
    assert names == ["image", "class", "nearest neighbours", "vector"]


def test_snakemakes_environment_exports_everything(version, tmp_path):
    command = Path(__file__).parents[2] / ".venv/snakemake/bin/discern"
    done = run_program(command, "export", version.folder, tmp_path / "out", "softmax")
    assert (done.returncode, done.stderr) == (0, "")
    *_, path = map(Path, done.stdout.splitlines())
    assert path == tmp_path / "out/softmax/3/embeddings.parquet"
    embeddings = read_arrays(version.embeddings("softmax", 3, "test"))["embeddings"]
    vectors = pyarrow.parquet.read_table(path).column("vector").to_pylist()
    np.testing.assert_array_equal(np.float32(vectors), embeddings, strict=True)


def test_without_names_classes_are_called_by_the_data_sets_labels(version, tmp_path):
    settings = {"data": {"class_names": None}, "evaluation": {"queries": "test"}}
    write_bytes(version.configuration, yaml.safe_dump(settings).encode())
    write_json(version.original_labels, list(range(100, 110)))
    _, metadata, _ = export_embeddings(version, COSFACE, tmp_path)
    assert metadata.read_text().splitlines()[1].split("\t")[1] == str(100 + LABELS[0])


def test_each_seed_of_a_row_is_exported_from_its_own_files(version, tmp_path):
    for file in (version.outcomes, version.map):
        write_arrays(file("cosface", 7), read_arrays(file("cosface", 3)))
    embeddings = read_arrays(version.embeddings("cosface", 3, "test"))
    write_arrays(version.embeddings("cosface", 7, "test"), embeddings)
    names = [path.relative_to(tmp_path) for path in export_embeddings(version, ROWS[1], tmp_path)]
    assert [str(name) for name in names] == [
        f"cosface/{seed}/{kind}"
        for seed in (3, 7)
        for kind in ("vectors.tsv", "metadata.tsv", "embeddings.parquet")
    ]


def test_of_a_published_training_there_is_nothing_to_export(version, tmp_path):
    published = replace(COSFACE, published={"3": "docs/scarce"})
    sentence = r"docs/scarce/embed/cosface/3/test\.npz does not exist; a published version holds no"
    with pytest.raises(DiscernError, match=sentence):
        list(export_embeddings(version, published, tmp_path))


@pytest.mark.parametrize("kind", ["outcomes", "map"])
def test_files_of_other_images_are_named(version, tmp_path, kind):
    path = getattr(version, kind)("cosface", 3)
    arrays = read_arrays(path)
    arrays["labels"] = arrays["labels"][::-1]
    write_arrays(path, arrays)
    with pytest.raises(Damaged, match=rf"{path} holds other images than .*test\.npz"):
        list(export_embeddings(version, COSFACE, tmp_path))


def test_embeddings_without_the_numbers_of_their_images_are_named(version, tmp_path):
    path = version.embeddings("cosface", 3, "test")
    write_arrays(path, read_arrays(path) | {"indices": QUERIES[1:]})
    with pytest.raises(Damaged, match=r"test\.npz holds the numbers of 199 images, but 200 labels"):
        list(export_embeddings(version, COSFACE, tmp_path))


def test_a_version_without_its_settings_is_named(version, tmp_path):
    version.configuration.unlink()
    with pytest.raises(DiscernError, match=r"config\.yaml is missing; run snakemake to have it"):
        list(export_embeddings(version, COSFACE, tmp_path))
