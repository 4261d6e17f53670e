"""Every stage as in the pipeline, on a few digits and the outputs of earlier stages."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from discern.maps.settings import TsneSettings
from discern.results import IDX_FILES, Version
from discern.stages.command import Stage
from discern.stages.confusions_figure import ConfusionsFigure
from discern.stages.contact_sheet import ContactSheet
from discern.stages.corrupt import Corrupt
from discern.stages.curves_figure import CurvesFigure
from discern.stages.distances_figure import DistancesFigure
from discern.stages.download import Download
from discern.stages.embed import Embed
from discern.stages.manifest import Manifest
from discern.stages.map_figure import MapFigure
from discern.stages.measure import Measure
from discern.stages.report import Report
from discern.stages.search import Search
from discern.stages.select import Select
from discern.stages.separation_figure import SeparationFigure
from discern.stages.significance import Significance
from discern.stages.split import Split
from discern.stages.train import Train
from discern.stages.training_curves_figure import TrainingCurvesFigure
from discern.stages.tsne import Tsne
from discern.stages.tuning_figure import TuningFigure
from discern.stages.verification_figure import VerificationFigure
from discern.training.schedule import LearningRate
from discern.training.settings import BatchSettings, NetworkSettings
from samples import COSFACE

NETWORK = NetworkSettings(embedding_dim=8, embedding_activation="linear", dropout=0.25)
PARAMETERS = {"scale": 10.0, "margin": 0.2}
# The second row is a copy of the first one's training.
ROWS = tuple(
    replace(
        COSFACE,
        label=label,
        title=f"Row {label}",
        parameters=PARAMETERS,
        learning_rate=0.001,
        network=NETWORK,
        seeds=(0,),
    )
    for label in "ab"
)
FIRST = ("a", 0)


def jobs(
    read: Version, written: Version, data: Path, sha256: Mapping[str, str]
) -> dict[str, Stage]:
    """A job of each stage, by the stage's name, in an order in which they can be done.

    Args:
        read: the version that they read; the manifest stage writes there as well.
        written: the version that they write.
        data: the folder of the data set's files.
        sha256: of their contents.
    """
    idx = {file: read.idx(file) for file in IDX_FILES}
    queries = read.embeddings(*FIRST, "test")
    trainings = [(row.label, 0) for row in ROWS]

    def drawn(kind: str) -> dict[str, object]:
        figures = (written.figure(*FIRST, kind, "png"), written.figure(*FIRST, kind, "svg"))
        record = written.record_beside(figures[0])
        data = written.figure(*FIRST, kind, "csv")
        return {"figures": figures, "data": data, "record": record, "resolution": 50}

    def sheet(kind: str, inputs: list[Path]) -> dict[str, object]:
        figures = (written.sheet(kind, "png"), written.sheet(kind, "svg"))
        return {
            "version": read.folder,
            "rows": ROWS,
            "inputs": tuple(inputs),
            "figures": figures,
            "data": written.sheet(kind, "csv"),
            "record": written.record_beside(figures[0]),
            "resolution": 50,
        }

    maps = [read.map(*each) for each in trainings]
    measures = [read.measures(*each) for each in trainings]
    outcomes = [read.outcomes(*each) for each in trainings]
    selections = [read.selection(*each) for each in trainings]
    histories = [read.history(*each) for each in trainings]
    distances = [read.figure(*each, "distances", "csv") for each in trainings]
    page_figures = [
        read.figure(*each, kind, ending)
        for kind in ("map", "distances", "confusions", "curves")
        for each in trainings
        for ending in ("png", "csv")
    ]
    page_figures += [
        read.sheet(kind, ending)
        for kind in ("separation", "verification")
        for ending in ("png", "csv")
    ]
    of_page = [
        queries,
        read.split,
        idx["test_labels"],
        read.original_labels,
        read.split_summary,
        idx["test_images"],
        *measures,
        *selections,
        *histories,
    ]
    of_page += [read.comparisons, *maps, *outcomes, *page_figures]
    found: list[Stage] = [
        Download(
            **{file: written.idx(file) for file in IDX_FILES},
            sources=written.sources,
            original_labels=written.original_labels,
            unfinished=written.unfinished_download,
            sha256=dict(sha256),
            where={"local": str(data), "sources": []},
            record=written.record("download"),
        ),
        Split(
            **idx,
            split=written.split,
            summary=written.split_summary,
            validation=197,
            train=300,
            test=200,
            seed=0,
            record=written.record("split"),
        ),
        Corrupt(
            labels=idx["train_labels"],
            split=read.split,
            corruption=written.corruption,
            summary=written.corruption_summary,
            label_noise=0.2,
            imbalance=5,
            seed=0,
            record=written.record("corrupt"),
        ),
        Train(
            images=idx["train_images"],
            labels=idx["train_labels"],
            split=read.split,
            history=written.history(*FIRST),
            checkpoints=written.checkpoints(*FIRST),
            unfinished=written.unfinished_training(*FIRST),
            loss="cosface",
            parameters=PARAMETERS,
            seed=0,
            batches=BatchSettings("grouped", size=20, samples=2),
            network=NETWORK,
            learning_rate=LearningRate(0.001, 0.5, 5, 0.00001),
            epochs=1,
            threads=1,
            accelerator="cpu",
            record=written.record("train", *FIRST),
        ),
        Select(
            history=read.history(*FIRST),
            checkpoints=read.checkpoints(*FIRST),
            weights=written.weights(*FIRST),
            selection=written.selection(*FIRST),
            record=written.record_beside(written.selection(*FIRST)),
        ),
        Embed(
            **idx,
            split=read.split,
            weights=read.weights(*FIRST),
            gallery=written.embeddings(*FIRST, "train"),
            queries=written.embeddings(*FIRST, "test"),
            loss="cosface",
            parameters=PARAMETERS,
            network=NETWORK,
            record=written.record("embed", *FIRST),
        ),
        Tsne(
            embeddings=queries,
            map=written.map(*FIRST),
            distance="cosine",
            settings=TsneSettings(50, 10, 12, 25, seed=0),
            record=written.record_beside(written.map(*FIRST)),
        ),
        Measure(
            gallery=read.embeddings(*FIRST, "train"),
            queries=queries,
            map=read.map(*FIRST),
            measures=written.measures(*FIRST),
            outcomes=written.outcomes(*FIRST),
            distance="cosine",
            neighbours=5,
            record=written.record_beside(written.measures(*FIRST)),
        ),
        Significance(
            version=read.folder,
            rows=ROWS,
            inputs=(*measures, *outcomes, read.split, idx["test_labels"]),
            comparisons=written.comparisons,
            mistakes=written.mistakes,
            queries="test",
            headline="knn_accuracy",
            labels="0" * 64,
            record=written.record("compare"),
        ),
        MapFigure(
            source=read.map(*FIRST),
            labels=read.original_labels,
            title="A row",
            **drawn("map"),
        ),
        DistancesFigure(source=queries, title="A row", **drawn("distances")),
        ConfusionsFigure(
            source=read.measures(*FIRST),
            labels=read.original_labels,
            title="A row",
            **drawn("confusions"),
        ),
        TrainingCurvesFigure(source=read.history(*FIRST), title="A row", **drawn("curves")),
        ContactSheet(**sheet("gallery", [*maps, read.original_labels])),
        CurvesFigure(**sheet("curves", histories)),
        VerificationFigure(**sheet("verification", measures)),
        SeparationFigure(**sheet("separation", [*distances, *measures, read.original_labels])),
        TuningFigure(headline="knn_accuracy", **sheet("tuning", [*measures, *outcomes])),
        Report(
            version=read.folder,
            rows=ROWS,
            inputs=tuple(of_page),
            images=idx["test_images"],
            csv=written.leaderboard("csv"),
            markdown=written.leaderboard("md"),
            page=written.page,
            title="Which?",
            queries="test",
            data_set="Digits",
            epochs=1,
            record=written.record("report"),
        ),
        Search(
            version=read.folder,
            rows=ROWS,
            inputs=(*measures, *selections),
            headline="knn_accuracy",
            csv=written.trials,
            markdown=written.verdicts,
            record=written.record("search"),
        ),
        Manifest(
            version=read.folder,
            inputs=(read.record("split"), read.record_beside(read.map(*FIRST))),
            settings={"seeds": [0], "losses": {}},
        ),
    ]
    return {job.stage(): job for job in found}


def make(version: Version, data: Path, sha256: Mapping[str, str]) -> None:
    """Do all jobs once in ``version``, and give the second row what the first one has."""
    for name, job in jobs(version, version, data, sha256).items():
        if name in ("significance", "contact_sheet"):
            for stage in ("train", "select", "embed", "tsne", "measure", "figures"):
                folder = version.folder / stage
                if (folder / "a").exists():
                    shutil.copytree(folder / "a", folder / "b", dirs_exist_ok=True)
        assert job.run() == 0, name


def names() -> list[str]:
    """The names of all jobs, in an order in which they can be done."""
    return list(jobs(Version(Path()), Version(Path()), Path(), {}))


def files_read(name: str) -> list[str]:
    """The files that a job reads, as seen from the version's folder, each once."""
    job = jobs(Version(Path()), Version(Path("written")), Path("data"), {})[name]
    found = []
    for value in job.values("input").values():
        found += value if isinstance(value, tuple) else [value] if value else []
    checkpoints = Version(Path()).checkpoints(*FIRST)
    files = [path / "epoch-0001.npz" if path == checkpoints else path for path in found]
    return list(dict.fromkeys(map(str, files)))
