"""Parquet files, in which other programs read vectors as one column."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from discern.errors import DiscernError


def require_pyarrow() -> None:
    """Refuse an environment that has no pyarrow, such as that of the trainings.

    Raises:
        DiscernError: when there is none.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise DiscernError(
            "rows are exported as Parquet too, for which this environment lacks pyarrow; run "
            ".venv/snakemake/bin/discern export"
        )


def parquet(columns: Mapping[str, np.ndarray | Sequence[str]]) -> bytes:
    """A Parquet file.

    Args:
        columns: by name, N values each. Of an array (N, D), each value becomes a list of D.
    """
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({name: _column(values) for name, values in columns.items()})
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def _column(values: np.ndarray | Sequence[str]) -> Any:
    import pyarrow

    if isinstance(values, np.ndarray) and values.ndim == 2:
        flat = pyarrow.array(values.ravel())
        return pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return pyarrow.array(values)
