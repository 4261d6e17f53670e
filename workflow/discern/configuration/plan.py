"""The trainings that a configuration asks for, and the files that the rules collect from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from discern.configuration.row import Row
from discern.results import Part, Seed, Version

# A row and one of its seeds.
Training = tuple[Row, int]
# A method of :class:`Version`, such as ``Version.measures``.
File = Callable[[Version, str, Seed], Path]


@dataclass(frozen=True)
class Plan:
    """The trainings of all rows.

    Attributes:
        rows: by label, in the configuration's order.
        version: the version's files, or their patterns.
        queries: the part of the data that is evaluated.
        is_search: whether the rows are the trials of a search, which draws only its tuning.
        is_corrupted: whether training labels or images are corrupted.
        all_drawn: whether every seed's training has figures of its own, not only each row's first.
    """

    rows: Mapping[str, Row]
    version: Version
    queries: Part
    is_search: bool
    is_corrupted: bool = False
    all_drawn: bool = True

    @property
    def trainings(self) -> list[Training]:
        """Each row with each of its seeds, those without a network included."""
        return [(row, seed) for row in self.rows.values() for seed in row.seeds]

    @property
    def trained(self) -> list[Training]:
        """The trainings of the rows that have networks of their own version."""
        return [(row, seed) for row, seed in self.trainings if row.trained]

    @property
    def made(self) -> list[Training]:
        """The trainings of this version, without those of published ones."""
        return _made(self.trainings)

    @property
    def trained_here(self) -> list[Training]:
        """The trainings that this version makes."""
        return [(row, seed) for row, seed in self.made if row.trained]

    @property
    def firsts(self) -> list[Training]:
        """Each row with its first seed."""
        return [(row, row.seeds[0]) for row in self.rows.values()]

    def each(self, file: File, trainings: Iterable[Training] | None = None) -> list[Path]:
        """The ``file`` of each of the ``trainings``, by default of all, wherever it was made."""
        chosen = self.trainings if trainings is None else trainings
        return [file(row.home(self.version, seed), row.label, seed) for row, seed in chosen]

    def embedded(self, label: str, seed: Seed) -> Path:
        """The embeddings of the part of the data that is evaluated."""
        return self.version.embeddings(label, seed, self.queries)

    @property
    def page_embeddings(self) -> list[Path]:
        """The embeddings that a page with images needs: of each first seed that has a map."""
        made = _made(self.firsts)
        return [self.embedded(row.label, seed) for row, seed in made if row.has_map(seed)]

    @property
    def mapped(self) -> list[Training]:
        """The trainings that have a map."""
        return [(row, seed) for row, seed in self.trainings if row.has_map(seed)]

    def maps(self, trainings: Iterable[tuple[Row, Seed]]) -> list[Path]:
        """The map files of those ``trainings`` that have a map."""
        files = (row.map_file(self.version, seed, self.queries) for row, seed in trainings)
        return [file for file in files if file]

    def page_figures(self) -> list[Path]:
        """The page's figures and their data: those of each row's first seed, and of all rows.

        With every seed's figures, the page would be too large. Of a published row, these are its
        drawn map.
        """
        kinds = self._figures(self.firsts)
        drawn = [
            row.home(self.version, seed).figure(row.label, seed, "map", "png")
            for row, seed in self.firsts
            if row.is_published(seed) and row.has_map(seed)
        ]
        files = drawn + [
            self.version.figure(row.label, seed, kind, ending)
            for kind, trainings in kinds.items()
            for row, seed in trainings
            for ending in ("png", "csv")
        ]
        sheets = ("separation", "verification")
        return files + [self.version.sheet(kind, end) for kind in sheets for end in ("png", "csv")]

    def records(self) -> list[Path]:
        """The records of all jobs but the manifest's."""
        version, beside = self.version, Version.record_beside
        files = [version.record("download"), version.record("split")]
        files += [version.record("corrupt")] if self.is_corrupted else []
        files += [version.record("train", row.label, seed) for row, seed in self.trained_here]
        files += [beside(path) for path in self.each(Version.selection, self.trained_here)]
        files += [version.record("embed", row.label, seed) for row, seed in self.made]
        by_tsne = [(r, seed) for r, seed in self.made if r.has_map(seed) and r.map == "tsne"]
        files += [beside(path) for path in self.each(Version.map, by_tsne)]
        files += [beside(path) for path in self.each(Version.measures, self.made)]
        if self.is_search:
            return [*files, version.record("search"), beside(version.sheet("tuning", "png"))]
        return files + self._drawn()

    def _drawn(self) -> list[Path]:
        """The records of all figures, and of the jobs that use all rows."""
        version, beside = self.version, Version.record_beside
        sheets = ["separation", "verification", *(["curves"] if self.trained else [])]
        sheets += ["gallery"] if self.mapped else []
        files = [version.record("compare"), version.record("report")]
        files += [beside(version.sheet(kind, "png")) for kind in sheets]
        for kind, trainings in self._figures(
            self.trainings if self.all_drawn else self.firsts
        ).items():
            files += [beside(version.figure(r.label, seed, kind, "png")) for r, seed in trainings]
        return files

    @staticmethod
    def _figures(trainings: Sequence[Training]) -> dict[str, list[Training]]:
        """Those of the ``trainings`` that have each kind of figure; published ones have none."""
        made = _made(trainings)
        return {
            "map": [(row, seed) for row, seed in made if row.has_map(seed)],
            "distances": made,
            "confusions": made,
            "curves": [(row, seed) for row, seed in made if row.trained],
        }


def _made(trainings: Iterable[Training]) -> list[Training]:
    """Those of the ``trainings`` that are not those of a published version."""
    return [(row, seed) for row, seed in trainings if not row.is_published(seed)]
