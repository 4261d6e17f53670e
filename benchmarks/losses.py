"""Time and peak memory of every loss, forward and backward, beside its peers.

The peers are TensorFlow Addons and pytorch-metric-learning. Every candidate is a process of its
own on two threads; for each batch size all of them are timed by turns, round after round, so that
whatever disturbs the machine disturbs all alike. Prints Markdown tables and draws the curves of
the semi-hard triplet loss. The batch holds 10 classes and the embeddings are 128 wide.

    .venv/development/bin/python benchmarks/losses.py --batches 100 400
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np
from machine import PROJECT, description, peers_interpreter
from stopwatch import CLASSES, Service

from discern.losses.shared.catalogue import descriptions

BATCHES = (100, 200, 400, 1000, 2000, 4000, 8000)
GIB = 2**30
HERE = Path(__file__).resolve().parent


def _positives(size: int) -> int:
    """How many ordered positive pairs a batch has."""
    return size * (size // CLASSES - 1)


def _triples(size: int) -> int:
    return 4 * size**3


def _triplet_indices(size: int) -> int:
    """The bytes of anchor, positive and negative of all triplets, int64."""
    return 24 * _positives(size) * (size - size // CLASSES)


def _pairs_of_pairs(size: int) -> int:
    return 4 * _positives(size) * size * (size - size // CLASSES)


@dataclass(frozen=True)
class Peer:
    """The library and name of a loss, and the size of its largest tensor in bytes.

    ``largest`` is left out if it grows only with B².
    """

    name: str
    largest: Callable[[int], int] = lambda size: 8 * size**2


PEERS: dict[str, tuple[Peer, ...]] = {
    "triplet_semihard": (
        Peer("addons.triplet_semihard_loss", _triples),
        Peer("pytorch.TripletMarginLoss+semihard", _triplet_indices),
    ),
    "triplet_batch_hard": (
        Peer("addons.triplet_hard_loss"),
        Peer("pytorch.TripletMarginLoss+BatchHardMiner"),
    ),
    "contrastive": (Peer("addons.contrastive_loss"), Peer("pytorch.ContrastiveLoss")),
    "lifted_structure": (
        Peer("addons.lifted_struct_loss", _triples),
        Peer("pytorch.LiftedStructureLoss", _pairs_of_pairs),
    ),
    "n_pairs": (Peer("addons.npairs_loss"), Peer("pytorch.NPairsLoss")),
    "multi_similarity": (
        Peer("pytorch.MultiSimilarityLoss"),
        Peer("pytorch.MultiSimilarityLoss+miner"),
    ),
    "circle": (Peer("pytorch.CircleLoss"),),
    "supervised_contrastive": (Peer("pytorch.SupConLoss"),),
    "proxy_anchor": (Peer("pytorch.ProxyAnchorLoss"),),
    "cosface": (Peer("pytorch.CosFaceLoss"),),
    "arcface": (Peer("pytorch.ArcFaceLoss"),),
    "sphereface": (Peer("pytorch.SphereFaceLoss"),),
    "large_margin_softmax": (Peer("pytorch.LargeMarginSoftmaxLoss"),),
}


@dataclass
class Cell:
    """The result of one candidate at one batch size."""

    seconds: list[float] = field(default_factory=list)
    peak: int = 0
    value: float = float("nan")
    needs: int = 0
    error: str = ""

    @property
    def median(self) -> float:
        """The median of the rounds; NaN without any."""
        return float(np.median(self.seconds)) if self.seconds else float("nan")

    @property
    def spread(self) -> float:
        """Half the interquartile range of the rounds, as a fraction of the median."""
        low, high = np.percentile(self.seconds, [25, 75])
        return float((high - low) / 2 / self.median)


Cells = dict[tuple[str, int], Cell]


def measure(
    rows: Sequence[tuple[str, Peer]], sizes: Sequence[int], arguments: argparse.Namespace
) -> Cells:
    """A cell for each candidate of ``rows`` and each of ``sizes``."""
    here, workflow = HERE, PROJECT / "workflow"
    tensorflow = Service(
        Path(sys.executable), here / "peers/tensorflow_losses.py", [workflow, here]
    )
    pytorch = Service(peers_interpreter(), here / "peers/torch_losses.py", [here])
    cells: Cells = {}
    for size in sizes:
        running: dict[str, Service] = {}
        for _, peer in rows:
            cell = cells[peer.name, size] = Cell()
            if peer.largest(size) > arguments.budget * GIB:
                cell.needs = peer.largest(size)
                continue
            service = pytorch if peer.name.startswith("pytorch.") else tensorflow
            answer = service.open(peer.name, size)
            cell.error = answer.get("error", "")
            cell.value, cell.peak = answer.get("value", cell.value), answer.get("peak", 0)
            if cell.error:
                service.close(peer.name)
            else:
                running[peer.name] = service
        for turn in range(arguments.rounds):
            print(f"B = {size}, round {turn + 1}/{arguments.rounds}", file=sys.stderr)
            for name, service in running.items():
                answer = service.time(name, arguments.seconds)
                cell = cells[name, size]
                cell.error = answer.get("error", cell.error)
                cell.seconds += [answer["seconds"]] if "seconds" in answer else []
        for name, service in running.items():
            service.close(name)
    tensorflow.stop()
    pytorch.stop()
    return cells


def table(
    title: str,
    rows: Sequence[tuple[str, Peer]],
    sizes: Sequence[int],
    text: Callable[[str, str, int], str],
) -> str:
    """A Markdown table with a row per candidate and a column per size."""
    lines = [
        f"\n{title}\n",
        "| loss | candidate | " + " | ".join(f"B = {size:,}" for size in sizes) + " |",
        "|---|---|" + "---:|" * len(sizes),
    ]
    for loss, peer in rows:
        cells = " | ".join(text(loss, peer.name, size) for size in sizes)
        lines.append(f"| {loss} | {peer.name} | {cells} |")
    return "\n".join(lines)


def time_text(cells: Cells) -> Callable[[str, str, int], str]:
    """Median and spread, and the ratio to our loss."""

    def text(loss: str, name: str, size: int) -> str:
        cell = cells[name, size]
        if cell.needs or not cell.seconds:
            return _why_not(cell)
        slow = cell.median >= 1
        value = f"{cell.median:.3g} s" if slow else f"{1000 * cell.median:.3g} ms"
        shown = f"{value} ± {cell.spread:.0%}"
        ours = cells.get((f"discern.{loss}", size), cell)
        return shown if ours is cell else f"{shown} (**{cell.median / ours.median:.2g}×**)"

    return text


def memory_text(cells: Cells) -> Callable[[str, str, int], str]:
    """Peak memory above what the process used before."""

    def text(loss: str, name: str, size: int) -> str:
        cell = cells[name, size]
        if cell.needs or not cell.seconds:
            return _why_not(cell)
        return f"{cell.peak / 2**20:,.0f} MiB" if cell.peak >= 2**20 else "< 1 MiB"

    return text


def _why_not(cell: Cell) -> str:
    return f"one tensor of {cell.needs / GIB:,.0f} GiB" if cell.needs else cell.error or "–"


def draw(cells: Cells, sizes: Sequence[int], path: Path) -> None:
    """Time and memory of the semi-hard triplet losses against the batch size, as PNG."""
    matplotlib.use("agg")
    from matplotlib import pyplot

    names = {
        "discern.triplet_semihard": "discern",
        "addons.triplet_semihard_loss": "TensorFlow Addons",
        "pytorch.TripletMarginLoss+semihard": "pytorch-metric-learning",
    }
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for (name, label), marker in zip(names.items(), "os^", strict=True):
        there = [size for size in sizes if (name, size) in cells and cells[name, size].seconds]
        left.plot(there, [cells[name, size].median for size in there], marker=marker, label=label)
        peaks = [cells[name, size].peak / GIB for size in there]
        right.plot(there, peaks, marker=marker, label=label)
    left.set(ylabel="seconds, forward + backward", title="Time")
    right.set(ylabel="GiB above the process's own", title="Peak memory")
    right.axhline(4, color="grey", linestyle=":", linewidth=1)
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="batch size B")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    left.legend(frameon=False)
    figure.suptitle("Semi-hard triplet loss, 10 classes, D = 128, two threads")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES, metavar="B")
    parser.add_argument("--losses", nargs="+", metavar="NAME", help="ours to compare; default all")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each; default 7")
    parser.add_argument(
        "--seconds", type=float, default=0.2, help="the least time of a measurement; default 0.2"
    )
    parser.add_argument(
        "--budget", type=float, default=6.0, help="GiB that one tensor may take; default 6"
    )
    parser.add_argument(
        "--plot", type=Path, default=PROJECT / "docs/performance/losses.png", help="PNG to write"
    )
    arguments = parser.parse_args()
    odd = [size for size in arguments.batches if size % CLASSES or size < 2 * CLASSES]
    if odd:
        parser.error(f"a batch holds {CLASSES} classes: {odd[0]} is no multiple of it from 20 on")
    trained = [name for name, record in descriptions().items() if record.trained]
    unknown = sorted(set(arguments.losses or []) - set(trained))
    if unknown:
        parser.error(f"there is no loss {unknown[0]}; choose from {', '.join(trained)}")
    chosen = arguments.losses or sorted({*trained, *PEERS})
    rows = [
        (loss, peer)
        for loss in chosen
        for peer in (*([Peer(f"discern.{loss}")] if loss in trained else []), *PEERS.get(loss, ()))
    ]
    peers_interpreter()
    packages = ("tensorflow", "tensorflow-addons", "torch", "pytorch-metric-learning", "numpy")
    print(description(*packages), flush=True)
    cells = measure(rows, arguments.batches, arguments)
    time_title = (
        f"Forward + backward, median of {arguments.rounds} rounds ± half the distance between the "
        "quartiles (times ours):"
    )
    print(table(time_title, rows, arguments.batches, time_text(cells)))
    memory_title = "Peak memory above what the process held before:"
    print(table(memory_title, rows, arguments.batches, memory_text(cells)))
    values = {
        size: [cells[name, size].value for name in names]
        for names in [("discern.triplet_semihard", "addons.triplet_semihard_loss")]
        for size in arguments.batches
        if all((name, size) in cells and cells[name, size].seconds for name in names)
    }
    if values:
        worst = max(abs(ours / theirs - 1) for ours, theirs in values.values())
        print(
            f"\nOur semi-hard triplet loss and Addons' have the same value to within {worst:.1g}."
        )
    if "triplet_semihard" in chosen:
        draw(cells, arguments.batches, arguments.plot)
        print(f"\nThe curves: {arguments.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
