"""Configurations are laid over each other, and what is read as something else is refused."""

import pytest
import yaml

from configuration.shipped import PRESETS, PROJECT, SHIPPED, load
from discern.configuration import check, layers
from discern.configuration.rows import rows
from discern.errors import DiscernError


@pytest.mark.parametrize(
    ("lowest_first", "joined"),
    [
        (["a: {b: 1, c: 2}", "a: {b: 3}"], "a: {b: 3, c: 2}"),
        (["a: {b: 1}", "a: {}"], "a: {b: 1}"),
        (["a: false", "a: {}"], "a: {}"),
        (["a: [{b: 1}]", "a: {}"], "a: {}"),
        (["a: {b: 1}", "a: null"], "a: null"),
        (["a: {b: 1}", "a: false", "a: {c: 2}"], "a: {c: 2}"),
        (["a: {b: 1}", "a: null", "a: {c: 2}"], "a: {c: 2}"),
        (["a: [1, 2]", "a: [3]"], "a: [3]"),
        (["a: {b: {c: 1, d: 2}}", "a: {b: {c: 3}}", "e: 4"], "{a: {b: {c: 3, d: 2}}, e: 4}"),
    ],
)
def test_mappings_are_joined_and_everything_else_replaces(lowest_first, joined):
    assert layers.laid_over_each_other(*map(yaml.safe_load, lowest_first)) == yaml.safe_load(joined)


def test_what_is_left_out_is_as_below_and_the_keys_of_a_higher_layer_come_first():
    own = {"losses": {"mine": {"loss": "cosface"}, "pixels": False}, "seeds": [1, 2]}
    whole = layers.laid_over_each_other(SHIPPED, own)
    check.check(whole)
    assert next(iter(rows(whole))) == "mine"
    assert set(rows(whole)) == {"mine", *SHIPPED["losses"]} - {"pixels"}
    assert whole["seeds"] == [1, 2]
    assert whole["training"] == SHIPPED["training"]


def test_no_layer_is_changed():
    lowest, highest = {"a": {"b": 1}}, {"a": {"c": 2}}
    layers.laid_over_each_other(lowest, highest)["a"]["b"] = 3
    assert (lowest, highest) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_values_of_the_command_line_are_read_as_yaml_except_the_version():
    given = {
        "version": "2026-11-25",
        "seeds": ["0", "1"],
        "training": {"epochs": "3", "early_stopping_patience": "null"},
        "data": {"local": "a: b: c", "class_names": ["zero", "1", '"2"']},
        "overwrite": "yes",
        "corruption": "null",
        "classes": "None",
        "page": {"images": False},
    }
    assert layers.typed(given) == {
        "version": "2026-11-25",
        "seeds": [0, 1],
        "training": {"epochs": 3, "early_stopping_patience": None},
        "data": {"local": "a: b: c", "class_names": ["zero", 1, "2"]},
        "overwrite": True,
        "corruption": None,
        "classes": None,
        "page": {"images": False},
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3\n", "the key a is in line 1 and again in line 3"),
        (
            "training: {epochs: 7}\n\ntraining:\n  early_stopping_patience: 5\n",
            "the key training is in line 1 and again in line 3",
        ),
        (
            "losses:\n  cosface: {margin: 0.2}\n  cosface: {scale: 3}\n",
            "the key losses.cosface is in line 2 and again in line 3",
        ),
        ("a:\n- b: 1\n  'b': 2\n", "the key a.0.b is in line 2 and again in line 3"),
        ('{\n\t"a": 1,\n\t"a": 2\n}\n', "the key a is in line 2 and again in line 3"),
        ("a: {b: 1, b: 1}", "the key a.b is in line 1 and again in line 1"),
    ],
)
def test_a_key_that_is_twice_in_a_file_is_refused_with_both_lines(tmp_path, text, sentence):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(DiscernError) as refusal:
        layers.refuse_misread(file)
    assert str(refusal.value) == f"{file}: {sentence}; join the two or remove one"


@pytest.mark.parametrize(
    "text", ["{}", "a: {b: 1}\nc: {b: 1}", "a:\n- b: 1\n- b: 1", "1: a\n'1': b"]
)
def test_a_key_that_two_mappings_have_is_no_repetition(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    layers.refuse_misread(file)


SAVE, NEITHER = "save the file as text in UTF-8", "is neither YAML nor JSON"


@pytest.mark.parametrize(
    ("content", "sentence", "remedied"),
    [
        ("a: 1\nb: größer\n".encode("latin-1"), f": line 2 is not UTF-8; {SAVE}", None),
        ("a: größer\n".encode("utf-16"), f": line 1 is not UTF-8; {SAVE}", None),
        (b"a: 1\nb: x\x07\n", ": line 2 has the character 0x07, which is no text", b"a: 1\nb: x\n"),
        (b"a: [1\n", f": line 2 {NEITHER} (expected ',' or ']'", b"a: [1]\n"),
        (b"a:\n\t- 1\n", f": line 2 {NEITHER} (found character '\\t'", b"a:\n  - 1\n"),
        (b"", " has no keys; write at least one, as in seeds: [0]", b"seeds: [0]"),
        (b"- a: 1\n", " has no keys; write at least one", b"seeds: [0]"),
    ],
)
def test_what_is_no_configuration_is_refused_and_its_remedy_works(
    tmp_path, content, sentence, remedied
):
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    with pytest.raises(DiscernError) as refusal:
        layers.refuse_misread(file)
    assert str(refusal.value).startswith(f"{file}{sentence}")
    file.write_bytes(remedied or "a: 1\nb: größer\n".encode())
    layers.refuse_misread(file)


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path):
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "no", "No such file or d")):
        with pytest.raises(DiscernError) as refusal:
            layers.refuse_misread(path)
        assert str(refusal.value).startswith(f"{path} can't be read ({reason}")


