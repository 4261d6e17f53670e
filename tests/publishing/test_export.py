"""What is exported says the same in the formats of other programs."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
import yaml

from discern.errors import DiscernError
from discern.files import read_arrays
from discern.publishing.export import export_embeddings, export_leaderboard
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from page_inputs import LABELS, QUERIES, ROWS, predictions_of
from plain_files import write_arrays, write_bytes, write_json
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
    folder = tmp_path / "out"
    vectors, metadata = export_embeddings(version, COSFACE, folder)
    assert (vectors, metadata) == (
        folder / "cosface/3/vectors.tsv",
        folder / "cosface/3/metadata.tsv",
    )
    embeddings = read_arrays(version.embeddings("cosface", 3, "test"))["embeddings"]
    read = np.loadtxt(vectors, dtype=np.float32, delimiter="\t")
    np.testing.assert_array_equal(read, embeddings, strict=True)
    head, *lines = [line.split("\t") for line in metadata.read_text().splitlines()]
    assert head == ["image", "class", "nearest neighbours"]
    names = [" ".join(name.split()) for name in NAMES]
    expected = zip(QUERIES, LABELS, predictions_of(1), strict=True)
    assert lines == [[str(n), names[label], names[vote]] for n, label, vote in expected]


def test_without_names_classes_are_called_by_the_data_sets_labels(version, tmp_path):
    settings = {"data": {"class_names": None}, "evaluation": {"queries": "test"}}
    write_bytes(version.configuration, yaml.safe_dump(settings).encode())
    write_json(version.original_labels, list(range(100, 110)))
    _, metadata = export_embeddings(version, COSFACE, tmp_path)
    assert metadata.read_text().splitlines()[1].split("\t")[1] == str(100 + LABELS[0])


def test_each_seed_of_a_row_is_exported_from_its_own_files(version, tmp_path):
    with pytest.raises(DiscernError, match=r"embed/cosface/7/test\.npz does not exist"):
        list(export_embeddings(version, ROWS[1], tmp_path))
    embeddings = read_arrays(version.embeddings("cosface", 3, "test"))
    write_arrays(version.embeddings("cosface", 7, "test"), embeddings)
    outcomes = read_arrays(version.outcomes("cosface", 3))
    write_arrays(version.outcomes("cosface", 7), outcomes)
    names = [path.relative_to(tmp_path) for path in export_embeddings(version, ROWS[1], tmp_path)]
    assert [str(name) for name in names] == [
        f"cosface/{seed}/{kind}.tsv" for seed in (3, 7) for kind in ("vectors", "metadata")
    ]


def test_files_that_are_missing_or_of_other_images_are_named(version, tmp_path):
    outcomes = version.outcomes("cosface", 3)
    arrays = read_arrays(outcomes)
    np.savez(outcomes, **{name: array[:-1] for name, array in arrays.items()})
    with pytest.raises(DiscernError, match=r"cosface/3\.npz holds other images than .*test\.npz"):
        list(export_embeddings(version, COSFACE, tmp_path))
    version.configuration.unlink()
    with pytest.raises(DiscernError, match=r"config\.yaml is missing; run snakemake to have it"):
        list(export_embeddings(version, COSFACE, tmp_path))
