"""Commands on finished results: ``python -m discern verify results/full``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from discern.errors import DiscernError
from discern.stages.manifest import count, verify


def main() -> int:
    """The command line; returns the exit status: 0 when all is as it was made."""
    parser = argparse.ArgumentParser(prog="python -m discern", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser(
        "verify", help="hash every file of a version again and name what differs"
    )
    verifying.add_argument("results", type=Path, help="the version's folder, such as results/full")
    arguments = parser.parse_args()
    path = arguments.results / "report" / "manifest.json"
    try:
        problems = verify(path)
    except DiscernError as error:
        print(f"discern: {error}", file=sys.stderr)
        return 1
    for problem in problems:
        print(problem)
    print(f"{count(path)} files checked, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
