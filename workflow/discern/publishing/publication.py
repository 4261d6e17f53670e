"""Publish a finished version's small files, to be kept under version control.

Published files have the same layout as in the version's folder: measures, selections, maps,
leaderboard, page and manifest. The page contains the other figures, the maps' points and the
labels. Data, checkpoints and embeddings are not published.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from discern.configuration.snapshot import read_snapshot
from discern.errors import DiscernError
from discern.files import files_below, sha256, write_bytes, write_text
from discern.provenance.manifest import read_manifest
from discern.publishing.blocks import filled_file
from discern.results import Version

_ANY = Version(Path())
_PUBLISHED = (
    _ANY.measures("*", "*"),
    _ANY.selection("*", "*"),
    _ANY.comparisons,
    _ANY.mistakes,
    _ANY.split_summary,
    _ANY.figure("*", "*", "map", "png"),
    _ANY.sheet("gallery", "png"),
    _ANY.leaderboard("csv"),
    _ANY.leaderboard("md"),
    _ANY.configuration,
    _ANY.page,
)
# A larger page is not published; in bytes.
_LARGEST_PAGE = 15_000_000


def publish(version: Version, published: Version, texts: Sequence[Path]) -> list[str]:
    """Publish ``version`` and replace what was published before.

    Args:
        version: the finished version.
        published: where to publish it.
        texts: Markdown files whose blocks are filled with the version's results.

    Returns:
        A sentence for each file that was not published.

    Raises:
        DiscernError: when the version is not finished, its page holds the data set's images, one of
            its files is not as it was made, the folder holds something else than what was published
            there, or a text can't be filled. Nothing has been written then.
    """
    _require_publishable(version)
    _require_replaceable(published)
    filled = {path: filled_file(path, version, published) for path in texts}
    chosen, left = {}, []
    for path, digest in _published_files(version).items():
        if digest is not None and sha256(path) != digest:
            raise DiscernError(f"{path} has changed since it was made; delete it and run snakemake")
        content = path.read_bytes()
        if path.suffix == ".png":
            content = _with_palette(content)
        name = path.relative_to(version.folder)
        if path == version.page and len(content) > _LARGEST_PAGE:
            left.append(f"{name} has {len(content):,} bytes and is not published")
        else:
            chosen[published.folder / name] = content
    # The manifest in the folder always lists all files there, so that an interrupted publication
    # can be repeated.
    for path in _published_files(published).keys() - chosen.keys():
        path.unlink()
    for path in sorted(chosen, key=lambda path: path != published.manifest):
        write_bytes(path, chosen[path])
    for path, text in filled.items():
        write_text(path, text)
    return left


def _require_publishable(version: Version) -> None:
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


def _require_replaceable(published: Version) -> None:
    known = _published_files(published)
    for path in files_below(published.folder) if published.folder.exists() else []:
        if path not in known:
            raise DiscernError(
                f"{path} is not a published file; choose a folder that does not exist yet"
            )


def _published_files(version: Version) -> dict[Path, str | None]:
    """The published files of ``version`` with their hashes; None for the manifest."""
    if not version.manifest.is_file():
        return {}
    hashes = read_manifest(version)["files"]
    names = sorted(
        path.relative_to(version.folder).as_posix()
        for pattern in _PUBLISHED
        for path in version.folder.glob(str(pattern))
    )
    known = {version.folder / name: hashes[name] for name in names if name in hashes}
    return known | {version.manifest: None}


def _with_palette(picture: bytes) -> bytes:
    """A PNG file of at most 256 colours, which takes fewer bytes."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True, dpi=image.info["dpi"])
    return file.getvalue()
