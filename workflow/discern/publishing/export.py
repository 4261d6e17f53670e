"""The leaderboard and the embeddings of a version in the formats of other programs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from discern.configuration.row import Row
from discern.configuration.snapshot import read_snapshot
from discern.data.class_names import read_names
from discern.data.embeddings import read_embeddings
from discern.errors import Damaged, DiscernError
from discern.files import read_arrays, write_bytes, write_text
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.ranking.outcomes import read_outcomes
from discern.results import Version


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
    """Write what TensorFlow's Embedding Projector loads of each seed of a row; yields each file.

    ``vectors.tsv`` has a line with the numbers of each query's embedding; read as float32 they are
    the same. ``metadata.tsv`` has a head and as many lines: the image's place in its file, counted
    from 0, its class, and the class that its nearest neighbours predict.

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
        path = version.embeddings(row.label, seed, settings["evaluation"]["queries"])
        embeddings, labels = read_embeddings(path)
        indices = read_arrays(path, "indices")["indices"]
        outcomes = version.outcomes(row.label, seed)
        predictions = read_outcomes(outcomes).predictions
        if len(predictions) != len(labels) or len(indices) != len(labels):
            raise Damaged(outcomes, f"holds other images than {path}")
        vectors = io.BytesIO()
        np.savetxt(vectors, embeddings, fmt="%.9g", delimiter="\t")
        columns = (indices, *([names[n] for n in each] for each in (labels, predictions)))
        metadata = _tsv(("image", "class", "nearest neighbours"), zip(*columns, strict=True))
        target = folder / row.label / str(seed)
        for name, content in (("vectors.tsv", vectors.getvalue()), ("metadata.tsv", metadata)):
            write_bytes(target / name, content)
            yield target / name


def _tsv(head: Sequence[str], rows: Iterator[Sequence[object]]) -> bytes:
    """A table whose cells, as the Embedding Projector expects, are not quoted."""
    lines = ["\t".join(" ".join(str(cell).split()) for cell in cells) for cells in (head, *rows)]
    return "".join(f"{line}\n" for line in lines).encode()
