"""Publish a finished version: what other versions need to be compared with it, and the page.

Published files have the same layout as in the version's folder. Of each training these are its
measures, outcomes, map, history and selection; of each row, a drawn map and the distances of the
first seed. Outcomes and the points of maps are rounded and compressed. The manifest holds the
records of all jobs. The page contains the other figures. Images, checkpoints and embeddings are not
published. A brief publication has what tables need: a tenth of the bytes, but no page, and nothing
that other rows can be compared with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from discern.configuration.baseline import differing_settings
from discern.configuration.row import Row
from discern.configuration.snapshot import read_snapshot, shown
from discern.errors import DiscernError
from discern.files import files_below, read_json, sha256, write_bytes, write_text
from discern.maps.map import read_map
from discern.maps.rounded import rounded
from discern.provenance.manifest import read_manifest, stated_rows, training_of
from discern.publishing.blocks import filled_file
from discern.publishing.compact import (
    compact_arrays,
    compact_json,
    compact_picture,
    without_key,
)
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.ranking.outcomes import read_counted
from discern.results import Part, Seed, Version

# A larger page is not published; in bytes.
_LARGEST_PAGE = 15_000_000
# The published figures of all rows.
_SHEETS = ("gallery", "separation")
# Those of ten classes and their blends with white. A map then takes a third less than with 256.
_COLOURS_OF_A_MAP = 48


def publish(
    version: Version, published: Version, texts: Sequence[Path], brief: bool = False
) -> list[str]:
    """Publish ``version`` and replace what was published before.

    Args:
        version: the finished version.
        published: where to publish it.
        texts: Markdown files whose blocks are filled with the version's results.
        brief: of each training, only its measures and its selection are published.

    Returns:
        A sentence for each file that was not published.

    Raises:
        DiscernError: when the version is not finished, its page holds the data set's images, one of
            its files is not as it was made, the folder holds something else than what was published
            there, or a text can't be filled. Nothing has been written then.
    """
    settings = _require_publishable(version)
    _require_replaceable(published)
    _require_growth(version, published, settings, brief)
    filled = {path: filled_file(path, version, published, brief) for path in texts}
    chosen, left = {}, []
    for path, content in _files(version, settings["evaluation"]["queries"], brief):
        name = path.relative_to(version.folder)
        if path == version.page and len(content) > _LARGEST_PAGE:
            left.append(f"{name} has {len(content):,} bytes and is not published")
        else:
            chosen[published.folder / name] = content
    # The manifest in the folder always lists all files there, so that an interrupted publication
    # can be repeated.
    for path in _published_files(published) - {*chosen, published.manifest}:
        path.unlink(missing_ok=True)
    hashes = {
        path.relative_to(published.folder).as_posix(): hashlib.sha256(content).hexdigest()
        for path, content in chosen.items()
    }
    write_bytes(published.manifest, compact_json(_manifest(version, hashes)))
    for path, content in chosen.items():
        write_bytes(path, content)
    for path, text in filled.items():
        write_text(path, text)
    return left


def _files(version: Version, queries: Part, brief: bool) -> Iterator[tuple[Path, bytes]]:
    """The files of ``version`` that are published, and the content that is published of each.

    Raises:
        DiscernError: when a file is missing, or is not as in the manifest.
    """
    ranked = Ranked(version)
    hashes = ranked.manifest["files"]
    for row in ranked.rows:
        for seed in row.seeds:
            if brief:
                yield from _numbers(ranked, row, seed)
            elif row.is_published(seed):
                yield from _again(ranked, row, seed)
            else:
                yield from _of_training(version, row, seed, queries, hashes)
    of_all = [version.split_summary, version.original_labels, version.comparisons]
    for path in (*of_all, version.configuration, *([] if brief else [version.page])):
        yield path, _checked(version, path, hashes).read_bytes()
    lines = ranked.as_published
    in_order = leaderboard.in_order(lines, ranked.headline)
    yield version.leaderboard("csv"), leaderboard.as_csv(in_order).encode()
    yield version.leaderboard("md"), leaderboard.as_markdown(lines, ranked.headline).encode()
    further = [version.mistakes, *(version.sheet(kind, "png") for kind in _SHEETS)]
    for path in (version.corruption_summary, *([] if brief else further)):
        if _name(version, path) in hashes:
            content = _checked(version, path, hashes).read_bytes()
            yield path, compact_picture(content, 256) if path.suffix == ".png" else content


def _of_training(
    version: Version, row: Row, seed: Seed, queries: Part, hashes: Mapping[str, str]
) -> Iterator[tuple[Path, bytes]]:
    """The files of one training of ``version``, those of figures only for the first seed."""

    def checked(path: Path) -> Path:
        return _checked(version, path, hashes)

    measures, outcomes = version.measures(row.label, seed), version.outcomes(row.label, seed)
    yield measures, compact_json(read_json(checked(measures)))
    yield outcomes, compact_arrays(read_counted(checked(outcomes)))
    if source := row.map_file(version, seed, queries):
        yield version.map(row.label, seed), compact_arrays(rounded(read_map(checked(source))))
    if row.trained:
        for path in (version.history(row.label, seed), version.selection(row.label, seed)):
            yield path, checked(path).read_bytes()
    if seed == row.seeds[0]:
        distances = version.figure(row.label, seed, "distances", "csv")
        yield distances, checked(distances).read_bytes()
        if row.has_map(seed):
            drawn = version.figure(row.label, seed, "map", "png")
            yield drawn, compact_picture(checked(drawn).read_bytes(), _COLOURS_OF_A_MAP)


def _again(ranked: Ranked, row: Row, seed: Seed) -> Iterator[tuple[Path, bytes]]:
    """The files of one published training, under their names in the version."""
    version = ranked.version
    home = row.home(version, seed)
    hashes = ranked.manifests[home.folder]["files"]
    for name in (name for name in hashes if training_of(name) == (row.label, str(seed))):
        yield version.folder / name, _checked(home, home.folder / name, hashes).read_bytes()


def _numbers(ranked: Ranked, row: Row, seed: Seed) -> Iterator[tuple[Path, bytes]]:
    """A training's measures without the curves that figures draw, and its selection."""
    version = ranked.version
    home = row.home(version, seed)
    hashes = ranked.manifests[home.folder]["files"]
    measures = read_json(_checked(home, home.measures(row.label, seed), hashes))
    yield version.measures(row.label, seed), compact_json(without_key(measures, "curve"))
    if row.trained:
        selection = _checked(home, home.selection(row.label, seed), hashes)
        yield version.selection(row.label, seed), selection.read_bytes()


