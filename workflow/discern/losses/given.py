"""Embeddings from elsewhere, read from files, without a network or training here."""

from discern.losses.shared.description import DISTANCE, LossDescription

GIVEN = "given"
"""The loss's name, by which a row's embeddings are read from files."""

description = LossDescription(
    title="Given embeddings",
    formula="",
    references=(),
    distance="euclidean",
    grouped=False,
    classifies=False,
    parameters={"distance": DISTANCE},
    trained=False,
)
