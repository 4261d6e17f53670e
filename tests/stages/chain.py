"""Every stage as the pipeline would call it, on a few digits and what the ones before made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from discern.stages import (
    compare,
    download,
    embed,
    figures,
    manifest,
    measure,
    report,
    search,
    select,
    split,
    train,
    tsne,
)
from samples import COSFACE

NETWORK = {"embedding_dim": 8, "embedding_activation": "linear", "dropout": 0.0}
PARAMETERS = {"scale": 10.0, "margin": 0.2}
# The same training twice, as two rows.
ROWS = [COSFACE | {"label": label, "seeds": [0], "parameters": PARAMETERS} for label in "ab"]
OPTIONS = {
    "split": {"validation": 197, "seed": 0, "train": 300, "test": 200},
    "train": {
        "loss": "cosface",
        "parameters": PARAMETERS,
        "seed": 0,
        "batches": {"sampler": "grouped", "size": 60, "samples": 6},
        "network": NETWORK,
        "learning-rate": {"initial": 0.001, "factor": 0.5, "patience": 5, "minimum": 0.00001},
        "epochs": 1,
        "threads": 1,
    },
    "select": {},
    "embed": {"loss": "cosface", "parameters": PARAMETERS, "network": NETWORK},
    "tsne": {
        "distance": "cosine",
        "settings": {
            "iterations": 50,
            "perplexity": 10,
            "early_exaggeration": 12,
            "early_exaggeration_iterations": 25,
            "seed": 0,
        },
    },
    "measure": {"distance": "cosine", "neighbours": 5},
    "compare": {"rows": ROWS, "resamples": 1000, "seed": 0},
    "report": {"rows": ROWS, "title": "Which?", "queries": "test"},
    "search": {"rows": ROWS},
    "manifest": {"configuration": {"seeds": [0]}},
}
FIGURE = {"title": "A row", "resolution": 50}
TITLES = {"titles": ["A row", "Another row"], "resolution": 50}


@dataclass
class Job:
    """A call of a stage; where the outputs lie is decided by the call."""

    name: str
    main: Callable[[list[str]], int]
    options: Mapping[str, object]
    inputs: Mapping[str, list[Path]]
    outputs: Mapping[str, list[str]]
    words: list[str] = field(default_factory=list)

    @property
    def stage(self) -> str:
        """The stage's name."""
        return self.name.partition(" ")[0]

    def argv(self, folder: Path, replaced: Mapping[Path, Path] | None = None) -> list[str]:
        """The command line with all outputs in ``folder`` and some inputs ``replaced``."""
        known = replaced or {}
        found = list(self.words)
        for flag, paths in self.inputs.items():
            found += [f"--{flag}", *(str(known.get(path, path)) for path in paths)]
        for flag, names in self.outputs.items():
            found += [f"--{flag}", *(str(folder / name) for name in names)]
        if self.stage != "manifest":
            found += ["--record", str(folder / "record.json")]
        if self.stage in ("train", "download"):
            found += ["--resume", str(folder / ".resume")]
        for name, value in self.options.items():
            found += [f"--{name}", value if isinstance(value, str) else json.dumps(value)]
        return found


