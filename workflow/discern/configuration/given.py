"""Rows of the configuration whose embeddings were made elsewhere, in files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.losses.given import GIVEN
from discern.losses.shared.catalogue import descriptions

SCHEMA = {
    "description": "the files of embeddings from elsewhere; {seed} in a path stands for the seed",
    "type": "object",
    "additionalProperties": False,
    "required": ["train", "test"],
    "properties": {
        part: {"description": f"npz: an embedding for each {image} image", "type": "string"}
        for part, image in (("train", "training"), ("test", "test"))
    },
}
"""The JSON schema of a row's key ``embeddings``."""


def check_label(label: str) -> None:
    """Raise :class:`DiscernError` if a row with this label, a loss's name, is none of the loss."""
    if label != GIVEN and label in descriptions():
        raise DiscernError(
            f"the configuration: losses.{label} gives embeddings, but its label is a loss's name; "
            "choose another label"
        )


def check_files(rows: Iterable[Row]) -> None:
    """Raise :class:`DiscernError` if a file of one of the ``rows`` does not exist."""
    for row in rows:
        for part, seed in itertools.product(row.given, row.seeds):
            file = row.given_file(part, seed)
            if file and not file.is_file():
                raise DiscernError(
                    f"the configuration: losses.{row.label}.embeddings.{part}: {file} does not "
                    "exist; save the embeddings there or correct the path"
                )
