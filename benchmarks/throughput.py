"""Images per second of the train stage, of plain Keras and of eager PyTorch.

All three train the same network with softmax and Nadam on MNIST, in batches of the same size, on
the same number of threads, each in a process of its own, by turns. An epoch's seconds include its
validation; the epochs of all rounds but each process's first one count. Whatever else a process
takes (imports, reading, building, tracing, saving) is its start-up. At the end parts.py says where
our time goes.

    .venv/development/bin/python benchmarks/throughput.py --data FOLDER
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from machine import PROJECT, description, peers_interpreter

from discern.data.idx import read_pair

HERE = Path(__file__).resolve().parent
SETTINGS = {
    "--network": {"embedding_dim": 128, "embedding_activation": "linear", "dropout": 0.25},
    "--learning-rate": {"initial": 0.001, "factor": 0.5, "patience": 5, "minimum": 0.00001},
}


@dataclass
class Contestant:
    """``run`` trains and returns the seconds of each epoch."""

    name: str
    run: Callable[[], list[float]]
    epochs: list[float] = field(default_factory=list)
    start_ups: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Train once."""
        start = time.perf_counter()
        seconds = self.run()
        wall = time.perf_counter() - start
        self.epochs += seconds[1:]
        self.start_ups.append(wall - len(seconds) * float(np.median(seconds[1:])))


def _python(interpreter: Path, *command: str) -> str:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [interpreter, *command],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def train_stage(
    folder: Path, files: tuple[Path, Path], arguments: argparse.Namespace
) -> list[float]:
    """Run the real stage without earlier state; returns the seconds in its history."""
    place = Path(tempfile.mkdtemp(dir=folder))
    batches = {"sampler": "grouped", "size": arguments.batch, "samples": arguments.batch // 10}
    options: dict[str, object] = {
        "--images": files[0],
        "--labels": files[1],
        "--split": folder / "split.npz",
        "--history": place / "history.csv",
        "--checkpoints": place / "checkpoints",
        "--unfinished": place / "unfinished",
        "--record": place / "record.json",
        "--loss": "softmax",
        "--parameters": "{}",
        "--seed": 0,
        "--batches": json.dumps(batches),
        "--epochs": arguments.epochs,
        "--threads": arguments.threads,
        "--accelerator": "cpu",
        **{name: json.dumps(value) for name, value in SETTINGS.items()},
    }
    words = [str(word) for option in options.items() for word in option]
    _python(Path(sys.executable), "-m", "discern.stages.train", *words)
    with (place / "history.csv").open(encoding="utf-8") as file:
        return [float(row["seconds"]) for row in csv.DictReader(file)]


def peer(
    interpreter: Path, program: str, folder: Path, arguments: argparse.Namespace
) -> list[float]:
    """Run one of the programs in peers/; returns the seconds that it prints."""
    options = {
        "--data": folder / "data.npz",
        "--epochs": arguments.epochs,
        "--batch": arguments.batch,
        "--threads": arguments.threads,
    }
    words = [str(word) for option in options.items() for word in option]
    printed = _python(interpreter, str(HERE / "peers" / program), *words)
    seconds: list[float] = json.loads(printed.splitlines()[-1])
    return seconds


def prepare(folder: Path, files: tuple[Path, Path], images: int, validation: int) -> None:
    """The split for the stage, and the same images as arrays for the peers."""
    everything, labels = read_pair(*files)
    order = np.random.default_rng(0).permutation(len(labels))
    train, held_out = np.sort(order[:images]), np.sort(order[images : images + validation])
    np.savez(folder / "split.npz", train=train, validation=held_out)
    np.savez(
        folder / "data.npz",
        images=everything[train],
        labels=labels[train],
        validation_images=everything[held_out],
        validation_labels=labels[held_out],
    )


def table(contestants: list[Contestant], images: int) -> str:
    """The Markdown table; ratios are ours to theirs."""
    lines = [
        "| | images/s, median | quartiles | ours is | start-up, median |",
        "|---|---:|---:|---:|---:|",
    ]
    ours = float(np.median(contestants[0].epochs))
    for contestant in contestants:
        median = float(np.median(contestant.epochs))
        slow, fast = (images / np.percentile(contestant.epochs, q) for q in (75, 25))
        lines.append(
            f"| {contestant.name} | {images / median:,.0f} | {slow:,.0f} – {fast:,.0f} | "
            f"{median / ours:.2f}× as fast | {np.median(contestant.start_ups):.1f} s |"
        )
    return "\n".join(lines)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("DISCERN_DATA"),
        help="folder with MNIST's IDX files, gzipped; default: DISCERN_DATA",
    )
    parser.add_argument("--images", type=int, default=54000, help="that train; default 54000")
    parser.add_argument("--validation", type=int, default=6000, help="images; default 6000")
    parser.add_argument("--batch", type=int, default=400, help="default 400")
    parser.add_argument("--epochs", type=int, default=3, help="of a turn, 2 at least; default 3")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each; default 3")
    parser.add_argument("--threads", type=int, default=2, help="default 2")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("name the folder of MNIST with --data or DISCERN_DATA")
    if arguments.epochs < 2:
        parser.error("an epoch that traces does not count: --epochs 2 at least")
    pytorch = peers_interpreter()
    names = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    files = (arguments.data.resolve() / names[0], arguments.data.resolve() / names[1])
    print(description("tensorflow", "torch", "numpy"), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, files, arguments.images, arguments.validation)
        contestants = [
            Contestant("discern, train stage", lambda: train_stage(folder, files, arguments)),
            Contestant(
                "Keras fit",
                lambda: peer(Path(sys.executable), "keras_fit.py", folder, arguments),
            ),
            Contestant("PyTorch eager", lambda: peer(pytorch, "torch_fit.py", folder, arguments)),
        ]
        for turn in range(arguments.rounds):
            for contestant in contestants:
                contestant.turn()
                print(
                    f"round {turn + 1}/{arguments.rounds}: {contestant.name}, "
                    f"{arguments.images / contestant.epochs[-1]:,.0f} images/s, "
                    f"start-up {contestant.start_ups[-1]:.1f} s",
                    file=sys.stderr,
                    flush=True,
                )
    print(
        f"\n{arguments.images:,} images in batches of {arguments.batch}, {arguments.validation:,} "
        f"for validation after each epoch, {arguments.threads} threads:\n"
    )
    print(table(contestants, arguments.images), flush=True)
    sizes = ("--images", str(arguments.images), "--validation", str(arguments.validation))
    batch = ("--batch", str(arguments.batch))
    print("\n" + _python(Path(sys.executable), str(HERE / "parts.py"), *sizes, *batch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
