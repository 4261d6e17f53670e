"""Settings of t-SNE, readable without openTSNE."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TsneSettings:
    """The settings of t-SNE.

    Attributes:
        iterations: the number of gradient steps, including those with exaggeration.
        perplexity: the effective number of neighbours.
        early_exaggeration: the factor on all attractions in the first iterations.
        early_exaggeration_iterations: the number of iterations with exaggeration.
        seed: determines the signs of the initial principal components.
    """

    iterations: int
    perplexity: float
    early_exaggeration: float
    early_exaggeration_iterations: int
    seed: int
