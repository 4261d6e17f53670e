"""Commands on finished results: ``python -m discern verify results/full``.

The exit status is 0 when all is as it was made, when two versions do not differ, or when a version
was published; it is 1 when something has changed or differs, and when that can't be said or done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from discern.errors import DiscernError
from discern.files import explain
from discern.manifests import count, verify
from discern.versions import as_text, changes, read_version


def main() -> int:
    """The command line; returns the exit status, see above."""
    parser = argparse.ArgumentParser(
        prog="python -m discern",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser(
        "verify", help="hash every file of a version again and name what differs"
    )
    verifying.add_argument("results", type=Path, help="the version's folder, such as results/full")
    comparing = commands.add_parser(
        "compare",
        help="say what two versions differ in: settings, code, environment and measures",
    )
    comparing.add_argument("old", type=Path, help="a version's folder, such as results/full")
    comparing.add_argument("new", type=Path, help="another's")
    publishing = commands.add_parser(
        "publish",
        help="copy a version's small files into a folder, and its tables into texts",
    )
    publishing.add_argument("results", type=Path, help="the version's folder")
    publishing.add_argument(
        "folder",
        type=Path,
        help="where it is published, such as docs/reference; texts name it by the folder's name",
    )
    publishing.add_argument(
        "texts",
        type=Path,
        nargs="*",
        help="Markdown with blocks from <!-- reference: leaderboard --> to <!-- end -->",
    )
    arguments = parser.parse_args()
    try:
        if arguments.command == "publish":
            return _publish(arguments.results, arguments.folder, arguments.texts)
        if arguments.command == "compare":
            return _compare(arguments.old, arguments.new)
        return _verify(arguments.results / "report" / "manifest.json")
    except (DiscernError, OSError) as error:
        sentence = explain(error) if isinstance(error, OSError) else error
        print(f"discern: {sentence}", file=sys.stderr)
        return 1


def _verify(manifest: Path) -> int:
    problems = verify(manifest)
    for problem in problems:
        print(problem)
    print(f"{count(manifest)} files checked, {len(problems)} problems")
    return 1 if problems else 0


def _publish(results: Path, folder: Path, texts: Sequence[Path]) -> int:
    from discern import publication  # takes Pillow and more, as the rules' environment has

    for sentence in publication.publish(results, folder, texts):
        print(sentence)
    return 0


def _compare(old: Path, new: Path) -> int:
    found = changes(read_version(old), read_version(new))
    print(as_text(found), end="")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
