"""Each file of a version has one path, which rules, stages and the published folders share."""

import inspect
import re
from pathlib import Path

import pytest

from discern.results import IDX_FILES, Version
from publications import PUBLICATIONS

PROJECT = Path(__file__).parents[1]
FULL, PATTERNS = Version(Path("results/full")), Version(Path("results/{version}"))
VALUES = {"version": "full", "label": "cosface", "seed": "0", "kind": "map", "ending": "png"}
TRAINING = ("{label}", "{seed}")
# Each member with its arguments, and the path below the version's folder.
PATHS = {
    **{("idx", file): f"download/{name}" for file, name in IDX_FILES.items()},
    ("sources",): "download/sources.json",
    ("original_labels",): "download/labels.json",
    ("unfinished_download",): ".download",
    ("split",): "split/split.npz",
    ("split_summary",): "split/split.json",
    ("corruption",): "corrupt/corruption.npz",
    ("corruption_summary",): "corrupt/corruption.json",
    ("history", *TRAINING): "train/{label}/{seed}/history.csv",
    ("checkpoints", *TRAINING): "train/{label}/{seed}/checkpoints",
    ("unfinished_training", *TRAINING): "train/{label}/{seed}/.resume",
    ("weights", *TRAINING): "select/{label}/{seed}.npz",
    ("selection", *TRAINING): "select/{label}/{seed}.json",
    ("embeddings", *TRAINING, "train"): "embed/{label}/{seed}/train.npz",
    ("embeddings", *TRAINING, "test"): "embed/{label}/{seed}/test.npz",
    ("map", *TRAINING): "tsne/{label}/{seed}.npz",
    ("measures", *TRAINING): "measure/{label}/{seed}.json",
    ("outcomes", *TRAINING): "measure/{label}/{seed}.npz",
    ("figure", *TRAINING, "{kind}", "{ending}"): "figures/{label}/{seed}/{kind}.{ending}",
    ("comparisons",): "compare/comparisons.json",
    ("mistakes",): "compare/mistakes.csv",
    ("sheet", "{kind}", "{ending}"): "figures/{kind}.{ending}",
    ("leaderboard", "csv"): "report/leaderboard.csv",
    ("leaderboard", "md"): "report/leaderboard.md",
    ("page",): "report/index.html",
    ("trials",): "search/trials.csv",
    ("verdicts",): "search/verdicts.md",
    ("manifest",): "report/manifest.json",
    ("configuration",): "report/config.yaml",
    ("workflow",): "report/workflow",
    ("crate",): "ro-crate-metadata.json",
    ("record", "split"): "split/record.json",
    ("record", "train", *TRAINING): "train/{label}/{seed}/record.json",
}


def member(version, name, *arguments):
    """The path that ``version`` gives for a member with its ``arguments``."""
    found = getattr(version, name)
    return found(*arguments) if callable(found) else found


@pytest.mark.parametrize(("asked", "path"), PATHS.items(), ids=map(" ".join, PATHS))
def test_a_path_and_its_pattern_agree(asked, path):
    assert str(member(PATTERNS, *asked)) == f"results/{{version}}/{path}"
    name, *arguments = (word.format(**VALUES) for word in asked)
    assert str(member(FULL, name, *arguments)) == f"results/full/{path.format(**VALUES)}"


def test_every_member_is_listed_above():
    members = {name for name, _ in inspect.getmembers(Version) if not name.startswith("_")}
    assert {name for name, *_ in PATHS} == members - {"folder", "record_beside"}


def test_no_two_files_have_the_same_path():
    assert len(set(PATHS.values())) == len(PATHS)


@pytest.mark.parametrize(
    ("output", "record"),
    [
        ("select/cosface/0.npz", "select/cosface/0.record.json"),
        ("select/{label}/{seed}.json", "select/{label}/{seed}.record.json"),
        ("figures/cosface/0/map.png", "figures/cosface/0/map.record.json"),
        ("figures/verification.svg", "figures/verification.record.json"),
    ],
)
def test_the_record_beside_an_output_has_its_name(output, record):
    assert Version.record_beside(Path(output)) == Path(record)


def as_glob(text):
    """``text`` with an asterisk for each wildcard."""
    for name in VALUES:
        text = text.replace(f"{{{name}}}", "*")
    return text


OWNED = [as_glob(path).split("/") for path in PATHS.values()]
OWNED += [[stage, "record.json"] for stage in ("download", "compare", "search", "report")]
OWNED += [["embed", "*", "*", "record.json"]]


def is_owned(path):
    """Whether a path below a version's folder is one of those above."""
    patterns = [pattern for pattern in OWNED if len(pattern) == len(path.parts)]
    return any(path.match("/".join(pattern)) for pattern in patterns)


@pytest.mark.parametrize("folder", PUBLICATIONS, ids=lambda folder: folder.name)
def test_a_published_folder_is_a_version_with_fewer_files(folder):
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if not is_owned(path)] == []
    assert Version(folder).manifest.is_file()


# No other source spells these paths


VARIES = r"[^\s/,]+"
ANY_ENDING = r"\*|\{\w+\}"


def finder_of(parts):
    """What finds the path of these parts in a source, whatever stands for what varies."""
    pattern = re.escape("/".join(parts)).replace(r"\*", VARIES)
    name, _, ending = pattern.rpartition(r"\.")
    if name:
        endings = "csv|png|svg|pdf" if ending == VARIES else ending
        pattern = rf"{name}\.({endings}|{ANY_ENDING})"
    return re.compile(rf"(?<![\w)\]]){pattern}")


FINDERS = [finder_of(parts) for parts in OWNED]
DOCSTRING_OR_COMMENT = re.compile(r'"""[\s\S]*?"""|^\s*#.*|  # .*', re.MULTILINE)


def spelled(path):
    """The paths of a version that a source spells, in one word or joined by ``/``."""
    text = DOCSTRING_OR_COMMENT.sub("", path.read_text(encoding="utf-8"))
    joined = re.sub(r"""\bf?["']|["']""", "", text).replace(" / ", "/")
    return [found[0] for finder in FINDERS for found in finder.finditer(joined)]


SOURCES = [
    path
    for path in sorted((PROJECT / "workflow").rglob("*"))
    if path.suffix in (".py", ".smk") and path.name != "results.py"
] + [PROJECT / "workflow" / "Snakefile"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_other_source_spells_a_path_of_a_version(path):
    assert spelled(path) == []


@pytest.mark.parametrize(
    "line",
    [
        'read("report/manifest.json")',
        'read(folder / "report" / "manifest.json")',
        'read(version.folder / "measure" / label / f"{seed}.json")',
        'read(f"{folder}/tsne/{label}/{seed}.npz")',
        'GLOBS = ["measure/*/*.json"]',
        'files = "report/leaderboard.*"',
        'history="results/{version}/train/{label}/{seed}/history.csv",',
        'crate = folder / "ro-crate-metadata.json"',
    ],
)
def test_a_spelled_path_is_found(tmp_path, line):
    source = tmp_path / "source.py"
    source.write_text(line)
    assert spelled(source)


def test_docstrings_comments_and_logs_spell_no_path_of_a_version(tmp_path):
    source = tmp_path / "source.py"
    log = 'log: "logs/{version}/figures/{label}/{seed}.log"'
    source.write_text(f'"""See report/manifest.json."""\n# split/split.npz\n{log}\n')
    assert spelled(source) == []
