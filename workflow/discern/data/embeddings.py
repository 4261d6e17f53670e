"""Reading the embeddings that the embed stage writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from discern.data.classes import LABEL
from discern.errors import Damaged
from discern.files import read_arrays

SEEN = "seen_embeddings"
"""The array with the embeddings of the trained classes, in a file with those of unseen ones."""


def read_embeddings(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings float32 (N, D) and labels int16 (N,) in a file of the embed stage.

    Raises:
        Damaged: for other shapes or types, for no embeddings, and for values that are not finite.
    """
    arrays = read_arrays(path, "embeddings", "labels")
    embeddings, labels = _checked(path, arrays["embeddings"]), arrays["labels"]
    if labels.dtype != LABEL or labels.shape != embeddings.shape[:1]:
        found = f"{labels.dtype} {labels.shape}"
        raise Damaged(path, f"holds labels that are {found}, not int16 ({len(embeddings)},)")
    return embeddings, labels


def read_seen_embeddings(path: Path) -> np.ndarray:
    """The embeddings of the trained classes, float32 (N, D), beside those of unseen ones.

    Raises:
        Damaged: as :func:`read_embeddings`.
    """
    return _checked(path, read_arrays(path, SEEN)[SEEN])


def _checked(path: Path, embeddings: np.ndarray) -> np.ndarray:
    if embeddings.ndim != 2 or embeddings.dtype != np.float32 or not embeddings.size:
        found = f"{embeddings.dtype} {embeddings.shape}"
        raise Damaged(path, f"holds embeddings that are {found}, not float32 (N, D)")
    if not np.isfinite(embeddings).all():
        raise Damaged(path, "holds embeddings that are not finite")
    return embeddings
