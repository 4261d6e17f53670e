"""The description of a network, readable without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkDescription:
    """The description of a network.

    Attributes:
        title: its name for readers.
        summary: its layers in one line.
        references: author, title, venue or arXiv number of each source.
        smallest_image: the smallest height and width of an image, in pixels, that leave at least
            one pixel to its last layer.
    """

    title: str
    summary: str
    references: tuple[str, ...]
    smallest_image: int
