"""Kill trainings repeatedly at random moments, and compare every bit of the final results.

Each loss is trained once without interruption, by the pipeline's own stage. Then the same training
is killed with SIGKILL and started again until it ends. This is repeated until the loss has had its
share of kills. Half of the kills come at any moment, half right after a file has begun to be
written. Weights, history (except its seconds) and the remaining files must equal those of the
uninterrupted training.

    make soak ARGS="--kills 120 --seed 0"

The trained digits are scikit-learn's. A killed training is a fork of this process, which has
imported TensorFlow but not used it: this saves the seconds of the import and nothing else.
check_gpu.py does the same on a GPU, with fewer kills.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import pickle
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from discern.data import idx
from discern.losses.shared.catalogue import descriptions
from discern.stages.command import Stage
from discern.stages.train import Train
from discern.training import loop  # noqa: F401 - so that a fork need not import TensorFlow
from discern.training.schedule import LearningRate
from discern.training.settings import Accelerator, BatchSettings, NetworkSettings

LOSSES = ("softmax", "triplet_semihard", "cosface", "sphereface", "centre", "intra_triplet")


@dataclass
class Training:
    """The training of a loss with a seed, in a folder of its own."""

    data: Path
    folder: Path
    loss: str
    seed: int
    accelerator: Accelerator = "cpu"

    @property
    def stage(self) -> Train:
        """The stage as the pipeline would run it."""
        return Train(
            images=self.data / "images",
            labels=self.data / "labels",
            split=self.data / "split",
            history=self.folder / "history.csv",
            checkpoints=self.folder / "checkpoints",
            unfinished=self.folder / ".resume",
            record=self.folder / "record.json",
            loss=self.loss,
            parameters=descriptions()[self.loss].complete({}),
            seed=self.seed,
            batches=BatchSettings("grouped", size=20, samples=2),
            network=NetworkSettings(8, "linear", dropout=0.25),
            learning_rate=LearningRate(0.001, factor=0.5, patience=2, minimum=0.00001),
            epochs=60,
            threads=1,
            accelerator=self.accelerator,
        )

    def run(self) -> None:
        """Train without interruption, in a process of its own as the pipeline does."""
        run_alone(self.stage)

    def fork(self) -> tuple[int, int]:
        """Train in a copy of this process; returns its id, and a pipe.

        The pipe gives a byte when a file is begun, and ends with the process.
        """
        receiver, sender = os.pipe()
        process = os.fork()
        if not process:
            os.close(receiver)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            make = tempfile.mkstemp

            def mkstemp(*arguments: Any, **options: Any) -> tuple[int, str]:
                made = make(*arguments, **options)
                os.write(sender, b".")
                return made

            tempfile.mkstemp = mkstemp  # type: ignore[assignment]
            os._exit(self.stage.run())
        os.close(sender)
        return process, receiver

    def content(self) -> dict[str, str]:
        """The digest of each file that a finished training left beside its state.

        For the history, all but the seconds count; for the record, only its results.
        """
        found = {}
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            if ".resume" in path.parts:
                continue
            content = path.read_bytes()
            if path.name == "history.csv":
                content = b"\n".join(line.rpartition(b",")[0] for line in content.splitlines())
            if path.name == "record.json":
                content = json.dumps(json.loads(content)["results"]).encode()
            found[str(path.relative_to(self.folder))] = hashlib.sha256(content).hexdigest()
        return found

    def unfinished(self) -> set[str]:
        """The files that are being written, or whose writer was killed."""
        found: set[str] = set()
        for folder in (self.folder, self.folder / ".resume", self.folder / ".resume/checkpoints"):
            try:
                names = os.listdir(folder)
            except FileNotFoundError:
                continue
            found |= {name for name in names if name.startswith(".") and name != ".resume"}
        return found


def run_alone(stage: Stage, **environment: str) -> None:
    """Run a stage in a process of its own, with these variables besides this process's own."""
    program = "import pickle, sys; sys.exit(pickle.load(sys.stdin.buffer).run())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(stage),
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace"))


