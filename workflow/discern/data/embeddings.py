"""Reading the embeddings that the embed stage writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from discern.data.classes import LABEL
from discern.errors import Damaged
from discern.files import read_arrays


def read_embeddings(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings float32 (N, D) and labels int16 (N,) in a file of the embed stage.

    Raises:
        Damaged: for other shapes or types, for no embeddings, and for values that are not finite.
    """
    arrays = read_arrays(path, "embeddings", "labels")
    embeddings, labels = arrays["embeddings"], arrays["labels"]
    if embeddings.ndim != 2 or embeddings.dtype != np.float32 or not embeddings.size:
        found = f"{embeddings.dtype} {embeddings.shape}"
        raise Damaged(path, f"holds embeddings that are {found}, not float32 (N, D)")
    if labels.dtype != LABEL or labels.shape != embeddings.shape[:1]:
        found = f"{labels.dtype} {labels.shape}"
        raise Damaged(path, f"holds labels that are {found}, not int16 ({len(embeddings)},)")
    if not np.isfinite(embeddings).all():
        raise Damaged(path, "holds embeddings that are not finite")
    return embeddings, labels
