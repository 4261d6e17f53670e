"""What only a GPU can tell of this project, in one table, in less than eight minutes.

    make check-gpu

Two short trainings with each loss must give the same bits. A training that is killed and continued
must give those of an uninterrupted one, and the stage embed those of the processor. The status is 1
if anything is wrong. Nothing is downloaded; the images are random.

--accelerator cpu is a rehearsal on the processor, which leaves out what needs a GPU:

    .venv/training/bin/python benchmarks/check_gpu.py --accelerator cpu --steps 3 --images 4000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
sys.path.insert(0, str(PROJECT / "workflow"))

from discern.errors import DiscernError  # noqa: E402
from discern.gpu.card import Card, require_card  # noqa: E402

OK, WRONG, NOT_RUN = "ok", "WRONG", "not run"
# Those that differ most in what a step does besides the network.
REPRESENTATIVE = ("softmax", "triplet_semihard", "circle")
# As the rules set them: kernels that the driver compiles are kept for the next start.
KERNELS = {
    "CUDA_CACHE_PATH": str(PROJECT / ".cache" / "kernels"),
    "CUDA_CACHE_MAXSIZE": str(4 * 2**30),
}


class FailedError(Exception):
    """A part that did not end well; the message is the end of what it said."""


@dataclass
class Check:
    """The parts of the check, and what they have found.

    Attributes:
        options: of the command line.
        rows: of the table: what was checked, the result, the verdict.
        ours: images per second of a training with softmax; None if there is none.
    """

    options: argparse.Namespace
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    ours: float | None = None
    start: float = field(default_factory=time.monotonic)

    def all(self, card: Card | None) -> None:
        """Run every part. One that fails is wrong, and the others run all the same."""
        self.machine(card)
        parts = {"two trainings": self.bits, "stages": self.stages, "PyTorch": self.pytorch}
        for name, part in parts.items():
            try:
                part()
            except FailedError as error:
                self.say(name, str(error), WRONG)

    def say(self, what: str, result: str, verdict: str = OK) -> None:
        """Add a row to the table."""
        self.rows.append((what, result, verdict))

    def run(self, program: str, *options: object) -> list[dict[str, Any]]:
        """Run one of the programs beside this one; returns the lines of JSON that it prints.

        Raises:
            FailedError: if it fails, or does not end in the time that is left.
        """
        words = [program, "--accelerator", self.options.accelerator, *options]
        self._progress(" ".join(map(str, words)))
        return [json.loads(line) for line in self._output(sys.executable, words).splitlines()]

    def _output(self, interpreter: str | Path, words: Sequence[object]) -> str:
        from discern.stages.surroundings import fixed_environment

        environment = fixed_environment({**KERNELS, **os.environ})
        environment["PYTHONPATH"] = str(PROJECT / "workflow")
        left = 60 * self.options.minutes - (time.monotonic() - self.start)
        try:
            done = subprocess.run(
                [interpreter, HERE / str(words[0]), *map(str, words[1:])],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=max(left, 1),
            )
        except subprocess.TimeoutExpired:
            raise FailedError(f"not done after {self.options.minutes:g} minutes in all") from None
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
            raise FailedError(said[-1])
        return done.stdout

    def _progress(self, text: str) -> None:
        print(f"{time.monotonic() - self.start:4.0f} s  {text}", file=sys.stderr, flush=True)

    def machine(self, card: Card | None) -> None:
        """The card, its driver, and CUDA's libraries."""
        from machine import description

        from discern.gpu.libraries import LIBRARIES, unloadable_libraries, version

        self.say("machine", description("tensorflow", "numpy"))
        if not card:
            self.say("GPU", "a rehearsal on the processor", NOT_RUN)
            return
        self.say(
            "GPU",
            f"{card.name}, compute capability {version(card.capability)}, "
            f"{card.memory / 2**30:.0f} GiB; driver {card.driver or 'of unknown version'}, which "
            f"supports CUDA {card.cuda}",
        )
        reasons = unloadable_libraries()
        self.say(
            "CUDA's libraries",
            "; ".join(reasons) or f"all {len(LIBRARIES)} load",
            WRONG if reasons else OK,
        )

    def bits(self) -> None:
        """Two trainings with each loss, and a third one with TensorFloat-32."""
        options: list[object] = ["--images", self.options.images, "--steps", self.options.steps]
        # The second one is timed: in the first one, the driver may have to compile.
        _, second = runs = [
            self.run("card_training.py", *options, "--losses", *self.options.losses)
            for _ in range(2)
        ]
        devices = sorted({lines[0]["device"] for lines in runs})
        self.say("device of the trainings", "; ".join(devices), OK if len(devices) == 1 else WRONG)
        for one, other in zip(*(lines[1:] for lines in runs), strict=True):
            same = "digest" in one and one["digest"] == other.get("digest")
            self.say(
                f"{one['name']}, two trainings",
                f"{'the same bits' if same else _difference(one, other)}; {_speed(other)}",
                OK if same else WRONG,
            )
        for line in second[1:]:
            if line["name"] == "softmax" and "ms" in line:
                self.ours = 400_000 / line["ms"]
        self._tensor_float_32(options, second)

    def _tensor_float_32(self, options: list[object], without: list[dict[str, Any]]) -> None:
        if self.options.accelerator == "cpu":
            self.say("TensorFloat-32", "only a GPU has it", NOT_RUN)
            return
        plain = {line["name"]: line for line in without[1:]}
        names = [name for name in REPRESENTATIVE if name in plain]
        found = self.run("card_training.py", *options, "--losses", *names, "--tensor-float-32")
        for line in found[1:]:
            before = plain[line["name"]]
            self.say(
                f"{line['name']}, TensorFloat-32",
                f"{_speed(line)}, without it {_speed(before)}; the loss after the last epoch is "
                f"{line.get('loss')}, without it {before.get('loss')}",
                WRONG if "error" in line else OK,
            )

    def stages(self) -> None:
        """A training that is killed and continued, and the stage embed."""
        training, embedding = self.run("card_stages.py", "--kills", self.options.kills)
        self.say(
            "killed and continued trainings",
            f"{training['ended']} ended after {self.options.kills} kills, {training['differing']} "
            "differ from the uninterrupted one",
            WRONG if training["differing"] else OK,
        )
        from discern.provenance.machine import processor

        right = embedding["same"] and embedding["device"] == processor()
        self.say(
            "embed",
            f"on {embedding['device']}; {'the same' if embedding['same'] else 'other'} bits where "
            "no GPU is visible",
            OK if right else WRONG,
        )

    def pytorch(self) -> None:
        """The same network with softmax in eager PyTorch, on the same device."""
        from machine import peers_interpreter

        what = "the same network in eager PyTorch, softmax"
        device = "cuda" if self.options.accelerator == "gpu" else "cpu"
        try:
            interpreter = peers_interpreter()
        except SystemExit as error:
            self.say(what, str(error), NOT_RUN)
            return
        asked = "import sys, torch; sys.exit(not torch.cuda.is_available())"
        if device == "cuda" and subprocess.run([interpreter, "-c", asked], check=False).returncode:
            self.say(what, "the PyTorch of .venv/peers can't use this GPU", NOT_RUN)
            return
        with tempfile.TemporaryDirectory() as folder:
            images = 400 * self.options.steps
            self._progress(f"torch_fit.py, {images} images")
            _write_arrays(Path(folder, "data.npz"), images)
            words = ["peers/torch_fit.py", "--data", f"{folder}/data.npz", "--epochs", 3]
            words += ["--batch", 400, "--threads", 2, "--device", device]
            seconds = sorted(json.loads(self._output(interpreter, words).splitlines()[-1])[1:])
        theirs = images / seconds[0]
        ratio = f"; ours is {self.ours / theirs:.2f} times as fast" if self.ours else ""
        self.say(what, f"{theirs:,.0f} images/s{ratio}")


