"""A row of the comparison, as one object from the configuration to the page.

It goes to the stages as JSON and becomes the same :class:`Row` there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from discern.distance import Distance
from discern.results import Part, Seed, Version
from discern.training.settings import NetworkSettings


@dataclass(frozen=True)
class Row:
    """A row of the comparison: a loss with its settings, trained once per seed, or given files.

    Attributes:
        label: names it in the configuration, in paths and in tables.
        loss: the loss's name.
        title: the row's name for readers: by default the loss's, with the label if it differs.
        formula: the loss's formula, LaTeX; empty without a loss.
        references: the loss's references.
        distance: the distance in which the row is evaluated.
        parameters: all of the loss's parameters.
        learning_rate: that of the first epoch.
        map: made by t-SNE, or the embedding itself if it is two-dimensional, or none.
        trained: whether the row has a network that is trained here.
        seeds: one per training; the baseline, and given files without ``{seed}``, have one, unless
            evaluated classes differ by seed.
        network: the settings of its network; None if it has none.
        network_title: the network's name for readers; empty if it has none.
        own_network: those settings that differ from the configuration's ``network``, by name.
        all_mapped: whether each seed has a map, if the row has one, and not only the first.
        given: where the embeddings were made elsewhere, the paths of the files for the ``train``
            and the ``test`` images, in which ``{seed}`` stands for the seed; otherwise empty.
        trained_in: the folder of the version whose networks are evaluated; empty if the row has no
            network, or one that is trained here.
        published: the folders of published versions that hold the row's trainings, by seed; empty
            for the seeds of this version.
    """

    label: str
    loss: str
    title: str
    formula: str
    references: tuple[str, ...]
    distance: Distance
    parameters: Mapping[str, Any]
    learning_rate: float
    map: Literal["tsne", "embedding", "none"]
    trained: bool
    seeds: tuple[int, ...]
    network: NetworkSettings | None = None
    network_title: str = ""
    own_network: Mapping[str, Any] = field(default_factory=dict)
    all_mapped: bool = True
    given: Mapping[Literal["train", "test"], str] = field(default_factory=dict)
    trained_in: str = ""
    published: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("references", "seeds"):  # JSON has only lists
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if isinstance(self.network, Mapping):
            object.__setattr__(self, "network", NetworkSettings(**self.network))

    def title_of(self, seed: int | str) -> str:
        """The title of one training: with the seed if the row has several."""
        return self.title if len(self.seeds) == 1 else f"{self.title}, seed {seed}"

    def is_published(self, seed: Seed) -> bool:
        """Whether one training is that of a published version."""
        return str(seed) in self.published

    def home(self, version: Version, seed: Seed) -> Version:
        """The version with the files of one training: a published one, or ``version``."""
        return Version(Path(self.published[str(seed)])) if self.is_published(seed) else version

    def has_map(self, seed: Seed) -> bool:
        """Whether one training has a map."""
        return self.map != "none" and (self.all_mapped or int(seed) == self.seeds[0])

    def map_file(self, version: Version, seed: Seed, part: Part) -> Path | None:
        """The file of one training's map of ``part`` of the data, None if it has no map."""
        if not self.has_map(seed):
            return None
        if self.map == "tsne" or self.is_published(seed):
            return self.home(version, seed).map(self.label, seed)
        return version.embeddings(self.label, seed, part)

    def given_file(self, part: Literal["train", "test"], seed: Seed) -> Path | None:
        """The file with one training's embeddings from elsewhere; None if they are made here."""
        return Path(self.given[part].replace("{seed}", str(seed))) if self.given else None

    def weights_file(self, version: Version, seed: Seed) -> Path | None:
        """The weights of one training, of ``version`` or another; None for a row without any."""
        if not self.has_network:
            return None
        home = Version(Path(self.trained_in)) if self.trained_in else version
        return home.weights(self.label, seed)

    @property
    def has_network(self) -> bool:
        """Whether a network that is trained here, or in another version, embeds the images."""
        return self.trained or bool(self.trained_in)

    @property
    def varies_with_seed(self) -> bool:
        """Whether another seed would give another embedding: in every row but the baseline."""
        return self.has_network or bool(self.given)


def as_json(rows: Iterable[Row]) -> str:
    """The rows as a JSON list, from which ``Row(**entry)`` restores them."""
    return json.dumps([asdict(row) for row in rows])
