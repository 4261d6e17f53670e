"""A training's history: losses and more of each epoch, as in ``history.csv``."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path

from discern.errors import Damaged
from discern.files import reading
from discern.training.schedule import best_epoch

# ``between_classes`` is the scale of the validation images' embeddings, see
# :func:`discern.training.scale.between_classes`.
COLUMNS = ("epoch", "loss", "validation_loss", "between_classes", "learning_rate", "seconds")


@dataclass
class History:
    """The epochs of a training so far.

    Attributes:
        rows: one per epoch, a number for each of :data:`COLUMNS`; epochs count from 1.
        collapsed: the epochs after which the training had collapsed; not in the file.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    collapsed: list[int] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        """The column ``name`` of :data:`COLUMNS`, a number per epoch."""
        return [row[name] for row in self.rows]

    @property
    def validation_losses(self) -> list[float]:
        """The validation loss of each epoch."""
        return self.column("validation_loss")

    @property
    def best_epochs(self) -> list[int]:
        """The epochs that were the best so far when they ended; they have checkpoints."""
        losses = self.validation_losses
        return [end for end in range(1, len(losses) + 1) if best_epoch(losses[:end]) == end]

    def up_to(self, epoch: int) -> History:
        """The history up to the end of ``epoch``."""
        return History(self.rows[:epoch], [e for e in self.collapsed if e <= epoch])

    def as_csv(self) -> str:
        """The rows as CSV; numbers have all their digits, so that reading returns the same."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()


def checkpoint_name(epoch: int) -> str:
    """The file name of the checkpoint after ``epoch``."""
    return f"epoch-{epoch:04d}.npz"


def read_history(path: Path) -> History:
    """The history in a CSV file.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it is empty, lacks a column, skips an epoch or holds a value that is not a
            finite number.
    """
    try:
        with reading(path) as file:
            lines = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Damaged(path, f"is not a CSV file ({error})") from None
    if not lines:
        raise Damaged(path, "holds no epoch")
    history = History()
    for number, line in enumerate(lines, start=1):
        where = f"in line {number + 1}"
        try:
            row = {name: float(line[name]) for name in COLUMNS} | {"epoch": int(line["epoch"])}
        except (KeyError, TypeError, ValueError):
            columns = ", ".join(COLUMNS)
            raise Damaged(path, f"holds no number for one of {columns} {where}") from None
        if row["epoch"] != number:
            raise Damaged(path, f"holds epoch {row['epoch']} instead of {number} {where}")
        for name, value in row.items():
            if not math.isfinite(value):
                raise Damaged(path, f"holds a number that is not finite {where}: {name} {value}")
        history.rows.append(row)
    return history
