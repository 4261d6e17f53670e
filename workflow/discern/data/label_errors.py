"""Test images whose labels people found to be wrong."""

from __future__ import annotations

# By the SHA-256 of the label file's content, the images' numbers from 0. Of the five people who saw
# an image and its label beside the label that a network guessed, fewer than three agreed with the
# label (Northcutt et al.: Pervasive Label Errors in Test Sets Destabilize Machine Learning
# Benchmarks, NeurIPS Datasets and Benchmarks, 2021, arXiv:2103.14749).
_WRONG = {
    # MNIST, t10k-labels
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2": (
        *(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679),
        9729,
    ),
}


def wrong_labels(sha256: str) -> frozenset[int]:
    """The numbers of the images whose label is wrong in the label file with this ``sha256``."""
    return frozenset(_WRONG.get(sha256, ()))
