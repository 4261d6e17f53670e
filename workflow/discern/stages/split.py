"""Rule ``split``: the training, validation and test images."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from discern.errors import DiscernError
from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Split(Stage):
    """Split the training images, class by class, into images for training and for validation.

    This precedes any sampling, so no training image is a validation image. The test images are kept
    apart; a stratified subset of them can be chosen for a quick run.
    """

    train_images: Path = reads("IDX")
    train_labels: Path = reads("IDX")
    test_images: Path = reads("IDX")
    test_labels: Path = reads("IDX")
    split: Path = writes("npz: train, validation and test, sorted int64 indices")
    summary: Path = writes("JSON: how many of each class are in each part")
    validation: int = parameter("number of validation images")
    train: int | None = parameter("number of training images; none: the rest", default=None)
    test: int | None = parameter("number of test images; none: all", default=None)
    seed: int = parameter("selects the images")

    def work(self) -> None:
        """Write the indices of all three parts and their class counts."""
        import numpy as np

        from discern.data.idx import read_pair
        from discern.data.split import split_labels
        from discern.files import write_arrays, write_json

        images, labels = read_pair(self.train_images, self.train_labels)
        test_images, test_labels = read_pair(self.test_images, self.test_labels)
        sizes = [" × ".join(map(str, each.shape[1:])) for each in (images, test_images)]
        if sizes[0] != sizes[1]:
            raise DiscernError(
                f"{self.train_images} has images of {sizes[0]} values, but those of "
                f"{self.test_images} have {sizes[1]}; all need the same size"
            )
        parts = split_labels(
            labels,
            test_labels,
            validation=self.validation,
            train=self.train,
            test=self.test,
            seed=self.seed,
        )
        write_arrays(self.split, parts)
        summary: dict[str, object] = {"seed": self.seed}
        for part, chosen in parts.items():
            per_class = np.bincount((test_labels if part == "test" else labels)[chosen])
            summary[part] = {"images": len(chosen), "per_class": per_class.tolist()}
        write_json(self.summary, summary)
        log.info("split: %s", ", ".join(f"{part} {len(each):,}" for part, each in parts.items()))


if __name__ == "__main__":
    sys.exit(Split.main())
