"""The baseline: the pixels themselves, image / 255, with no network and nothing to train."""

from discern.losses.record import LossRecord

record = LossRecord(
    title="Raw pixels",
    formula="",
    references=(),
    distance="euclidean",
    grouped=False,
    classifies=False,
    parameters={},
    trained=False,
)
