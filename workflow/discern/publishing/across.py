"""Figures that compare several versions of the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from discern.data.split_summary import read_split_summary
from discern.errors import DiscernError
from discern.figures.formats import save
from discern.figures.mean import Mean
from discern.figures.sizes import sizes_figure
from discern.figures.table import as_csv
from discern.figures.transfer import Transfer, transfer_figure
from discern.files import write_text
from discern.measures.catalogue import Measure, named
from discern.publishing.ranked import Ranked
from discern.ranking.leaderboard import Line

_RESOLUTION = 200
_SEPARATION = "variance_ratio"
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


def sizes(versions: Sequence[Ranked]) -> tuple[Figure, Table]:
    """The headline measure of trained rows by the number of training images, and its data.

    Args:
        versions: the same rows trained on different numbers of images. A row that only one of them
            has is left out.

    Raises:
        DiscernError: when two versions have equally many training images or other headline
            measures, when no row is in two of them, or a file is missing.
        Damaged: when one lacks something.
    """
    headline = _common_headline(versions)
    by_images: dict[int, Ranked] = {}
    for version in versions:
        images = read_split_summary(version.version.split_summary)["train"]["images"]
        if images in by_images:
            raise DiscernError(
                f"{by_images[images].version.folder} and {version.version.folder} both train on "
                f"{images} images; name versions that differ in it"
            )
        by_images[images] = version
    means: dict[str, dict[int, Mean]] = {}
    titles: dict[str, str] = {}
    for images, version in sorted(by_images.items(), reverse=True):
        for line in version.lines:
            if line.row.trained and (mean := _mean(line, headline)):
                means.setdefault(line.row.label, {})[images] = mean
                titles.setdefault(line.row.label, line.row.title)
    shared = {label: of_row for label, of_row in means.items() if len(of_row) > 1}
    if not shared:
        raise _nothing_shared(versions)
    table = [
        (label, titles[label], images, *_numbers(mean))
        for label, of_row in shared.items()
        for images, mean in sorted(of_row.items())
    ]
    header = ("label", "title", "training_images", *_columns(headline.name))
    return sizes_figure({titles[label]: shared[label] for label in shared}, headline), (
        header,
        table,
    )


def transfer(pairs: Sequence[tuple[Ranked, Ranked]]) -> tuple[Figure, Table]:
    """The headline measure on unseen classes by the variance ratio of seen ones, and its data.

    Args:
        pairs: a panel each. The first version is evaluated on the classes that were trained. The
            second has the same rows, and is evaluated on other classes or images.

    Raises:
        DiscernError: when no row is in both of a pair, headline measures differ, or a file is
            missing.
        Damaged: when one lacks something.
    """
    versions = [version for pair in pairs for version in pair]
    headline, separation = _common_headline(versions), named(_SEPARATION)
    panels: list[tuple[str, Transfer]] = []
    table: list[Sequence[Any]] = []
    for seen, unseen in pairs:
        _refuse_other_networks(seen, unseen)
        names = seen.version.folder.name, unseen.version.folder.name
        rows: dict[str, tuple[Mean, Mean]] = {}
        for line, other in _in_both(seen, unseen):
            means = _mean(line, separation), _mean(other, headline)
            if means[0] and means[1]:
                rows[line.row.title] = (means[0], means[1])
                numbers = (*_numbers(means[0]), *_numbers(means[1]))
                table.append((*names, line.row.label, line.row.title, *numbers))
        if not rows:
            raise _nothing_shared([seen, unseen])
        panels.append((" → ".join(names), rows))
    header = (
        *("seen", "unseen", "label", "title"),
        *_columns(f"seen_{separation.name}"),
        *_columns(f"unseen_{headline.name}"),
    )
    return transfer_figure(panels, separation, headline), (header, table)


def _refuse_other_networks(seen: Ranked, unseen: Ranked) -> None:
    """Refuse networks that were not trained in ``seen``, or not by those who name it."""
    home = seen.version.folder.name
    for version, wanted in ((seen, ""), (unseen, home)):
        for row in version.rows:
            if row.trained_in and Path(row.trained_in).name != wanted:
                raise DiscernError(
                    f"{version.version.folder} has networks of {row.trained_in}, not of {home}; "
                    f"name {Path(row.trained_in).name} before it"
                )


def _in_both(seen: Ranked, unseen: Ranked) -> Iterator[tuple[Line, Line]]:
    """The lines of the rows with a network that both versions have."""
    others = {line.row.label: line for line in unseen.lines}
    for line in seen.lines:
        if line.row.has_network and line.row.label in others:
            yield line, others[line.row.label]


def write(folder: Path, name: str, figure: Figure, table: Table) -> Iterator[Path]:
    """Write the figure as PNG and SVG and its data as CSV into ``folder``; yields each file."""
    for ending in (".png", ".svg"):
        path = folder / f"{name}{ending}"
        save(figure, path, _RESOLUTION)
        yield path
    path = folder / f"{name}.csv"
    write_text(path, as_csv(*table))
    yield path


def _common_headline(versions: Sequence[Ranked]) -> Measure:
    first, *others = versions
    for version in others:
        if version.headline != first.headline:
            raise DiscernError(
                f"{first.version.folder} is ordered by {first.headline.title} and "
                f"{version.version.folder} by {version.headline.title}; run one of them again "
                "with the other's evaluation.headline"
            )
    return first.headline


def _nothing_shared(versions: Sequence[Ranked]) -> DiscernError:
    folders = ", ".join(str(version.version.folder) for version in versions)
    return DiscernError(
        f"{folders}: no trained row is in two of them; name versions that share rows"
    )


def _mean(line: Line, measure: Measure) -> Mean | None:
    value = line.mean(measure)
    return None if value is None else Mean(value, line.interval(measure))


def _columns(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _numbers(mean: Mean) -> tuple[float, float | None, float | None]:
    return mean.value, *(mean.interval or (None, None))
