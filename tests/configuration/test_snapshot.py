"""A finished version is not redone with other settings, unless asked to."""

import contextlib

import pytest
import yaml

from configuration.shipped import SHIPPED, with_change
from discern.configuration import check
from discern.configuration.rows import rows
from discern.configuration.snapshot import (
    differences,
    read_snapshot,
    refuse_another,
    shown,
    snapshot,
)
from discern.errors import Damaged, DiscernError
from discern.losses.shared.catalogue import descriptions
from discern.results import Version

MADE_WITH = yaml.safe_dump(snapshot(SHIPPED), sort_keys=False)


def changed(text):
    """The shipped configuration with a change that passes the check."""
    config = with_change(text)
    check.check(config)
    return config


@pytest.fixture
def finished(tmp_path):
    """A version that was finished with the shipped configuration."""
    version = Version(tmp_path / "results" / "full")
    version.manifest.parent.mkdir(parents=True)
    version.manifest.write_text("{}")
    version.configuration.write_text(MADE_WITH)
    return version


def test_every_parameter_of_a_loss_is_recorded_with_its_default():
    recorded = snapshot(changed("losses: {cosface: null}"))["losses"]["cosface"]
    knobs = descriptions()["cosface"].parameters
    assert recorded == {name: knob.default for name, knob in knobs.items()}
    assert set(recorded) == {"scale", "margin", "dropout"}


def test_a_snapshot_is_a_configuration_with_the_same_rows_and_the_same_snapshot():
    network = "{name: lenet, embedding_dim: 64}"
    wide = f"{{loss: cosface, margin: 0.35, learning_rate: 0.002, title: Wide, network: {network}}}"
    config = changed(f"losses: {{wide: {wide}, softmax: false}}")
    recorded = snapshot(config)
    again = {**config, **recorded, "data": {**config["data"], **recorded["data"]}}
    check.check(again)
    assert list(rows(again).items()) == list(rows(config).items())
    assert snapshot(again) == recorded


def test_a_search_is_recorded_by_its_rows_and_not_by_its_trials():
    config = changed("search: {trials: 4, learning_rates: [0.001, 0.002], seed: 0}")
    recorded = snapshot(config)
    assert recorded["search"] == config["search"]
    assert [label for label, entry in recorded["losses"].items() if entry] == [
        label for label in SHIPPED["losses"] if label != "pixels"
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b: 1 → 2"]),
        ({"a": [0]}, {"a": [0, 1]}, ["a: [0] → [0, 1]"]),
        ({"a": {}}, {"a": {"b": "x"}}, ["a.b: none → x"]),
        ({"a": {"b": 1}}, {"a": False}, ['a: {"b": 1} → false']),
        ({"a": False}, {}, []),
        ({"a": 1}, {"b": 2}, ["a: 1 → none", "b: none → 2"]),
    ],
)
def test_differences_are_told_by_key(old, new, sentences):
    assert list(map(str, differences(old, new))) == sentences


def test_a_difference_has_both_values_for_who_tells_it_in_another_way():
    (difference,) = differences({"a": {"b": [1]}}, {"a": {"b": 2}})
    assert (difference.key, difference.old, difference.new) == ("a.b", [1], 2)
    assert (shown("text"), shown({"µ": True}), shown(None)) == ("text", '{"µ": true}', "none")


def test_what_was_written_is_read_back(finished):
    assert read_snapshot(finished) == snapshot(SHIPPED)


def test_the_same_settings_pass(finished):
    refuse_another(finished, SHIPPED)
    # a default that is spelled out
    refuse_another(finished, changed("losses: {contrastive: null}"))


@pytest.mark.parametrize(
    "change",
    [
        "data: {local: /data}",
        "data: {sources: []}",
        "data: {timeout: 1, deadline: 1, attempts: 9}",
        "environment: {accelerator: cpu, python: /usr/bin/python3}",
        "version: full2",
    ],
)
def test_settings_that_decide_no_result_do_not_count(finished, change):
    refuse_another(finished, changed(change))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("losses: {cosface: {margin: 0.3}}", "losses.cosface.margin: 0.2 → 0.3"),
        ("losses: {cosface: false}", "losses.cosface: {"),
        ("losses: {wide: {loss: cosface}}", "losses.wide: none → {"),
        ("seeds: [0, 1]", "seeds: [0] → [0, 1]"),
        ("tsne: {perplexity: 15}", "tsne.perplexity: 30 → 15"),
        (
            "{data: {class_names: [a, b]}, batches: {samples: 200}}",
            "data.class_names: none → [",
        ),
        ("figures: {formats: [png]}", 'figures.formats: ["png", "svg"] → ["png"]'),
    ],
)
def test_other_settings_are_refused_in_one_sentence_with_both_ways_out(finished, change, named):
    with pytest.raises(DiscernError) as refusal:
        refuse_another(finished, changed(change))
    sentence = str(refusal.value)
    assert sentence.startswith(f"{finished.folder} is finished and was made with other settings (")
    assert named in sentence
    assert "--config version=NAME" in sentence
    assert "--config overwrite=true" in sentence
    assert "\n" not in sentence


def test_of_many_differences_the_first_are_named(finished):
    trained = [label for label in SHIPPED["losses"] if label != "pixels"]
    change = f"losses: {{{', '.join(f'{label}: false' for label in trained)}}}"
    with pytest.raises(DiscernError, match=r"; and 2 more\)"):
        refuse_another(finished, changed(change))


@pytest.mark.parametrize(("word", "allowed"), [("true", True), ("false", False)])
def test_other_settings_are_allowed_with_overwrite_alone(finished, word, allowed):
    with contextlib.nullcontext() if allowed else pytest.raises(DiscernError):
        refuse_another(finished, with_change(f"{{seeds: [1], overwrite: {word}}}"))


def test_an_unfinished_version_may_be_changed(finished):
    finished.manifest.unlink()
    refuse_another(finished, changed("seeds: [1]"))


def test_a_version_without_a_snapshot_may_be_changed(finished):
    finished.configuration.unlink()
    assert read_snapshot(finished) is None
    refuse_another(finished, changed("seeds: [1]"))


@pytest.mark.parametrize("content", [b"", b"- 1", b"a: [", b"\xff\xfe"])
def test_a_damaged_snapshot_is_one_sentence(finished, content):
    finished.configuration.write_bytes(content)
    with pytest.raises(Damaged, match=r"config\.yaml is not a configuration; delete it"):
        refuse_another(finished, SHIPPED)
