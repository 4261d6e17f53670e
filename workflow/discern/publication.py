"""A finished version's small files, to be kept under version control, and its tables in texts.

What is published lies as it does in the version's folder: measures, reasons, figures, leaderboard,
page and manifest. Data, checkpoints, embeddings and maps' points stay behind.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from discern import leaderboard
from discern.errors import DiscernError
from discern.files import write_bytes, write_text
from discern.leaderboard import HEADLINES, Line
from discern.manifests import read_manifest
from discern.recorded import read_configuration

_PUBLISHED = (
    *("measure/*/*.json", "select/*/*.json", "compare/comparisons.json", "split/split.json"),
    *("figures/**/*.png", "figures/**/*.svg"),
    *("report/leaderboard.*", "report/config.yaml", "report/manifest.json", "report/index.html"),
)
# Bytes above which a drawing is not published beside its PNG, and the page not at all.
_LARGEST = {".svg": 100_000, ".html": 15_000_000}
_BLOCK = re.compile(r"(?<=<!-- reference: )([\w -]+?)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def publish(version: Path, folder: Path) -> list[str]:
    """Put what is published of ``version`` into ``folder``, in place of what was there.

    Returns:
        A sentence for each file that stayed behind.

    Raises:
        DiscernError: when the version is not finished, or its page holds the data set's images.
    """
    read_manifest(version / "report/manifest.json")
    made_with = read_configuration(version)
    if made_with is None or made_with.get("page") != {"images": False}:
        raise DiscernError(
            f"{version}/report/index.html holds images of the data set; make the page without them "
            "by `page: {images: false}` in the configuration"
        )
    left = []
    for part in {pattern.partition("/")[0] for pattern in _PUBLISHED}:
        shutil.rmtree(folder / part, ignore_errors=True)
    for path in sorted(path for pattern in _PUBLISHED for path in version.glob(pattern)):
        name = path.relative_to(version)
        if path.name.endswith("record.json"):
            continue
        content = path.read_bytes()
        if path.suffix == ".png":
            content = _with_palette(content)
        if len(content) > _LARGEST.get(path.suffix, len(content)):
            left.append(f"{name} has {len(content):,} bytes and is left out")
        else:
            write_bytes(folder / name, content)
    return left


def _with_palette(picture: bytes) -> bytes:
    """A PNG file of at most 256 colours, which takes fewer bytes."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True, dpi=image.info["dpi"])
    return file.getvalue()


def lines(folder: Path) -> list[Line]:
    """The leaderboard's lines of a finished version, or of what was published of it."""
    record = read_manifest(folder / "report/manifest.json")["stages"]["report/record.json"]
    rows = record["parameters"]["rows"]

    def files(stage: str, only_trained: bool = False) -> list[Path]:
        return [
            folder / stage / row["label"] / f"{seed}.json"
            for row in rows
            for seed in row["seeds"]
            if row["trained"] or not only_trained
        ]

    found = leaderboard.read_lines(rows, files("measure"), files("select", only_trained=True))
    comparisons = leaderboard.read_comparisons(folder / "compare/comparisons.json", rows)
    return [
        replace(line, compared=compared) for line, compared in zip(found, comparisons, strict=True)
    ]


def blocks(folder: Path, seen_from: Path) -> dict[str, str]:
    """What is said of a version in Markdown, by the name that a text asks for it with.

    Args:
        folder: of the version, or of what was published of it.
        seen_from: the folder of the text.
    """
    found = lines(folder)
    ranking = leaderboard.ranked(found)
    said = {
        "leaderboard": leaderboard.as_markdown(ranking),
        "cost": _cost(read_manifest(folder / "report/manifest.json")),
    }
    for line in found:
        said[f"row {line.row['label']}"] = _alone(line, os.path.relpath(folder, seen_from))
    return said


def _alone(line: Line, folder: str) -> str:
    """A row's formula, references, map and headline measures."""
    row = line.row
    formula = [f"$$\n{row['formula']}\n$$\n"] if row["formula"] else []
    references = [f"*{reference}*\n" for reference in row["references"]]
    picture = f"{folder}/figures/{row['label']}/{row['seeds'][0]}/map.png"
    shown = [(column.title, line.shown(column)) for column in HEADLINES]
    if line.epochs:
        shown.insert(0, ("epoch", ", ".join(map(str, line.epochs))))
    titles, values = zip(*shown, strict=True)
    return "\n".join(
        [
            *formula,
            *references,
            f"![{row['title']}: the map of the test images]({picture})\n",
            _table([titles, ["--:"] * len(titles), values]),
        ]
    )


def _cost(manifest: Mapping[str, Any]) -> str:
    """Jobs, wall time and peak memory of each stage, in the order of the work, and of all."""
    by_stage: dict[str, list[Mapping[str, Any]]] = {}
    for record in manifest["stages"].values():
        by_stage.setdefault(record["stage"], []).append(record)
    order = ("download", "split", "train", "select", "embed", "tsne", "measure", "compare")
    stages = [*order, *sorted(set(by_stage) - set(order))]
    head = ("stage", "jobs", "wall s, median", "wall s, all", "peak MB")
    table: list[Sequence[str]] = [head, ("---", *["--:"] * 4)]
    for stage in (stage for stage in stages if stage in by_stage):
        table.append((stage, *_sums(by_stage[stage])))
    table.append(("all", *_sums(list(manifest["stages"].values()))))
    return _table(table)


def _sums(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seconds = [record["wall_seconds"] for record in records]
    yield str(len(records))
    yield f"{statistics.median(seconds):.1f}"
    yield f"{sum(seconds):,.0f}"
    yield f"{max(record['peak_memory_mb'] for record in records):,}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def filled(text: str, said: Mapping[str, str]) -> str:
    """``text`` with each block between ``<!-- reference: NAME -->`` and ``<!-- end -->`` made anew.

    Raises:
        DiscernError: when a block asks for what there is not.
    """

    def anew(match: re.Match[str]) -> str:
        name = match[1]
        if name not in said:
            raise DiscernError(f"there is no block '{name}'; there are {', '.join(said)}")
        return f"{name}{match[2]}{said[name]}"

    return _BLOCK.sub(anew, text)


def fill(path: Path, folder: Path) -> None:
    """Have the blocks of the text file ``path`` say what was published in ``folder``."""
    said = blocks(folder, path.parent)
    write_text(path, filled(path.read_text(encoding="utf-8"), said))
