"""Rule ``corrupt``: training images with noisy labels or a long tail of classes."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from discern.stages.command import Stage
from discern.stages.options import parameter, reads, writes

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Corrupt(Stage):
    """Replace training labels by others, and leave out training images of some classes.

    Only what trains is corrupted. Validation and test images, and the training images that are
    embedded as the gallery, stay as the split has them, so that measures are comparable.
    """

    labels: Path = reads("training labels, IDX")
    split: Path = reads("npz: which of them train")
    corruption: Path = writes("npz: train, sorted int64 indices, and labels, int16")
    summary: Path = writes("JSON: how many of each class train, and how many labels were changed")
    label_noise: float | None = parameter(
        "fraction of the labels that are replaced by another class; none: no label", default=None
    )
    imbalance: float | None = parameter(
        "images of the first class for each of the last; none: all images", default=None
    )
    seed: int = parameter("selects images and labels")

    def work(self) -> None:
        """Write the corrupted training part and its class counts."""
        import numpy as np

        from discern.data.corruption import corrupt
        from discern.data.idx import read_labels
        from discern.files import read_arrays, write_arrays, write_json

        train = read_arrays(self.split, "train")["train"]
        clean = read_labels(self.labels)[train]
        kept, labels = corrupt(
            clean, label_noise=self.label_noise, imbalance=self.imbalance, seed=self.seed
        )
        write_arrays(self.corruption, {"train": train[kept], "labels": labels})
        classes = int(clean.max()) + 1
        changed = labels != clean[kept]
        summary = {
            "seed": self.seed,
            "images": len(kept),
            "changed": int(changed.sum()),
            "images_per_class": np.bincount(clean[kept], minlength=classes).tolist(),
            "changed_per_class": np.bincount(clean[kept][changed], minlength=classes).tolist(),
            "labels_per_class": np.bincount(labels, minlength=classes).tolist(),
        }
        write_json(self.summary, summary)
        log.info(
            "corrupt: %s of %s training images, %s labels changed",
            *(f"{count:,}" for count in (len(kept), len(train), summary["changed"])),
        )


if __name__ == "__main__":
    sys.exit(Corrupt.main())
