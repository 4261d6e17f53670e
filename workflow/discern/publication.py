"""A finished version's small files, to be kept under version control.

What is published lies as it does in the version's folder: measures, reasons, figures, leaderboard,
page and manifest. Data, checkpoints, embeddings and maps' points stay behind.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image

from discern.errors import DiscernError
from discern.files import write_bytes
from discern.manifests import read_manifest
from discern.recorded import read_configuration

_PUBLISHED = (
    *("measure/*/*.json", "select/*/*.json", "compare/comparisons.json", "split/split.json"),
    *("figures/**/*.png", "figures/**/*.svg"),
    *("report/leaderboard.*", "report/config.yaml", "report/manifest.json", "report/index.html"),
)
# Bytes above which a drawing is not published beside its PNG, and the page not at all.
_LARGEST = {".svg": 100_000, ".html": 15_000_000}


def publish(version: Path, folder: Path) -> list[str]:
    """Put what is published of ``version`` into ``folder``, in place of what was published there.

    Returns:
        A sentence for each file that stayed behind.

    Raises:
        DiscernError: when the version is not finished, its page holds the data set's images, or
            the folder holds something else.
    """
    read_manifest(version / "report/manifest.json")
    made_with = read_configuration(version)
    if made_with is None or made_with.get("page") != {"images": False}:
        raise DiscernError(
            f"{version}/report/index.html holds images of the data set; make the page without them "
            "by `page: {images: false}` in the configuration"
        )
    if folder.exists() and any(folder.iterdir()) and not _is_published(folder):
        raise DiscernError(f"{folder} holds something else; name a folder that there is not yet")
    shutil.rmtree(folder, ignore_errors=True)
    left = []
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


def _is_published(folder: Path) -> bool:
    """Whether all of ``folder`` was published, so that it can be made again."""
    made = folder / "report/manifest.json", folder / "report/record.json"
    return [path.exists() for path in made] == [True, False]


def _with_palette(picture: bytes) -> bytes:
    """A PNG file of at most 256 colours, which takes fewer bytes."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True, dpi=image.info["dpi"])
    return file.getvalue()
