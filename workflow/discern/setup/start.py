"""Start Snakemake if it can read the configuration files of its command line.

It reads them before any code of the workflow, and ends in a traceback if it can't.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from discern.configuration.layers import refuse_misread
from discern.errors import DiscernError


def configuration_files(arguments: Sequence[str]) -> list[Path]:
    """The files that a command line of Snakemake gives with ``--configfile``."""
    parser = argparse.ArgumentParser(prog="snakemake", add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", type=Path, default=[])
    given: list[Path] = parser.parse_known_args(arguments)[0].configfile
    return given


def main() -> NoReturn:
    """Become Snakemake, with the same arguments; end with a sentence if a file can't be read."""
    try:
        for file in configuration_files(sys.argv[1:]):
            refuse_misread(file)
    except DiscernError as error:
        sys.exit(f"discern: {error}")
    snakemake = str(Path(sys.executable).with_name("snakemake"))
    os.execv(snakemake, [snakemake, *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