def _manifest(version: Version, hashes: Mapping[str, str]) -> dict[str, Any]:
    """The manifest of what is published of ``version``, files with these ``hashes``.

    It has the records of all jobs, also of those whose results were published before.
    """
    ranked = Ranked(version)
    stages = ranked.stages
    return ranked.manifest | {
        "records": {},
        "files": dict(hashes),
        "wall_seconds": round(sum(record["wall_seconds"] for record in stages.values()), 3),
        "peak_memory_mb": max(record["peak_memory_mb"] for record in stages.values()),
        "stages": {name: _in_one_place(stages[name]) for name in sorted(stages)},
    }


def _in_one_place(record: Mapping[str, Any]) -> dict[str, Any]:
    """A job's ``record``, whose rows are all published in the same folder."""
    parameters = dict(record["parameters"])
    if "rows" in parameters:
        parameters["rows"] = [row | {"published": {}} for row in parameters["rows"]]
    return {**record, "parameters": parameters}


def _checked(version: Version, path: Path, hashes: Mapping[str, str]) -> Path:
    """``path``, if it is as it was made."""
    if not path.is_file():
        raise DiscernError(f"{path} is missing; run snakemake to have it made again")
    if sha256(path) != hashes.get(_name(version, path)):
        raise DiscernError(f"{path} has changed since it was made; delete it and run snakemake")
    return path


def _name(version: Version, path: Path) -> str:
    return path.relative_to(version.folder).as_posix()


def _require_publishable(version: Version) -> dict[str, Any]:
    """The settings of ``version``, if it may be published."""
    read_manifest(version)
    made_with = read_snapshot(version)
    if made_with is None:
        raise DiscernError(
            f"{version.configuration} is missing; run snakemake to have it made again"
        )
    if made_with.get("page") != {"images": False}:
        raise DiscernError(
            f"{version.page} holds images of the data set; run it again with `page: "
            "{images: false}` and `overwrite: true` in the configuration"
        )
    return made_with


def _require_replaceable(published: Version) -> None:
    known = _published_files(published)
    for path in files_below(published.folder) if published.folder.exists() else []:
        if path not in known:
            raise DiscernError(
                f"{path} is not a published file; choose a folder that does not exist yet"
            )


def _require_growth(
    version: Version, published: Version, settings: Mapping[str, Any], brief: bool
) -> None:
    """Require that nothing that was published is lost or gets other settings under its label."""
    if not published.manifest.is_file():
        return
    if brief and any(path.suffix == ".npz" for path in _published_files(published)):
        raise DiscernError(
            f"{published.folder} holds each image's outcomes, which a brief publication would "
            "delete; publish it again without --brief, or in another folder"
        )
    for different in differing_settings(read_snapshot(published) or settings, settings):
        raise DiscernError(
            f"{published.folder} was published with {different.key} {shown(different.old)}, not "
            f"{shown(different.new)}; publish {version.folder} in another folder, or give a row of "
            "losses another label"
        )
    seeds = {row.label: row.seeds for row in stated_rows(version)}
    for row in stated_rows(published):
        for seed in row.seeds:
            if seed not in seeds.get(row.label, ()):
                raise DiscernError(
                    f"{published.folder} has seed {seed} of {row.label}, which {version.folder} "
                    f"lacks; run it with `baseline: {published.folder}` to keep both, or publish "
                    "it in another folder"
                )


def _published_files(published: Version) -> set[Path]:
    """The files that a publication lists, and its manifest; empty if there is none."""
    if not published.manifest.is_file():
        return set()
    names = read_manifest(published)["files"]
    return {published.manifest, *(published.folder / name for name in names)}
