"""A stage's fingerprint changes with the meaning of the code that it runs, and with nothing else.

All edits are made in a package of a few lines, or in a copy of the real one.
"""

import ast
import shutil
from pathlib import Path

import pytest

from discern.provenance import fingerprint
from plain_files import write_bytes

SOURCES = {
    "__init__.py": "import os\n",
    "stages/__init__.py": '"""The stages."""\n',
    "stages/work.py": '''"""A stage."""

from discern import tables
from discern.files import read


class Work:
    """What is done."""

    factor: int = 2

    def run(self, count: int = 1) -> str:
        """Do it."""
        from discern.later import finish

        total = count + self.factor
        return finish(read("a"), total)
''',
    "files.py": "import discern.errors\n\n\ndef read(name):\n    return name\n",
    "errors.py": "class Failed(Exception):\n    pass\n",
    "tables.py": "rows = 1\n",
    "later.py": "def finish(text, total):\n    return text * total\n",
    "losses/__init__.py": "",
    "losses/cosface.py": "loss = 1\n",
    "losses/softmax.py": "loss = 2\n",
}
WORK = "discern.stages.work"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    yield
    forget()


def forget() -> None:
    """Have modules read anew that were read before."""
    fingerprint._parse.cache_clear()
    fingerprint._meaning.cache_clear()


class Package:
    """A package whose modules are edited."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fingerprint(self, *modules: str) -> str:
        forget()
        return fingerprint.code_fingerprint(*modules)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def add(self, file: str, text: str = "edited = 1\n") -> None:
        with (self.folder / file).open("a", encoding="utf-8") as source:
            source.write(text)


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "discern"
    for name, text in SOURCES.items():
        write_bytes(folder / name, text.encode())
    monkeypatch.setattr(fingerprint, "_PACKAGE", folder)
    return Package(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A stage."""', '"""The stage, better said."""'),
        ('    """What is done."""\n', ""),
        ('        """Do it."""\n', '        """Do it,\n\n        and well."""\n'),
        ("from discern import tables", "# a comment\n\n\nfrom discern import tables  # another"),
        ("total = count + self.factor", "total = (\n            count\n + self.factor)"),
        ('read("a")', "read('a')"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(package, old, new):
    before = package.fingerprint(WORK)
    package.replace("stages/work.py", old, new)
    assert package.fingerprint(WORK) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("factor: int = 2", "factor: int = 3"),
        ("count: int = 1", "count: float = 1"),
        ("count + self.factor", "count - self.factor"),
        ('read("a")', 'read("b")'),
        ("class Work:", "class Work(str):"),
        ("    def run(", "    @property\n    def run("),
        ("        total =", '        """No docstring, as it is not the first."""\n        total ='),
    ],
)
def test_every_other_change_counts(package, old, new):
    before = package.fingerprint(WORK)
    package.replace("stages/work.py", old, new)
    assert package.fingerprint(WORK) != before


@pytest.mark.parametrize(
    "file",
    [
        "files.py",
        "tables.py",  # `from discern import tables`
        "errors.py",  # imported by what the stage imports
        "later.py",  # imported within a function
        "__init__.py",  # run by every import of the package
        "stages/__init__.py",
    ],
)
def test_every_imported_module_counts(package, file):
    before = package.fingerprint(WORK)
    package.add(file)
    assert package.fingerprint(WORK) != before


def test_what_is_not_imported_does_not_count(package):
    before = package.fingerprint(WORK)
    package.add("losses/cosface.py")
    package.add("new.py")
    assert package.fingerprint(WORK) == before


def test_a_module_that_is_named_counts_and_its_neighbours_do_not(package):
    before = package.fingerprint(WORK, "discern.losses.cosface")
    package.add("losses/softmax.py")
    assert package.fingerprint(WORK, "discern.losses.cosface") == before
    package.add("losses/cosface.py")
    assert package.fingerprint(WORK, "discern.losses.cosface") != before


def test_what_moves_from_one_module_to_another_counts(package):
    before = package.fingerprint(WORK)
    package.replace("tables.py", "rows = 1\n", "")
    package.add("errors.py", "rows = 1\n")
    assert package.fingerprint(WORK) != before


def test_order_and_repetition_of_the_modules_do_not_count(package):
    modules = (WORK, "discern.losses.cosface")
    assert package.fingerprint(*modules) == package.fingerprint(*reversed(modules), *modules)


def test_the_place_of_the_package_does_not_count(package, monkeypatch):
    here = package.fingerprint(WORK)
    elsewhere = package.folder.with_name("elsewhere")
    shutil.move(package.folder, elsewhere)
    monkeypatch.setattr(fingerprint, "_PACKAGE", elsewhere)
    assert package.fingerprint(WORK) == here


@pytest.mark.parametrize("module", ["discern.stages.wrok", "discern.nothing", "numpy"])
def test_an_unknown_module_is_refused(package, module):
    with pytest.raises(ModuleNotFoundError, match=module):
        package.fingerprint(module)


TRAIN = ("discern.stages.train", "discern.losses.cosface")


def test_real_modules_that_are_printed_anew_are_the_same(tmp_path, monkeypatch):
    before = fingerprint.code_fingerprint(*TRAIN)
    copy = Package(shutil.copytree(fingerprint._PACKAGE, tmp_path / "discern"))
    for path in copy.folder.rglob("*.py"):
        path.write_text(ast.unparse(ast.parse(path.read_text(encoding="utf-8"))))
    monkeypatch.setattr(fingerprint, "_PACKAGE", copy.folder)
    assert copy.fingerprint(*TRAIN) == before


@pytest.mark.parametrize(
    ("modules", "runs", "does_not_run"),
    [
        (TRAIN, "losses.cosface losses.shared.cosine_softmax losses.shared.base", "losses.softmax"),
        (TRAIN, "training.batches training.network errors stages.command", "stages.select"),
        (["discern.stages.embed"], "training.network", "losses.cosface"),
        (TRAIN, "networks networks.shared.layers", "networks.original"),
        (["discern.networks.resnet"], "networks.shared.layers", "networks.original"),
        (["discern.stages.tsne"], "maps.tsne files", "training.trainer"),
    ],
)
def test_a_real_stage_depends_on_what_it_runs_alone(modules, runs, does_not_run):
    found = fingerprint._closure(modules)
    assert {f"discern.{name}" for name in runs.split()} | {"discern"} <= found
    assert f"discern.{does_not_run}" not in found
