"""The stages train and embed on a GPU: killed and continued trainings, and where embed computes.

Prints a line of JSON for each of the two. check_gpu.py runs it. The trainings are those of soak.py.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from soak import Training, run_alone, soak, write_data

from discern.stages.embed import Embed

LOSS = "triplet_softmax"  # has a triplet's sort and a classifier's weights


def embedded(whole: Training, name: str, **environment: str) -> tuple[list[bytes], str]:
    """The files that the stage embed writes with a training's last checkpoint, and its device."""
    place = whole.folder / name
    place.mkdir()
    stage = Embed(
        train_images=whole.data / "images",
        train_labels=whole.data / "labels",
        test_images=whole.data / "images",
        test_labels=whole.data / "labels",
        split=whole.data / "split-with-test.npz",
        weights=max(whole.stage.checkpoints.iterdir()),
        gallery=place / "gallery.npz",
        queries=place / "queries.npz",
        loss=LOSS,
        parameters=whole.stage.parameters,
        network=whole.stage.network,
        record=place / "record.json",
    )
    run_alone(stage, **environment)
    device: str = json.loads((place / "record.json").read_text(encoding="utf-8"))["device"]
    return [(place / f"{part}.npz").read_bytes() for part in ("gallery", "queries")], device


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accelerator", choices=["cpu", "gpu"], required=True)
    parser.add_argument("--kills", type=int, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        whole = Training(folder, folder / "whole", LOSS, 0, arguments.accelerator)
        whole.run()
        killed = Training(folder, folder / "killed", LOSS, 0, arguments.accelerator)
        tally = soak(killed, whole.content(), arguments.kills, random.Random(0))  # noqa: S311
        print(json.dumps({"ended": tally.ended, "differing": len(tally.differing)}), flush=True)
        with np.load(folder / "split", allow_pickle=False) as parts:
            np.savez(folder / "split-with-test.npz", test=np.arange(100), **parts)
        visible, device = embedded(whole, "visible")
        hidden, _ = embedded(whole, "hidden", CUDA_VISIBLE_DEVICES="-1")
        print(json.dumps({"device": device, "same": visible == hidden}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
