"""A finished version's small files, to be kept under version control.

What is published lies as it does in the version's folder: measures, reasons, figures, leaderboard,
page and manifest. Data, checkpoints and embeddings stay behind; the page has the maps' points and
the labels.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from discern.errors import DiscernError
from discern.files import files_below, sha256, write_bytes, write_text
from discern.manifests import read_manifest
from discern.recorded import read_configuration
from discern.texts import filled_file

_MANIFEST = "report/manifest.json"
_PUBLISHED = (
    *("measure/*/*.json", "select/*/*.json", "compare/comparisons.json", "split/split.json"),
    *("figures/**/*.png", "figures/**/*.svg"),
    *("report/leaderboard.*", "report/config.yaml", "report/index.html", _MANIFEST),
)
# Bytes above which a drawing is not published beside its PNG, and the page not at all.
_LARGEST = {".svg": 100_000, ".html": 15_000_000}


def _require_publishable(version: Path, folder: Path) -> None:
    """Raise :class:`DiscernError` unless ``version`` may be published as ``folder``."""
    read_manifest(version / _MANIFEST)
    made_with = read_configuration(version)
    if made_with is None:
        raise DiscernError(
            f"{version}/report has no settings beside it; run snakemake to have them made again"
        )
    if made_with.get("page") != {"images": False}:
        raise DiscernError(
            f"{version}/report/index.html holds images of the data set; run it again with `page: "
            "{images: false}` and `overwrite: true` in the configuration"
        )
    known = _published(folder)
    for path in files_below(folder) if folder.exists() else []:
        if path not in known:
            raise DiscernError(
                f"{path} was not published there; name a folder that there is not yet"
            )


def publish(version: Path, folder: Path, texts: Sequence[Path]) -> list[str]:
    """Put what is published of ``version`` into ``folder``, in place of what was published there.

    Args:
        version: the version's folder.
        folder: where it is published.
        texts: Markdown whose blocks are made to say what the version says.

    Returns:
        A sentence for each file that stayed behind.

    Raises:
        DiscernError: when the version is not finished, its page holds the data set's images, one of
            its files is not as it was made, the folder holds something else than what was published
            there, or a text can't be filled. Nothing has been written then.
    """
    _require_publishable(version, folder)
    filled = {path: filled_file(path, version, folder) for path in texts}
    chosen, left = {}, []
    for path, digest in _published(version).items():
        if digest is not None and sha256(path) != digest:
            raise DiscernError(f"{path} is not as it was made; delete it and run snakemake")
        content = path.read_bytes()
        if path.suffix == ".png":
            content = _with_palette(content)
        name = path.relative_to(version)
        if len(content) > _LARGEST.get(path.suffix, len(content)):
            left.append(f"{name} has {len(content):,} bytes and is left out")
        else:
            chosen[folder / name] = content
    # At any moment the manifest in the folder knows all that lies there, so that a publication that
    # was interrupted can be done again.
    for path in _published(folder).keys() - chosen.keys():
        path.unlink()
    for path in sorted(chosen, key=lambda path: path != folder / _MANIFEST):
        write_bytes(path, chosen[path])
    for path, text in filled.items():
        write_text(path, text)
    return left


def _published(folder: Path) -> dict[Path, str | None]:
    """The files in ``folder`` that are published, with the hashes of all but the manifest."""
    if not (folder / _MANIFEST).is_file():
        return {}
    hashes = read_manifest(folder / _MANIFEST)["files"]
    names = sorted(
        path.relative_to(folder).as_posix() for kind in _PUBLISHED for path in folder.glob(kind)
    )
    known = {folder / name: hashes[name] for name in names if name in hashes}
    return known | {folder / _MANIFEST: None}


def _with_palette(picture: bytes) -> bytes:
    """A PNG file of at most 256 colours, which takes fewer bytes."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True, dpi=image.info["dpi"])
    return file.getvalue()
