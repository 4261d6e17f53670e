"""Nothing that is read can run anything, and no setting reaches a shell or leaves its folder."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from discern.configuration import check
from discern.data.sources import FILES
from discern.errors import DiscernError
from discern.stages.options import flag

PROJECT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in ("workflow", "benchmarks", "envs")
    for path in (PROJECT / folder).rglob("*.py")
)
RULES = [PROJECT / "workflow/Snakefile", *sorted((PROJECT / "workflow/rules").glob("*.smk"))]

# What unpickles, unpacks, evaluates or starts a shell, by the last part of its name.
FORBIDDEN = {
    *("load_module", "Unpickler", "unpack_archive", "extractall", "extract", "eval", "exec"),
    *("load_model", "unsafe_load", "full_load", "load_all", "read_pickle"),
}
ALLOWED = {
    # reads what a module says of itself out of its own source, without builtins
    ("workflow/discern/declarations.py", "eval"),
    # is the one that allows arrays alone
    ("workflow/discern/data/sources.py", "Unpickler"),
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


def name_of(path):
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else path.name


def unsafe(path):
    for owner, word, call in used(path):
        options = {
            option.arg: ast.unparse(option.value) for option in (call.keywords if call else [])
        }
        if word in FORBIDDEN and (name_of(path), word) not in ALLOWED:
            yield word
        if f"{owner}.{word}" in SHELLS:
            yield f"{owner}.{word}"
        if owner in LOADERS and word in ("load", "loads"):
            yield f"{owner}.{word}"
        if owner in ("np", "numpy") and word == "load" and options.get("allow_pickle") != "False":
            yield "np.load"
        if options.get("shell") == "True":
            yield "shell=True"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_source_unpickles_unpacks_or_starts_a_shell(path):
    assert list(unsafe(path)) == []


def test_what_is_allowed_is_needed():
    assert {(name, word) for name, word in ALLOWED if word not in words_of(name)} == set()


def words_of(name):
    """The last parts of the names that a source uses."""
    return {word for _, word, _ in used(PROJECT / name)}


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


# Commands. What a stage's own names fill in is quoted, see tests/stages/test_command.py; this is
# what rules add to it.
UNQUOTED = {"wildcards.version", "wildcards.label", "wildcards.seed"}
UNQUOTED |= {"params.stage", "params.options"}


def rules_text():
    return "\n".join(path.read_text(encoding="utf-8") for path in RULES)


def test_rules_fill_nothing_unquoted_into_a_command_but_wildcards_stages_and_options():
    fields = re.findall(r"\{((?:wildcards|params|input|output|log)\b[^{}]*)\}", rules_text())
    assert set(fields) <= UNQUOTED
    assert {"wildcards.version", "params.options"} <= set(fields)


def test_every_command_is_that_of_a_stage():
    commands = re.findall(r"^    shell:\n        (.*)", rules_text(), re.MULTILINE)
    assert len(commands) > 10
    assert [text for text in commands if not re.match(r"[A-Z]\w+\.shell\(", text)] == []


def test_the_stage_and_the_options_of_a_rule_are_words_and_made_by_what_quotes_them():
    stages = re.findall(r"^        stage=(.*)", rules_text(), re.MULTILINE)
    options = re.findall(r"^        options=(.*)", rules_text(), re.MULTILINE)
    assert [each for each in stages if not re.fullmatch(r'"[a-z_]+",', each)] == []
    assert [each for each in options if not re.match(r'options\(|"",$', each)] == []
    assert len(stages) == len(options) > 5


@pytest.fixture
def options():
    """The function of the rules that makes options."""
    (source,) = re.findall(r"^def options\(.*?^    return given\n", rules_text(), re.M | re.S)
    names = {"flag": flag, "json": json, "shlex": shlex}
    exec(source, names)  # noqa: S102
    return names["options"]


@pytest.mark.parametrize("name", ["a b", "$(id)", "a'b; id", 'a"b', "--rows", "{seed}", "*", "\n"])
def test_an_option_that_a_rule_adds_is_one_word_whatever_it_holds(options, name):
    text = options(class_names=[name, "b"], distance=lambda wildcards: name)(None)
    expected = ["--class-names", json.dumps([name, "b"]), "--distance", name]
    assert shlex.split(text) == expected


def refuse(part, match, **changes):
    """Check the shipped configuration with ``changes`` in a ``part``, which name ``match``."""
    config = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    (config[part] if part else config).update(changes)
    with pytest.raises(DiscernError, match=match):
        check.check(config)


HOSTILE = [
    *("..", "../elsewhere", "/etc", "a/b", "full\n", "\nfull", "full\0", "a b", "~", ".hidden"),
    *("$(id)", "`id`", "a;id", "a|id", "a&id", "a'b", 'a"b', "-rf", "a\\b", "{seed}", "*", ""),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_wildcard_is_hostile(name):
    (seed,) = re.findall(r'^    seed=r"(.*)",$', rules_text(), re.MULTILINE)
    assert not re.fullmatch(seed, name)
    # versions and labels are those that the next test lets pass
    assert '    version=re.escape(config["version"]),\n' in rules_text()
    assert '    label="|".join(ROWS),\n' in rules_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_no_version_and_no_label_leaves_the_results_or_the_words(name):
    refuse(None, "version", version=name)
    refuse("losses", "losses", **{name: {"loss": "cosface"}})


@pytest.mark.parametrize("ending", ["\n", "\n--index-url=http://evil", " ; id", "\r"])
def test_no_source_is_followed_by_anything(ending):
    digest = "0" * 64
    package = {"package": "some-digits==1.0", "sha256": digest, "member": "a"}
    for key in ("package", "sha256"):
        refuse("data", r"data\.sources", sources=[package | {key: package[key] + ending}])
    digests = dict.fromkeys(FILES, digest) | {"train-images": digest + ending}
    refuse("data", r"data\.sha256\.train-images", sha256=digests)


@pytest.mark.parametrize("address", ["http://host/a", "ftp://host/a", "file:///a", "//host", "a"])
@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_addresses_are_https(kind, address):
    refuse("data", rf"data\.sources\.0\.{kind}", sources=[{kind: address}])
