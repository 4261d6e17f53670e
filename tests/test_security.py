"""Nothing that is read can run anything, and no setting reaches a shell or leaves its folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from discern import configuration
from discern.errors import DiscernError
from discern.losses.catalogue import records

PROJECT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in ("workflow", "benchmarks", "envs")
    for path in (PROJECT / folder).rglob("*.py")
)
RULES = [PROJECT / "Snakefile", *sorted((PROJECT / "workflow/rules").glob("*.smk"))]

# What unpickles, unpacks, evaluates or starts a shell, by the last part of its name.
FORBIDDEN = {
    *("load_module", "Unpickler", "unpack_archive", "extractall", "extract", "eval", "exec"),
    *("load_model", "unsafe_load", "full_load", "load_all", "read_pickle"),
}
ALLOWED = {
    # reads a loss's own record out of its own source, without builtins
    ("workflow/discern/losses/catalogue.py", "eval"),
    # is the one that allows arrays alone
    ("workflow/discern/sources.py", "Unpickler"),
    # PyTorch's name for the end of training
    ("benchmarks/peers/torch_fit.py", "eval"),
}
SHELLS = ("os.system", "os.popen", "subprocess.getoutput")
LOADERS = ("pickle", "marshal", "joblib", "dill", "yaml", "torch")


def used(path):
    """Each attribute or name used in a file with the word before it, and the call it is of."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node.value), node.attr, calls.get(id(node))
        elif isinstance(node, ast.Name):
            yield "", node.id, calls.get(id(node))


def unsafe(path):
    name = str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else path.name
    for owner, word, call in used(path):
        options = {
            option.arg: ast.unparse(option.value) for option in (call.keywords if call else [])
        }
        if word in FORBIDDEN and (name, word) not in ALLOWED:
            yield word
        if f"{owner}.{word}" in SHELLS:
            yield f"{owner}.{word}"
        if owner in LOADERS and word in ("load", "loads"):
            yield f"{owner}.{word}"
        if owner in ("np", "numpy") and word == "load" and options.get("allow_pickle") != "False":
            yield "np.load"
        if options.get("shell") == "True":
            yield "shell=True"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(PROJECT)) for path in SOURCES])
def test_no_source_unpickles_unpacks_or_starts_a_shell(path):
    assert list(unsafe(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "np.load(f)",
        "numpy.load(f, allow_pickle=True)",
        "pickle.loads(b)",
        "yaml.load(f)",
        "zipfile.ZipFile(f).extractall()",
        "shutil.unpack_archive(f)",
        "subprocess.run(c, shell=True)",
        "os.system(c)",
        "eval(c)",
        "pickle.Unpickler(f).load()",
    ],
)
def test_the_search_for_them_finds_them(tmp_path, line):
    (tmp_path / "source.py").write_text(line)
    assert list(unsafe(tmp_path / "source.py"))


# Fields of the rules' commands that are not quoted: numbers, and words out of a closed list.
NUMBERS = {"resolution", "resamples", "seed", "neighbours", "threads", "epochs", "patience"}
NUMBERS |= {"validation", "train", "test"}
WORDS = {"loss", "queries", "distance"}


def commands():
    for path in RULES:
        for shell in re.findall(
            r"^    shell:\n((?:        .*\n)+)", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            yield path.name, shell


def test_everything_in_a_command_is_quoted_or_a_number_or_a_known_word():
    fields = [
        (name, field) for name, shell in commands() for field in re.findall(r"\{([^{}]*)\}", shell)
    ]
    assert len(fields) > 100
    for name, field in fields:
        kind, _, key = field.partition(".")
        plain = (kind == "params" and key in NUMBERS | WORDS) or kind == "wildcards"
        assert field.endswith(":q") or plain, f"{name}: {{{field}}}"


def test_the_words_and_numbers_that_are_not_quoted_can_hold_nothing_else():
    schema = configuration.schema()["properties"]
    word = r"[A-Za-z][A-Za-z0-9_]*"
    assert all(re.fullmatch(word, loss) for loss in records())
    assert all(re.fullmatch(word, record.distance) for record in records().values())
    assert all(
        re.fullmatch(word, part) for part in schema["evaluation"]["properties"]["queries"]["enum"]
    )
    keys = {
        "figures": ["resolution"],
        "evaluation": ["resamples", "seed", "neighbours"],
        "training": ["threads", "epochs", "early_stopping_patience"],
        "split": ["validation", "train", "test", "seed"],
    }
    for part, names in keys.items():
        for name in names:
            kinds = schema[part]["properties"][name]["type"]
            assert set([kinds] if isinstance(kinds, str) else kinds) <= {"integer", "null"}


@pytest.fixture
def config():
    return yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))


HOSTILE = [
    *("..", "../elsewhere", "/etc", "a/b", "full\n", "\nfull", "full\0", "a b", "~", ".hidden"),
    *("$(id)", "`id`", "a;id", "a|id", "a&id", "a'b", 'a"b', "-rf", "a\\b", "{seed}", "*", ""),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_version_and_no_label_leaves_the_results_or_the_words(config, name):
    with pytest.raises(DiscernError, match="version"):
        configuration.check(config | {"version": name})
    losses = config["losses"] | {name: {"loss": "cosface"}}
    with pytest.raises(DiscernError, match="losses"):
        configuration.check(config | {"losses": losses})


@pytest.mark.parametrize("ending", ["\n", "\n--index-url=http://evil", " ; id", "\r"])
def test_no_source_is_followed_by_anything(config, ending):
    digest = "0" * 64
    package = {"package": "some-digits==1.0", "sha256": digest, "member": "a"}
    for key in ("package", "sha256"):
        sources = [package | {key: package[key] + ending}]
        with pytest.raises(DiscernError, match=r"data\.sources"):
            configuration.check(config | {"data": config["data"] | {"sources": sources}})
    digests = config["data"]["sha256"] | {"train-images": digest + ending}
    with pytest.raises(DiscernError, match=r"data\.sha256"):
        configuration.check(config | {"data": config["data"] | {"sha256": digests}})


@pytest.mark.parametrize("address", ["http://host/a", "ftp://host/a", "file:///a", "//host", "a"])
@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_addresses_are_https(config, kind, address):
    data = config["data"] | {"sources": [{kind: address}]}
    with pytest.raises(DiscernError, match=rf"data\.sources\.0\.{kind}"):
        configuration.check(config | {"data": data})
