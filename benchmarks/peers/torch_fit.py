"""Eager PyTorch training of the network, timed by throughput.py and check_gpu.py.

Prints the seconds of each epoch, validation included, as JSON. Runs in the environment of the
peers.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

CLASSES = 10


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="npz of throughput.py")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu", help="cpu or cuda; default cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    torch.backends.cudnn.allow_tf32 = False  # as in the train stage
    data = np.load(arguments.data, allow_pickle=False)
    images, validation_images = (
        torch.from_numpy(data[name][:, None].astype(np.float32) / 255.0).to(arguments.device)
        for name in ("images", "validation_images")
    )
    labels, validation_labels = (
        torch.from_numpy(data[name].astype(np.int64)).to(arguments.device)
        for name in ("labels", "validation_labels")
    )
    side = (images.shape[-1] - 4) // 2
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(64 * side**2, 128),
        nn.Dropout(0.5),
        nn.Linear(128, CLASSES),
    ).to(arguments.device)
    optimizer = torch.optim.NAdam(model.parameters(), lr=0.001)
    criterion = nn.CrossEntropyLoss()
    seconds = []
    for _ in range(arguments.epochs):
        start = time.perf_counter()
        model.train()
        for chosen in torch.randperm(len(labels)).to(arguments.device).split(arguments.batch):
            optimizer.zero_grad()
            loss = criterion(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            batches = zip(
                validation_images.split(arguments.batch),
                validation_labels.split(arguments.batch),
                strict=True,
            )
            sum(criterion(model(some), theirs).item() * len(theirs) for some, theirs in batches)
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
