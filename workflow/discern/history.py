"""A training's history: what each epoch gave, as the file ``history.csv`` holds it."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path

from discern.errors import DiscernError
from discern.files import reading
from discern.schedule import best_epoch

COLUMNS = ("epoch", "loss", "validation_loss", "learning_rate", "seconds")


@dataclass
class History:
    """What happened so far.

    Attributes:
        rows: a number for each of :data:`COLUMNS`, a row per epoch; epochs count from 1.
        collapsed: the epochs after which the training had collapsed; not part of the file.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    collapsed: list[int] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        """One of :data:`COLUMNS`, a number per epoch."""
        return [row[name] for row in self.rows]

    @property
    def validation_losses(self) -> list[float]:
        """The validation loss of each epoch."""
        return self.column("validation_loss")

    @property
    def best_epochs(self) -> list[int]:
        """The epochs that were the best so far when they ended: those with a checkpoint."""
        losses = self.validation_losses
        return [end for end in range(1, len(losses) + 1) if best_epoch(losses[:end]) == end]

    def up_to(self, epoch: int) -> History:
        """What had happened by the end of ``epoch``."""
        return History(self.rows[:epoch], [e for e in self.collapsed if e <= epoch])

    def as_csv(self) -> str:
        """The rows with every digit that tells two numbers apart."""
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
        DiscernError: when the file is missing or empty, lacks a column, skips an epoch or holds
            something that is not a finite number.
    """
    remedy = "delete it to have it made again"
    try:
        with reading(path) as file:
            lines = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DiscernError(f"{path} is not a CSV file ({error}); {remedy}") from None
    if not lines:
        raise DiscernError(f"{path} holds no epoch; {remedy}")
    history = History()
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number + 1}"
        try:
            row = {name: float(line[name]) for name in COLUMNS} | {"epoch": int(line["epoch"])}
        except (KeyError, TypeError, ValueError):
            raise DiscernError(
                f"{where}: {', '.join(COLUMNS)} are not all there as numbers; {remedy}"
            ) from None
        if row["epoch"] != number:
            raise DiscernError(f"{where}: epoch {row['epoch']} instead of {number}; {remedy}")
        for name, value in row.items():
            if not math.isfinite(value):
                raise DiscernError(f"{where}: {name} is {value} and not finite; {remedy}")
        history.rows.append(row)
    return history
