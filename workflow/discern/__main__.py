"""Commands on finished versions, such as ``discern verify results/full``, and on plans.

The exit status is 0 if no file has changed, two versions do not differ, or files were written.
It is 1 if a file has changed, the versions differ, or the command failed.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import math
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from discern import stages
from discern.errors import DiscernError
from discern.files import explain
from discern.results import Version


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, by default the process's own; returns the exit status, see above."""
    parser = argparse.ArgumentParser(
        prog="discern", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser(
        "verify", help="check the hash of every file of a version and list what has changed"
    )
    verifying.add_argument("results", type=_version, help="the version's folder: results/full")
    verifying.set_defaults(run=_verify)
    comparing = commands.add_parser(
        "compare", help="list how two versions differ: settings, code, environment and measures"
    )
    comparing.add_argument("old", type=_version, help="a version's folder, such as results/full")
    comparing.add_argument("new", type=_version, help="another's")
    comparing.set_defaults(run=_compare)
    publishing = commands.add_parser(
        "publish", help="copy a version's small files into a folder and its tables into texts"
    )
    publishing.add_argument("results", type=_version, help="the version's folder")
    publishing.add_argument(
        "folder",
        type=_version,
        help="where to publish it, such as docs/scarce; texts use the folder's name",
    )
    publishing.add_argument(
        "texts",
        type=Path,
        nargs="*",
        help="Markdown with blocks from <!-- scarce: leaderboard --> to <!-- end -->",
    )
    publishing.add_argument(
        "--brief",
        action="store_true",
        help="only what tables need: a tenth of the bytes, but no page, and no baseline for other "
        "versions",
    )
    publishing.set_defaults(run=_publish)
    exporting = commands.add_parser(
        "export", help="write the leaderboard, and rows' embeddings, in other programs' formats"
    )
    exporting.add_argument("results", type=_version, help="a version's folder")
    exporting.add_argument(
        "folder", type=Path, help="gets leaderboard.csv, .md and .tex, and a folder for each row"
    )
    exporting.add_argument(
        "labels",
        nargs="*",
        help="rows whose embeddings are written for TensorFlow's Embedding Projector (TSV) and "
        "Embedding Atlas (Parquet)",
    )
    exporting.set_defaults(run=_export)
    describing = commands.add_parser(
        "card", help="write one Markdown page about a row: formula, measures, rank, map and cost"
    )
    describing.add_argument("label", help="the row's label")
    describing.add_argument(
        "results",
        type=_version,
        nargs="?",
        default=_version("docs/scarce"),
        help="the folder of a finished or published version (default: docs/scarce)",
    )
    describing.add_argument(
        "--search", type=_version, help="the folder of a finished search, for the price of tuning"
    )
    describing.add_argument("--file", type=Path, help="the page's file (default: LABEL.md)")
    describing.set_defaults(run=_card)
    sizing = commands.add_parser(
        "sizes", help="draw the headline measure by the number of training images of versions"
    )
    sizing.add_argument("folder", type=Path, help="gets sizes.png, .svg and .csv")
    sizing.add_argument(
        "versions", type=_version, nargs="+", help="folders of finished or published versions"
    )
    sizing.set_defaults(run=_sizes)
    transferring = commands.add_parser(
        "transfer",
        help="draw the headline measure on unseen classes by the separation of seen ones",
    )
    transferring.add_argument("folder", type=Path, help="gets transfer.png, .svg and .csv")
    transferring.add_argument(
        "versions",
        type=_version,
        nargs="+",
        help="a version evaluated on trained classes and one evaluated on others, for each panel",
    )
    transferring.set_defaults(run=_transfer)
    planning = commands.add_parser(
        "power", help="say how many seeds a difference between two rows needs to be found"
    )
    planning.add_argument(
        "--gap", type=_positive, required=True, help="the difference of the means"
    )
    planning.add_argument(
        "--sd",
        type=_positive,
        required=True,
        help="standard deviation between a row's seeds, in the same unit: a column of "
        "leaderboard.csv that ends in _sd",
    )
    planning.add_argument(
        "--rows", type=int, default=8, help="how many rows are compared, all pairs (default: 8)"
    )
    planning.set_defaults(run=_power)
    listing = commands.add_parser("stages", help="list the stages and what each does")
    listing.set_defaults(run=_stages)
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except (DiscernError, OSError) as error:
        sentence = explain(error) if isinstance(error, OSError) else error
        print(f"discern: {sentence}", file=sys.stderr)
        return 1
    return status


def _version(folder: str) -> Version:
    return Version(Path(folder))


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _verify(arguments: argparse.Namespace) -> int:
    from discern.provenance.manifest import count, verify

    problems = verify(arguments.results)
    for problem in problems:
        print(problem)
    print(f"{count(arguments.results)} files checked, {len(problems)} problems")
    return 1 if problems else 0


def _compare(arguments: argparse.Namespace) -> int:
    from discern.provenance.difference import as_text, changes, read_finished

    by_kind = changes(read_finished(arguments.old), read_finished(arguments.new))
    print(as_text(by_kind), end="")
    return 1 if any(by_kind.values()) else 0


def _publish(arguments: argparse.Namespace) -> int:
    from discern.publishing.publication import publish

    for sentence in publish(arguments.results, arguments.folder, arguments.texts, arguments.brief):
        print(sentence)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from discern.publishing.export import export_embeddings, export_leaderboard
    from discern.publishing.parquet import require_pyarrow
    from discern.publishing.ranked import Ranked

    if arguments.labels:
        require_pyarrow()
    ranked = Ranked(arguments.results)
    lines = [ranked.line(label) for label in arguments.labels]
    for path in export_leaderboard(ranked, arguments.folder):
        print(path)
    for line in lines:
        for path in export_embeddings(arguments.results, line.row, arguments.folder):
            print(path)
    return 0


def _card(arguments: argparse.Namespace) -> int:
    from discern.files import write_text
    from discern.publishing.card import card

    file = arguments.file or Path(f"{arguments.label}.md")
    write_text(file, card(arguments.results, arguments.label, file, arguments.search))
    print(file)
    return 0


def _sizes(arguments: argparse.Namespace) -> int:
    from discern.publishing.across import sizes, write
    from discern.publishing.ranked import Ranked

    drawn = sizes([Ranked(version) for version in arguments.versions])
    for path in write(arguments.folder, "sizes", *drawn):
        print(path)
    return 0


def _transfer(arguments: argparse.Namespace) -> int:
    from discern.publishing.across import transfer, write
    from discern.publishing.ranked import Ranked

    seen, unseen = arguments.versions[::2], arguments.versions[1::2]
    if len(seen) != len(unseen):
        raise DiscernError(
            "transfer compares versions in pairs, but their number is odd; name after each version "
            "that is evaluated on trained classes one that is evaluated on others"
        )
    drawn = transfer([(Ranked(a), Ranked(b)) for a, b in zip(seen, unseen, strict=True)])
    for path in write(arguments.folder, "transfer", *drawn):
        print(path)
    return 0


def _power(arguments: argparse.Namespace) -> int:
    from discern.ranking.power import as_text

    print(as_text(arguments.gap, arguments.sd, arguments.rows), end="")
    return 0


def _stages(arguments: argparse.Namespace) -> int:
    for name, sentence in _described_stages():
        print(f"{name:24}{sentence}")
    print("\npython -m discern.stages.NAME --help lists the options of a stage.")
    return 0


def _described_stages() -> Iterator[tuple[str, str]]:
    """The name of each stage, and the first sentence of its docstring."""
    from discern.stages.command import Stage

    for module in pkgutil.iter_modules(stages.__path__):
        of_module = vars(importlib.import_module(f"discern.stages.{module.name}"))
        for stage in of_module.values():
            is_stage = isinstance(stage, type) and issubclass(stage, Stage)
            if is_stage and stage.stage() == module.name:
                first, _, _ = (inspect.getdoc(stage) or "").partition("\n\n")
                yield module.name, f"{' '.join(first.split()).partition('. ')[0].rstrip('.')}."


if __name__ == "__main__":
    sys.exit(main())
