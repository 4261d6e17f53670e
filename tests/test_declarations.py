"""What modules say of themselves is read from their source, and nothing of them is run."""

import types
from dataclasses import dataclass

import pytest

from discern.declarations import declared


@dataclass(frozen=True)
class Word:
    """What a module of these tests declares."""

    text: str
    length: int = 0


VOCABULARY = types.SimpleNamespace(Word=Word, LONG=12)


def read(folder, **sources):
    """What the modules of these sources declare as ``word``."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return declared(folder, "word", VOCABULARY, Word)


def test_a_module_is_found_by_its_name_in_the_order_of_names(tmp_path):
    words = read(tmp_path, second='word = Word("b", LONG)\n', first='word = Word("a")\n')
    assert list(words.items()) == [("first", Word("a")), ("second", Word("b", 12))]


def test_a_declaration_may_be_annotated_with_its_type(tmp_path):
    source = 'word: int\nword: Word = Word("a")\n'
    assert read(tmp_path, annotated=source) == {"annotated": Word("a")}


def test_the_module_itself_is_not_run(tmp_path):
    source = 'import nonsense\nraise RuntimeError("run")\nword = Word("a")\n'
    assert read(tmp_path, broken=source) == {"broken": Word("a")}


@pytest.mark.parametrize(
    "source",
    [
        "",
        'words = Word("a")\n',
        "word = 1\n",
        'other.word = Word("a")\n',
        'def function():\n    word = Word("a")\n',
    ],
)
def test_a_module_that_declares_nothing_of_the_kind_is_left_out(tmp_path, source):
    assert read(tmp_path, without=source, another='word = Word("b")') == {"another": Word("b")}


def test_files_that_are_no_modules_of_the_folder_itself_are_left_alone(tmp_path):
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "module.py").write_text('word = Word("a")\n', encoding="utf-8")
    (tmp_path / "text.txt").write_text("word = (", encoding="utf-8")
    assert read(tmp_path) == {}


@pytest.mark.parametrize("expression", ['open("made", "w")', '__import__("os")', "tf.constant(1)"])
def test_a_declaration_may_use_the_names_of_the_vocabulary_alone(tmp_path, monkeypatch, expression):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NameError, match="is not defined"):
        read(tmp_path, hostile=f"word = Word({expression})\n")
    assert not (tmp_path / "made").exists()


def test_an_error_names_the_file_whose_declaration_is_wrong(tmp_path):
    with pytest.raises(SyntaxError) as caught:
        read(tmp_path, broken="word = Word(\n")
    assert caught.value.filename == str(tmp_path / "broken.py")