def jobs(data: Path, sha256: Mapping[str, str], made: Path) -> dict[str, Job]:
    """All jobs by name; what they read lies in ``data`` or is ``made``, a folder for each job."""
    files = {
        f"{part}-{kind}": f"{prefix}-{kind}-idx{dimensions}-ubyte.gz"
        for part, prefix in (("train", "train"), ("test", "t10k"))
        for kind, dimensions in (("images", 3), ("labels", 1))
    }
    idx = {name: [made / "download" / file] for name, file in files.items()}
    images, labels = idx["train-images"], idx["train-labels"]
    outputs = {name: [file] for name, file in files.items()}
    parts = [made / "split/split.npz"]
    measures, outcomes = [made / "measure/measures.json"], [made / "measure/outcomes.npz"]
    history, maps = [made / "train/history.csv"], [made / "tsne/map.npz"]
    queries, reason = [made / "embed/test.npz"], [made / "select/reason.json"]
    drawn = {}
    for kind, figure, count in (
        *(("map", "map", 2), ("distances", "distances", 2), ("confusions", "confusions", 2)),
        *(("curves", "training_curves", 2), ("verification", "verification", 1)),
    ):
        plural = "s" * (count > 1)
        drawn[f"{kind}-figure{plural}"] = [made / f"figures {figure}/figure.png"] * count
        drawn[f"{kind}-data"] = [made / f"figures {figure}/figure.csv"] * count
    where = {"local": str(data), "sources": []}
    found = [
        Job(
            "download",
            download.main,
            {"sha256": dict(sha256), "where": where},
            {},
            outputs | {"sources-file": ["sources.json"]},
        ),
        Job(
            "split",
            split.main,
            OPTIONS["split"],
            idx,
            {"split": ["split.npz"], "summary": ["split.json"]},
        ),
        Job(
            "train",
            train.main,
            OPTIONS["train"],
            {"images": images, "labels": labels, "split": parts},
            {"history": ["history.csv"], "checkpoints": ["checkpoints"]},
        ),
        Job(
            "select",
            select.main,
            {},
            {"history": history, "checkpoints": [made / "train/checkpoints"]},
            {"weights": ["weights.npz"], "reason": ["reason.json"]},
        ),
        Job(
            "embed",
            embed.main,
            OPTIONS["embed"],
            idx | {"split": parts, "weights": [made / "select/weights.npz"]},
            {"gallery": ["train.npz"], "queries": ["test.npz"]},
        ),
        Job("tsne", tsne.main, OPTIONS["tsne"], {"embeddings": queries}, {"map": ["map.npz"]}),
        Job(
            "measure",
            measure.main,
            OPTIONS["measure"],
            {"gallery": [made / "embed/train.npz"], "queries": queries, "map": maps},
            {"measures": ["measures.json"], "outcomes": ["outcomes.npz"]},
        ),
        Job(
            "compare",
            compare.main,
            OPTIONS["compare"],
            {"measures": measures * 2, "outcomes": outcomes * 2},
            {"comparisons": ["comparisons.json"]},
        ),
        *(
            Job(
                f"figures {kind}",
                figures.main,
                options,
                inputs,
                {"figures": ["figure.png", "figure.svg"], "data": ["figure.csv"]},
                [kind],
            )
            for kind, options, inputs in (
                ("map", FIGURE, {"map": maps}),
                ("distances", FIGURE | {"distance": "cosine"}, {"embeddings": queries}),
                ("confusions", FIGURE, {"measures": measures}),
                ("training_curves", FIGURE, {"history": history}),
                ("gallery", TITLES, {"maps": maps * 2}),
                ("curves", TITLES, {"histories": history * 2}),
                ("verification", TITLES, {"measures": measures * 2}),
            )
        ),
        Job(
            "report",
            report.main,
            OPTIONS["report"],
            {
                "embedded": queries,
                "split-summary": [made / "split/split.json"],
                "images": idx["test-images"],
                "measures": measures * 2,
                "selections": reason * 2,
                "comparisons": [made / "compare/comparisons.json"],
                "points": maps * 2,
                "outcomes": outcomes * 2,
                **drawn,
            },
            {"csv": ["board.csv"], "markdown": ["board.md"], "page": ["index.html"]},
        ),
        Job(
            "search",
            search.main,
            OPTIONS["search"],
            {"measures": measures * 2, "selections": reason * 2},
            {"csv": ["trials.csv"], "markdown": ["verdicts.md"]},
        ),
        Job(
            "manifest",
            manifest.main,
            OPTIONS["manifest"],
            {"records": [made / "split/record.json", made / "tsne/record.json"]},
            {
                "manifest": ["manifest.json"],
                "configuration-file": ["config.yaml"],
                "workflow": ["workflow"],
                "crate": ["crate.json"],
            },
        ),
    ]
    return {job.name: job for job in found}


def names() -> list[str]:
    """The names of all jobs, in an order in which they can be done."""
    return list(jobs(Path(), {}, Path()))


def files_read(name: str) -> list[str]:
    """The names of the files that a job reads, as seen from the folder of all, each once."""
    inputs = jobs(Path("data"), {}, Path("made"))[name].inputs.values()
    paths = dict.fromkeys(path for paths in inputs for path in paths)
    checkpoint = "train/checkpoints/epoch-0001.npz"
    found = [str(path.relative_to("made")) for path in paths]
    return [checkpoint if path == "train/checkpoints" else path for path in found]
