"""A stage's fingerprint changes with the meaning of the code that it runs, and with nothing else.

All edits are made in a copy of the package.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from discern import fingerprint

TRAIN = ("discern.stages.train", "discern.losses.cosface")


class Package:
    """A copy of the package."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fingerprint(self, *modules: str) -> str:
        fingerprint._parse.cache_clear()
        fingerprint._meaning.cache_clear()
        return fingerprint.code_fingerprint(*modules)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "discern"
    shutil.copytree(
        fingerprint._PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    monkeypatch.setattr(fingerprint, "_PACKAGE", folder)
    yield Package(folder)
    fingerprint._parse.cache_clear()
    fingerprint._meaning.cache_clear()


def test_comments_docstrings_and_layout_do_not_count(package):
    before = package.fingerprint(*TRAIN)
    package.replace("losses/cosface.py", "from __future__", "# a comment\n\n\nfrom __future__")
    package.replace("losses/cosface.py", '"""Large margin cosine loss: a', '"""Better said: a')
    package.replace("losses/cosface.py", '"""Large margin cosine loss (', '"""The loss (')
    shared = "losses/cosine_softmax.py"
    package.replace(shared, '"""S cos θ', '"""The scaled cosines')
    package.replace(shared, "self.scale = scale\n", "self.scale = (\n  scale)\n")
    package.replace("losses/cosface.py", '"cosine"', "'cosine'")
    assert package.fingerprint(*TRAIN) == before


def test_a_reprinted_module_is_the_same(package):
    before = package.fingerprint(*TRAIN)
    for path in package.folder.rglob("*.py"):
        path.write_text(ast.unparse(ast.parse(path.read_text(encoding="utf-8"))))
    assert package.fingerprint(*TRAIN) == before


def test_a_first_docstring_does_not_count(package):
    before = package.fingerprint("discern.stages.split")
    package.replace(
        "stages/split.py", "    everything =", '    """Said later."""\n    everything ='
    )
    assert package.fingerprint("discern.stages.split") != before  # no docstring: not the first
    package.replace("stages/split.py", '    """Said later."""\n', "")
    package.replace("stages/split.py", "    counts =", '    """Said now."""\n    counts =')
    assert package.fingerprint("discern.stages.split") == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("stages/train.py", "done after %d epochs", "over after %d epochs"),
        ("training.py", "learning_rate.assign(learning_rate)", "learning_rate.assign(0.1)"),
        ("losses/cosface.py", "cosines - self.margin", "cosines + self.margin"),
        ("losses/cosface.py", "20.0,\n", "30.0,\n"),
        ("losses/cosine_softmax.py", "self.scale * cosines", "cosines"),
        ("losses/base.py", "def unit(", "def unit_(  "),
        ("losses/record.py", "    0.2,", "    0.3,"),
        ("sampler.py", "1 + epoch", "2 + epoch"),  # train imports it
        ("errors.py", "(Exception)", "(RuntimeError)"),  # imported by what it imports
        ("__init__.py", "import os", "import os, sys"),  # run by every import of the package
        ("losses/__init__.py", "seed: int = 0", "seed: int = 1"),
        ("stage.py", "1024", "1000"),
    ],
)
def test_the_meaning_of_any_imported_module_counts(package, file, old, new):
    before = package.fingerprint(*TRAIN)
    package.replace(file, old, new)
    assert package.fingerprint(*TRAIN) != before


def test_an_import_within_a_function_counts(package):
    # embed imports the network only when there is one
    before = package.fingerprint("discern.stages.embed")
    package.replace("network.py", "layers.MaxPooling2D(2)", "layers.MaxPooling2D(3)")
    assert package.fingerprint("discern.stages.embed") != before


def test_one_loss_counts_for_its_own_trainings_alone(package):
    def all_three():
        return [
            package.fingerprint("discern.stages.train", "discern.losses.cosface"),
            package.fingerprint("discern.stages.train", "discern.losses.softmax"),
            package.fingerprint("discern.stages.tsne"),
        ]

    before = all_three()
    package.replace("losses/cosface.py", "cosines - self.margin", "cosines")
    after = all_three()
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]


def test_what_a_stage_does_not_import_does_not_count(package):
    before = package.fingerprint("discern.stages.tsne")
    package.replace("training.py", "total / count", "total")
    (package.folder / "losses" / "new.py").write_text("record = None\n")
    assert package.fingerprint("discern.stages.tsne") == before


def test_order_and_repetition_of_the_modules_do_not_count(package):
    assert package.fingerprint(*TRAIN) == package.fingerprint(*reversed(TRAIN), *TRAIN)


def test_the_place_of_the_package_does_not_count(package, monkeypatch):
    here = package.fingerprint(*TRAIN)
    elsewhere = package.folder.parent / "elsewhere"
    shutil.move(package.folder, elsewhere)
    monkeypatch.setattr(fingerprint, "_PACKAGE", elsewhere)
    assert package.fingerprint(*TRAIN) == here


@pytest.mark.parametrize("module", ["discern.stages.trian", "discern.nothing", "numpy"])
def test_an_unknown_module_is_refused(module):
    with pytest.raises(ModuleNotFoundError, match=module):
        fingerprint.code_fingerprint(module)
