"""The two distances in which embeddings are compared."""

from __future__ import annotations

from typing import Literal

Distance = Literal["euclidean", "cosine"]
