"""What all stages that read files of all rows share: options of any length."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from discern.stages.command import Stage
from discern.stages.options import aside

# Stands for the options on the command line.
_STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True)
class AllRowsStage(Stage):
    """A stage that reads files of all rows.

    Its rule passes the options through standard input, each ended by a null byte. On a command line
    Linux allows 2 MiB in all and 128 KiB in one argument; the paths of 4,000 trainings are longer,
    and so are 170 rows as JSON. The shell itself has no limit: Snakemake writes a command of more
    than 64 KiB to a file, and ``printf`` is a part of the shell.
    """

    version: Path = aside("the version's folder, such as results/full")

    @classmethod
    def parse(cls, argv: Sequence[str] | None = None) -> Self:
        """The stage that a command line or standard input describes."""
        words = sys.argv[1:] if argv is None else list(argv)
        if words == [_STANDARD_INPUT]:
            *words, _ = sys.stdin.read().split("\0")
        return super().parse(words)

    @classmethod
    def shell(cls, stage: str | None = None, further: str = "", **asides: str) -> str:
        """The command line of the stage's rule, as of every stage; the options are piped to it."""
        program, option, options = super().shell(stage, further, **asides).partition(" --")
        return f"printf '%s\\0'{option}{options} | {program} {_STANDARD_INPUT}"
