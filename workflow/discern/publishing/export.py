"""The leaderboard and the embeddings of a version in the formats of other programs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from discern.configuration.row import Row
from discern.configuration.snapshot import read_snapshot
from discern.data.class_names import read_names
from discern.data.embeddings import read_embeddings
from discern.errors import Damaged, DiscernError
from discern.files import read_arrays, write_bytes, write_text
from discern.maps.map import read_map
from discern.publishing.parquet import parquet
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.ranking.outcomes import read_outcomes
from discern.results import Part, Seed, Version


def export_leaderboard(ranked: Ranked, folder: Path) -> Iterator[Path]:
    """Write the leaderboard as CSV, Markdown and LaTeX into ``folder``; yields each file.

    Raises:
        DiscernError: when a file of the version is missing.
        Damaged: when one lacks something.
    """
    lines, headline = ranked.lines, ranked.headline
    texts = {
        "csv": leaderboard.as_csv(ranked.ordered),
        "md": leaderboard.as_markdown(lines, headline),
        "tex": leaderboard.as_latex(lines, headline),
    }
    for ending, text in texts.items():
        path = folder / f"leaderboard.{ending}"
        write_text(path, text)
        yield path


def export_embeddings(version: Version, row: Row, folder: Path) -> Iterator[Path]:
    """Write the embeddings of each seed of a row as TSV and Parquet; yields each file.

    TensorFlow's Embedding Projector loads ``vectors.tsv`` and ``metadata.tsv``. The first has a
    line with the numbers of each query's embedding; read as float32 they are the same. The second
    has a head and as many lines: the image's place in its file, counted from 0, its class, and the
    class that its nearest neighbours predict. ``embeddings.parquet``, for Embedding Atlas, has
    these three columns, the point of the map as ``x`` and ``y``, if there is a map, and the
    embedding as ``vector``.

    Args:
        version: a finished version; a published one has no embeddings.
        row: one of its rows.
        folder: gets a folder for the row and in it one for each seed.

    Raises:
        DiscernError: when a file of the version is missing.
        Damaged: when one lacks something, or two do not fit.
    """
    settings = read_snapshot(version)
    if settings is None:
        raise DiscernError(
            f"{version.configuration} is missing; run snakemake to have it made again"
        )
    names = read_names(version.original_labels, settings["data"]["class_names"])
    for seed in row.seeds:
        metadata, points, embeddings = _read(version, row, seed, settings["evaluation"]["queries"])
        for name in ("class", "nearest neighbours"):
            metadata[name] = [names[label] for label in metadata[name]]
        vectors = io.BytesIO()
        np.savetxt(vectors, embeddings, fmt="%.9g", delimiter="\t")
        contents = {
            "vectors.tsv": vectors.getvalue(),
            "metadata.tsv": _tsv(metadata),
            "embeddings.parquet": parquet({**metadata, **points, "vector": embeddings}),
        }
        for name, content in contents.items():
            path = folder / row.label / str(seed) / name
            write_bytes(path, content)
            yield path


def _read(
    version: Version, row: Row, seed: Seed, queries: Part
) -> tuple[dict[str, Any], dict[str, np.ndarray], np.ndarray]:
    """The metadata of a training's N queries by name, their points, and embeddings (N, D)."""
    path = row.home(version, seed).embeddings(row.label, seed, queries)
    if not path.is_file():
        raise DiscernError(
            f"{path} does not exist; a published version holds no embeddings, so name the one that "
            f"made seed {seed} of {row.label}"
        )
    embeddings, labels = read_embeddings(path)
    indices = read_arrays(path, "indices")["indices"]
    outcomes = read_outcomes(outcomes_file := version.outcomes(row.label, seed))
    others = {outcomes_file: outcomes.labels}
    points = {}
    if map_file := row.map_file(version, seed, queries):
        mapped = read_map(map_file)
        others[map_file] = mapped.labels
        points = dict(zip("xy", mapped.points.T, strict=True))
    for file, of_file in others.items():
        if not np.array_equal(of_file, labels):
            raise Damaged(file, f"holds other images than {path}")
    if len(indices) != len(labels):
        raise Damaged(path, f"holds the numbers of {len(indices)} images, but {len(labels)} labels")
    metadata = {"image": indices, "class": labels, "nearest neighbours": outcomes.predictions}
    return metadata, points, embeddings


def _tsv(columns: Mapping[str, Sequence[object]]) -> bytes:
    """A table whose cells, as the Embedding Projector expects, are not quoted."""
    rows = (columns, *zip(*columns.values(), strict=True))
    lines = ["\t".join(" ".join(str(cell).split()) for cell in cells) for cells in rows]
    return "".join(f"{line}\n" for line in lines).encode()