def _speed(line: dict[str, Any]) -> str:
    if "ms" not in line:
        return "no speed"
    return (
        f"{line['ms']:.2f} ms a step, {400_000 / line['ms']:,.0f} images/s, first epoch "
        f"{line['first_seconds']:.1f} s"
    )


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    errors = [line["error"] for line in (one, other) if "error" in line]
    return (
        errors[0] if errors else f"other bits: the last losses are {one['loss']}, {other['loss']}"
    )


def _write_arrays(path: Path, images: int) -> None:
    """What torch_fit.py reads: random images, and one batch for validation."""
    import numpy as np

    random = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for prefix, count in (("", images), ("validation_", 400)):
        arrays[f"{prefix}images"] = random.integers(0, 256, (count, 28, 28), np.uint8)
        arrays[f"{prefix}labels"] = random.integers(0, 10, count)
    np.savez(path, **arrays)


def table(rows: Sequence[tuple[str, str, str]]) -> str:
    """The Markdown table."""
    lines = ["| check | result | verdict |", "|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accelerator", choices=["cpu", "gpu"], default="gpu", help="default gpu")
    parser.add_argument("--card", action="store_true", help="say whether the GPU can be used; end")
    parser.add_argument("--losses", nargs="+", metavar="NAME", help="default: all that are trained")
    parser.add_argument("--images", type=int, default=54000, help="that train; default 54000")
    parser.add_argument("--steps", type=int, default=100, help="of an epoch; default 100")
    parser.add_argument("--kills", type=int, default=2, help="of a training; default 2")
    parser.add_argument("--minutes", type=float, default=8, help="for all of it; default 8")
    options = parser.parse_args()
    try:
        card = require_card() if options.accelerator == "gpu" else None
    except DiscernError as error:
        print(error, file=sys.stderr)
        return 1
    if options.card:
        print(card.name if card else "no GPU is asked for")
        return 0
    from discern.losses.shared.catalogue import descriptions

    trained = [name for name, description in descriptions().items() if description.trained]
    options.losses = options.losses or trained
    check = Check(options)
    check.all(card)
    print(table(check.rows))
    wrong = sum(verdict == WRONG for _, _, verdict in check.rows)
    print(f"\n{len(check.rows)} checks in {time.monotonic() - check.start:.0f} s, {wrong} WRONG")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
