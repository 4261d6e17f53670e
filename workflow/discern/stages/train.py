"""Rule ``train``: one network, trained with one loss from one seed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions
from discern.stages.command import Stage
from discern.stages.options import aside, parameter, reads, writes
from discern.training.schedule import LearningRate, Schedule, best_epoch
from discern.training.settings import Accelerator, BatchSettings, NetworkSettings, imported_by_name

if TYPE_CHECKING:
    from discern.training.trainer import Trainer

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Train(Stage):
    """Train the network with one loss and keep a checkpoint of each epoch that was the best so far.

    The training can be killed at any moment. Started again with the same options, it continues
    after the last complete epoch and ends with the same weights as an uninterrupted training.
    """

    images: Path = reads("training images, IDX")
    labels: Path = reads("their labels, IDX")
    split: Path = reads("npz: which of them train and which validate")
    corruption: Path | None = reads(
        "npz: other training images and labels, of the stage corrupt; none for those of the split",
        default=None,
    )
    history: Path = writes("CSV: a line per epoch")
    checkpoints: Path = writes("folder: the weights after each epoch that was the best so far, npz")
    unfinished: Path = aside(
        "folder for the state, which the stage select removes after the training"
    )
    loss: str = parameter("the loss's name, such as cosface")
    parameters: dict[str, Any] = parameter("JSON: the loss's parameters")
    seed: int = parameter("determines initial weights, batches and dropout")
    classes: tuple[int, ...] | None = parameter(
        "JSON: the classes that are trained; the others are left out; null: all", default=None
    )
    batches: BatchSettings = parameter("JSON: sampler, size, samples, steps_per_epoch")
    network: NetworkSettings = parameter("JSON: name, embedding_dim, embedding_activation, dropout")
    learning_rate: LearningRate = parameter("JSON: initial, factor, patience, minimum")
    epochs: int = parameter("maximum number of epochs")
    patience: int | None = parameter(
        "epochs without a lower validation loss that end the training; none: never", default=None
    )
    threads: int = parameter("TensorFlow's threads; they affect the last digits")
    accelerator: Accelerator = parameter("where to train; gpu: on a GPU or not at all")
    tensor_float_32: bool = parameter(
        "JSON: whether a GPU may round the factors of products to 10 bits", default=False
    )

    def modules(self) -> Sequence[str]:
        """The loss and the network, which are imported by their names."""
        return imported_by_name(self.loss, self.network)

    def work(self) -> dict[str, Any]:
        """Train until the schedule is over and write history and checkpoints."""
        from discern.files import write_text
        from discern.gpu.errors import explained
        from discern.training.determinism import configure
        from discern.training.loop import train
        from discern.training.resume import Resume, claimed

        device = configure(self.threads, self.accelerator, tensor_float_32=self.tensor_float_32)
        name = f"{self.loss} (seed {self.seed})"
        on_gpu = explained() if self.accelerator == "gpu" else contextlib.nullcontext()
        with claimed(self.unfinished.parent), on_gpu:
            trainer = self.trainer()
            resume = Resume(self.unfinished, self.identity(device))
            schedule = Schedule(self.learning_rate, self.epochs, self.patience)
            history = train(trainer, schedule, resume, name, self.batches.size)
            resume.publish(history, self.checkpoints)
            write_text(self.history, history.as_csv())
        best = best_epoch(history.validation_losses)
        lowest = history.validation_losses[best - 1]
        log.info(
            f"{name}  done after {len(history.rows)} epochs; lowest validation loss {lowest:.4f} "
            f"in epoch {best}"
        )
        return {
            "device": device,
            "epochs": len(history.rows),
            "best_epoch": best,
            "collapsed_epochs": history.collapsed,
        }

    def trainer(self) -> Trainer:
        """Network, loss, images and batches, as before the first epoch."""
        from discern import losses
        from discern.data.idx import read_pair
        from discern.files import read_arrays
        from discern.training.loop import make_trainer, of_classes
        from discern.training.trainer import Data

        description = descriptions()[self.loss]
        if description.grouped and self.batches.sampler != "grouped":
            raise DiscernError(
                f"{self.loss} needs several samples of each class in a batch; set "
                "batches.sampler to grouped"
            )
        images, labels = read_pair(self.images, self.labels)
        split = read_arrays(self.split, "train", "validation")
        everything = Data(images, labels)
        if self.corruption:
            corrupted = read_arrays(self.corruption, "train", "labels")
            training = Data(images[corrupted["train"]], corrupted["labels"])
        else:
            training = everything.take(split["train"])
        loss = losses.create(
            self.loss,
            classes=len(self.classes or range(int(labels.max()) + 1)),
            embedding_dim=self.network.embedding_dim,
            seed=self.seed,
            **self.parameters,
        )
        return make_trainer(
            of_classes(training, self.classes),
            of_classes(everything.take(split["validation"]), self.classes),
            loss=loss,
            grouped=description.grouped,
            distance=description.distance_with(self.parameters),
            network=self.network,
            settings=self.batches,
            seed=self.seed,
        )

    def identity(self, device: str) -> str:
        """A hash of everything that affects the weights of a training on ``device``."""
        import tensorflow as tf

        digest = hashlib.sha256()
        for path in (self.images, self.labels, self.split, self.corruption):
            if path:
                digest.update(path.read_bytes())
        decisive = {
            "loss": self.loss,
            "parameters": self.parameters,
            "seed": self.seed,
            "classes": self.classes,
            "batches": asdict(self.batches),
            "network": asdict(self.network),
            "learning_rate": asdict(self.learning_rate),
            "threads": self.threads,
            "device": device,
            "tensor_float_32": self.tensor_float_32,
            "code": self.code(),
            "tensorflow": tf.__version__,
        }
        digest.update(json.dumps(decisive, sort_keys=True).encode())
        return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(Train.main())
