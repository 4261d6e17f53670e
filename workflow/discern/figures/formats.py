"""Saving figures as files."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from discern.figures.style import styled
from discern.files import replacing

FORMATS = (".png", ".svg", ".pdf")
"""The file formats of figures."""

# Metadata that Matplotlib is told to omit: times and its own version.
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


def save(figure: Figure, path: Path, resolution: int) -> None:
    """Write ``figure`` in the format given by the suffix of ``path``, without a date."""
    kind = path.suffix[1:]
    with styled(), replacing(path) as file:
        # Each drawing moves the parts a little, so a file would depend on those saved before.
        # Letters are wider at some resolutions.
        figure.set_dpi(resolution)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(file, format=kind, dpi=resolution, metadata=_METADATA[kind])