@dataclass
class Tally:
    """The results of a loss's trainings."""

    kills: int = 0
    within_a_write: int = 0
    ended: int = 0
    differing: list[str] = field(default_factory=list)


def soak(
    training: Training, expected: Mapping[str, str], kills: int, chance: random.Random
) -> Tally:
    """Kill until the share of ``kills`` is used up, and compare each training that ends."""
    tally = Tally()
    shortest = 0.0
    start = training.folder
    while tally.kills < kills:
        training.folder = start.with_name(f"{start.name}-{tally.ended}")
        whole = True
        while True:
            begun, left_over = time.monotonic(), training.unfinished()
            process, pipe = training.fork()
            if tally.kills < kills and shortest and _wait(pipe, shortest, chance):
                os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            os.close(pipe)
            if not os.WIFSIGNALED(status):
                break
            whole = False
            tally.kills += 1
            tally.within_a_write += training.unfinished() > left_over
        if status:
            raise SystemExit(f"{training.folder}: a training failed; run its command by hand")
        if whole:
            shortest = min(shortest or math.inf, time.monotonic() - begun)
        tally.ended += 1
        if training.content() != expected:
            tally.differing.append(str(training.folder))
    return tally


def _wait(pipe: int, shortest: float, chance: random.Random) -> bool:
    """Wait until the next kill; returns whether the training is still running."""
    moment = time.monotonic() + chance.uniform(0.0, shortest)
    while (left := moment - time.monotonic()) > 0:
        if select.select([pipe], [], [], left)[0] and not os.read(pipe, 1):
            return False
    if chance.random() < 0.5:
        if not os.read(pipe, 1):
            return False
        time.sleep(chance.uniform(0.0, 0.002))
    return True


def write_data(folder: Path) -> None:
    """310 of scikit-learn's digits as IDX: 200 train, 100 validate and 10 do neither."""
    digits = load_digits()
    images = np.rint(digits.images[:310] * (255 / 16)).astype(np.uint8)
    (folder / "images").write_bytes(idx.encode(images))
    (folder / "labels").write_bytes(idx.encode(digits.target[:310].astype(np.uint8)))
    shuffled = np.random.default_rng(0).permutation(310)
    parts = {"train": np.sort(shuffled[:200]), "validation": np.sort(shuffled[200:300])}
    with (folder / "split").open("wb") as file:
        np.savez(file, **parts)


def main() -> int:
    """The command line; returns the exit status: 0 when all ended bit-identical."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=120, help="over all losses")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings and the moments")
    parser.add_argument("--losses", nargs="+", default=LOSSES, help="the losses to be trained")
    arguments = parser.parse_args()
    total = Tally()
    print(f"seed {arguments.seed}\n{'loss':<20}{'kills':>6}{'in a write':>12}{'ended':>7}  result")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        for place, loss in enumerate(arguments.losses):
            share = arguments.kills * (place + 1) // len(arguments.losses) - total.kills
            whole = Training(folder, folder / "whole" / loss, loss, arguments.seed)
            whole.run()
            killed = Training(folder, folder / "killed" / loss, loss, arguments.seed)
            chance = random.Random(f"{arguments.seed} {loss}")  # noqa: S311
            tally = soak(killed, whole.content(), share, chance)
            result = f"differs: {', '.join(tally.differing)}" if tally.differing else "identical"
            row = f"{tally.kills:>6}{tally.within_a_write:>12}{tally.ended:>7}"
            print(f"{loss:<20}{row}  {result}", flush=True)
            total.kills += tally.kills
            total.within_a_write += tally.within_a_write
            total.ended += tally.ended
            total.differing += tally.differing
    print(
        f"{total.kills} kills, {total.within_a_write} of them within a write; {total.ended} "
        f"trainings ended, {len(total.differing)} differ"
    )
    return 1 if total.differing else 0


if __name__ == "__main__":
    sys.exit(main())
