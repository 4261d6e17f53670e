"""The baseline: the pixels themselves, image / 255, without a network or training."""

from discern.losses.shared.description import LossDescription

description = LossDescription(
    title="Raw pixels",
    formula="",
    references=(),
    distance="euclidean",
    grouped=False,
    classifies=False,
    parameters={},
    trained=False,
)