def test_a_date_that_does_not_exist_is_refused_and_its_remedy_works(tmp_path):
    file, sentence = tmp_path / "config.yaml", r": YAML can't read 2024-02-31 \(day is out of range"
    file.write_text("version: 2024-02-31\n")
    with pytest.raises(DiscernError, match=rf"config.yaml{sentence}"):
        layers.refuse_misread(file)
    with pytest.raises(DiscernError, match=f"^--config{sentence}"):
        layers.typed({"losses": {"cosface": {"title": "2024-02-31"}}})
    file.write_text('version: "2024-02-31"\n')
    layers.refuse_misread(file)
    assert layers.typed({"title": '"2024-02-31"'}) == {"title": "2024-02-31"}


@pytest.mark.parametrize(
    "text", ["seeds: [0]\nlosses: &all\n  mine: *all\n", "a: 1\nb: &b [0, [*b]]\n"]
)
def test_a_value_that_contains_itself_is_refused(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(DiscernError, match=r"config\.yaml: the value that begins in line [23] has"):
        layers.refuse_misread(file)
    with pytest.raises(
        DiscernError, match="--config: the value that begins in line 1 has an alias"
    ):
        layers.typed({"losses": "&all {mine: *all}"})


def test_anchors_and_merge_keys_are_read(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("a: &a {b: 1}\nc:\n  <<: *a\n  d: 2\n")
    layers.refuse_misread(file)


OTHER_BASES = {"010": 8, "-017": -15, "1:30": 90, "[5, 0_7]": 7}


@pytest.mark.parametrize("written", OTHER_BASES)
def test_a_number_in_another_base_is_refused_and_its_remedy_works(tmp_path, written):
    file, number = tmp_path / "config.yaml", OTHER_BASES[written]
    file.write_text(f"training: {{epochs: {written}}}\n")
    with pytest.raises(
        DiscernError, match=rf"config.yaml: YAML reads \S+ as {number}; write {number}"
    ):
        layers.refuse_misread(file)
    with pytest.raises(DiscernError, match=rf"^--config: YAML reads \S+ as {number}; "):
        layers.typed({"training": {"epochs": written}})
    file.write_text(f"training: {{epochs: {number}, version: '010'}}\n")
    layers.refuse_misread(file)
    assert layers.typed({"seeds": [str(number), '"010"']}) == {"seeds": [number, "010"]}


@pytest.mark.parametrize("written", ["0", "10", "0.5", "1e-3", "0x1f", "0o10", "08", "a:10", "-1"])
def test_other_numbers_and_texts_are_read_as_they_are_written(tmp_path, written):
    file = tmp_path / "config.yaml"
    file.write_text(f"a: {written}\n")
    layers.refuse_misread(file)


@pytest.mark.parametrize(
    "file", [PROJECT / "config.yaml", *PRESETS.glob("*.yaml")], ids=lambda file: file.stem
)
def test_no_shipped_file_is_misread(file):
    layers.refuse_misread(file)


def test_a_configuration_is_shown_as_yaml_in_its_own_order():
    shown = layers.as_yaml(SHIPPED)
    assert yaml.safe_load(shown) == load(PROJECT / "config.yaml")
    assert list(yaml.safe_load(shown)["losses"]) == list(SHIPPED["losses"])
    assert "λ" in shown


@pytest.mark.parametrize(
    ("command_line", "option"),
    [
        ("--configfile a.yaml --cores 1 --configfile b.yaml", "--configfile"),
        ("--configfile a.yaml --configfiles=b.yaml", "--configfile"),
        ("--config version=a --config overwrite=true", "--config"),
        ("-C version=a --config overwrite=true", "--config"),
    ],
)
def test_an_option_of_which_snakemake_drops_the_first_is_refused(command_line, option):
    with pytest.raises(DiscernError, match=rf"^{option} is given twice.* after one {option},"):
        layers.refuse_repeated_options(command_line.split())


def test_several_values_of_one_option_are_no_repetition():
    layers.refuse_repeated_options(
        ["snakemake", "--configfile", "a.yaml", "b.yaml", "--config", "seeds=[1]", "version=c"]
    )
