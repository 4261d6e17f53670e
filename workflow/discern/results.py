"""The path of each file of a version. Nothing else in the project spells these paths.

A version is a folder below ``results``, or below ``docs`` with the few published files. The rules
use wildcards for the folder, the label and the seed, and get the patterns of the same paths::

    >>> Version(Path("results/full")).measures("cosface", 0)
    PosixPath('results/full/measure/cosface/0.json')
    >>> Version(Path("results/{version}")).measures("{label}", "{seed}")
    PosixPath('results/{version}/measure/{label}/{seed}.json')
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Seed = int | str
Part = Literal["train", "validation", "test"]

IDX_FILES = {
    "train_images": "train-images-idx3-ubyte.gz",
    "train_labels": "train-labels-idx1-ubyte.gz",
    "test_images": "t10k-images-idx3-ubyte.gz",
    "test_labels": "t10k-labels-idx1-ubyte.gz",
}
"""The data set's four files, by their names in rules and stages."""


@dataclass(frozen=True)
class Version:
    """The files of one version.

    Attributes:
        folder: the version's folder, such as ``results/full``.
    """

    folder: Path

    # The data

    def idx(self, file: str) -> Path:
        """One of :data:`IDX_FILES`."""
        return self.folder / "download" / IDX_FILES[file]

    @property
    def sources(self) -> Path:
        """JSON: where each of the four files came from."""
        return self.folder / "download" / "sources.json"

    @property
    def original_labels(self) -> Path:
        """JSON: the data set's own label of each class, which are counted from 0."""
        return self.folder / "download" / "labels.json"

    @property
    def unfinished_download(self) -> Path:
        """The folder with the files that an interrupted download has fetched."""
        return self.folder / ".download"

    @property
    def split(self) -> Path:
        """npz: which images belong to which part."""
        return self.folder / "split" / "split.npz"

    @property
    def split_summary(self) -> Path:
        """JSON: how many images of each class are in each part."""
        return self.folder / "split" / "split.json"

    @property
    def corruption(self) -> Path:
        """npz: the training images with corrupted labels, if the configuration asks for them."""
        return self.folder / "corrupt" / "corruption.npz"

    @property
    def corruption_summary(self) -> Path:
        """JSON: how many images of each class train, and how many labels were changed."""
        return self.folder / "corrupt" / "corruption.json"

    # One training

    def history(self, label: str, seed: Seed) -> Path:
        """CSV: a line per epoch."""
        return self._training("train", label, seed) / "history.csv"

    def checkpoints(self, label: str, seed: Seed) -> Path:
        """The folder with the weights after each epoch that was the best so far."""
        return self._training("train", label, seed) / "checkpoints"

    def unfinished_training(self, label: str, seed: Seed) -> Path:
        """The folder with the state of an unfinished training."""
        return self._training("train", label, seed) / ".resume"

    def weights(self, label: str, seed: Seed) -> Path:
        """npz: the weights after the selected epoch."""
        return self.folder / "select" / label / f"{seed}.npz"

    def selection(self, label: str, seed: Seed) -> Path:
        """JSON: the selected epoch and the reason."""
        return self.folder / "select" / label / f"{seed}.json"

    def embeddings(self, label: str, seed: Seed, part: Part) -> Path:
        """npz: the embeddings of one part of the data."""
        return self._training("embed", label, seed) / f"{part}.npz"

    def map(self, label: str, seed: Seed) -> Path:
        """npz: the t-SNE map of the queries."""
        return self.folder / "tsne" / label / f"{seed}.npz"

    def measures(self, label: str, seed: Seed) -> Path:
        """JSON: a number, or a nested object, per measure."""
        return self.folder / "measure" / label / f"{seed}.json"

    def outcomes(self, label: str, seed: Seed) -> Path:
        """npz: each image's contribution to the measures that are means over images."""
        return self.folder / "measure" / label / f"{seed}.npz"

    def figure(self, label: str, seed: Seed, kind: str, ending: str) -> Path:
        """A figure of one training, or its data (``csv``)."""
        return self._training("figures", label, seed) / f"{kind}.{ending}"

    # All rows

    @property
    def comparisons(self) -> Path:
        """JSON: each row's intervals and rank, and all pairs of rows."""
        return self.folder / "compare" / "comparisons.json"

    def sheet(self, kind: str, ending: str) -> Path:
        """A figure of all rows, or its data (``csv``)."""
        return self.folder / "figures" / f"{kind}.{ending}"

    def leaderboard(self, ending: Literal["csv", "md"]) -> Path:
        """The leaderboard: CSV with every digit, Markdown rounded."""
        return self.folder / "report" / f"leaderboard.{ending}"

    @property
    def mistakes(self) -> Path:
        """CSV: which images are misclassified by which rows and seeds."""
        return self.folder / "compare" / "mistakes.csv"

    @property
    def page(self) -> Path:
        """The page, HTML."""
        return self.folder / "report" / "index.html"

    @property
    def trials(self) -> Path:
        """CSV: all trials of a search."""
        return self.folder / "search" / "trials.csv"

    @property
    def verdicts(self) -> Path:
        """Markdown: the verdict on each loss from the trials of a search."""
        return self.folder / "search" / "verdicts.md"

    # Provenance

    @property
    def manifest(self) -> Path:
        """JSON: all records, and every file's hash. A version with a manifest is finished."""
        return self.folder / "report" / "manifest.json"

    @property
    def configuration(self) -> Path:
        """YAML: the settings that affect the results."""
        return self.folder / "report" / "config.yaml"

    @property
    def workflow(self) -> Path:
        """The folder with copies of the rules."""
        return self.folder / "report" / "workflow"

    @property
    def crate(self) -> Path:
        """JSON-LD: the version as an RO-Crate."""
        return self.folder / "ro-crate-metadata.json"

    def record(self, *places: object) -> Path:
        """JSON: how a job's outputs were made.

        ``places`` are the parts of its path: ``("split",)``, ``("train", label, seed)``. Jobs that
        share a folder have their record beside their outputs, see :meth:`record_beside`.
        """
        return self.folder.joinpath(*map(str, places)) / "record.json"

    @staticmethod
    def record_beside(output: Path) -> Path:
        """JSON: the record of the job that made ``output`` in a folder that jobs share."""
        return output.with_name(f"{output.name.partition('.')[0]}.record.json")

    def _training(self, stage: str, label: str, seed: Seed) -> Path:
        return self.folder / stage / label / str(seed)
