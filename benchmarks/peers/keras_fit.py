"""Plain Keras training of the network, timed by throughput.py.

Prints the seconds of each epoch, validation included, as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

CLASSES = 10


class Clock(tf.keras.callbacks.Callback):
    """Records the seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop it; Keras has validated by now."""
        self.seconds.append(time.perf_counter() - self._start)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="npz of throughput.py")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    data = np.load(arguments.data, allow_pickle=False)
    images, validation_images = (
        data[name][..., None].astype(np.float32) / 255.0 for name in ("images", "validation_images")
    )
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input(images.shape[1:]),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128),
            layers.Dropout(0.5),
            layers.Dense(CLASSES),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.Nadam(),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    clock = Clock()
    model.fit(
        images,
        data["labels"].astype(np.int32),
        batch_size=arguments.batch,
        epochs=arguments.epochs,
        validation_data=(validation_images, data["validation_labels"].astype(np.int32)),
        validation_batch_size=arguments.batch,
        callbacks=[clock],
        verbose=0,
    )
    print(json.dumps(clock.seconds))


if __name__ == "__main__":
    main()
