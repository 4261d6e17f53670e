"""A finished version is known by its settings, and not redone with others unasked."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from discern import configuration
from discern.errors import DiscernError
from discern.recorded import differences, read_configuration
from discern.resolved import refuse_another, resolved

PROJECT = Path(__file__).parents[1]
SHIPPED = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))


def changed(**values):
    """The shipped configuration with other values, ``__`` being the point in a key's path."""
    config = copy.deepcopy(SHIPPED)
    for path, value in values.items():
        *above, key = path.split("__")
        part = config
        for step in above:
            part = part[step]
        part[key] = value
    configuration.check(config)
    return config


@pytest.fixture
def finished(tmp_path):
    """A folder that was finished with the shipped configuration."""
    report = tmp_path / "results" / "full" / "report"
    report.mkdir(parents=True)
    (report / "manifest.json").write_text("{}")
    (report / "config.yaml").write_text(yaml.safe_dump(resolved(SHIPPED), sort_keys=False))
    return report.parent


def test_every_parameter_of_a_loss_is_recorded_with_its_default():
    recorded = resolved(changed(losses__cosface={}))["losses"]["cosface"]
    defaults = {n: k.default for n, k in configuration.records()["cosface"].parameters.items()}
    assert recorded == defaults
    assert set(recorded) == {"scale", "margin"}


def test_what_is_recorded_is_a_configuration_with_the_same_rows_and_is_recorded_alike():
    config = changed(
        losses__wide={"loss": "cosface", "margin": 0.35, "learning_rate": 0.002},
        losses__softmax=False,
    )
    recorded = resolved(config)
    again = {**config, **recorded, "data": {**config["data"], **recorded["data"]}}
    configuration.check(again)
    assert configuration.rows(again) == configuration.rows(config)
    assert list(configuration.rows(again)) == list(configuration.rows(config))
    assert resolved(again) == recorded


def test_a_search_is_recorded_by_its_rows_and_not_by_its_trials():
    search = {"trials": 4, "learning_rates": [0.001, 0.002], "seed": 0}
    recorded = resolved(changed(search=search))
    assert recorded["search"] == search
    assert [label for label, entry in recorded["losses"].items() if entry] == [
        label for label in SHIPPED["losses"] if label != "pixels"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
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
def test_differences_are_told_by_key(old, new, told):
    assert [str(difference) for difference in differences(old, new)] == told


def test_the_same_settings_pass(finished):
    refuse_another(finished, SHIPPED)
    # a default that is spelled out
    refuse_another(finished, changed(losses__contrastive={}))


@pytest.mark.parametrize(
    "change",
    [
        {"data__local": "/data"},
        {"data__sources": []},
        {"data__timeout": 1},
        {"data__deadline": 1},
        {"data__attempts": 9},
        {"environment__accelerator": "cpu"},
        {"environment__python": "/usr/bin/python3"},
        {"version": "full2"},
    ],
)
def test_settings_that_decide_no_result_do_not_count(finished, change):
    refuse_another(finished, changed(**change))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"losses__cosface__margin": 0.3}, "losses.cosface.margin: 0.2 → 0.3"),
        ({"losses__cosface": False}, "losses.cosface: {"),
        ({"losses__wide": {"loss": "cosface"}}, "losses.wide: none → {"),
        ({"seeds": [0, 1]}, "seeds: [0] → [0, 1]"),
        ({"tsne__perplexity": 15}, "tsne.perplexity: 30 → 15"),
        ({"data__class_names": ["a", "b"], "batches__samples": 200}, "data.class_names: none → ["),
        ({"figures__formats": ["png"]}, 'figures.formats: ["png", "svg"] → ["png"]'),
    ],
)
def test_other_settings_are_refused_in_one_sentence_with_both_ways_out(finished, change, named):
    with pytest.raises(DiscernError) as refusal:
        refuse_another(finished, changed(**change))
    sentence = str(refusal.value)
    assert sentence.startswith(f"{finished} is finished and was made with other settings (")
    assert named in sentence
    assert "--config version=NAME" in sentence
    assert "--config overwrite=true" in sentence
    assert "\n" not in sentence


def test_of_many_differences_the_first_are_named(finished):
    many = [f"losses__{label}" for label in SHIPPED["losses"] if label != "pixels"]
    with pytest.raises(DiscernError, match=r"; and 2 more\)"):
        refuse_another(finished, changed(**dict.fromkeys(many, False)))


@pytest.mark.parametrize("word", [True, "true"])
def test_asked_for_it_is_allowed(finished, word):
    refuse_another(finished, changed(seeds=[1], overwrite=word))


@pytest.mark.parametrize("word", [False, "false"])
def test_not_asked_for_it_is_not(finished, word):
    with pytest.raises(DiscernError):
        refuse_another(finished, changed(seeds=[1], overwrite=word))


def test_an_unfinished_version_may_be_changed(finished):
    (finished / "report" / "manifest.json").unlink()
    refuse_another(finished, changed(seeds=[1]))


def test_a_version_without_a_record_of_its_settings_can_not_be_told(finished):
    (finished / "report" / "config.yaml").unlink()
    assert read_configuration(finished) is None
    refuse_another(finished, changed(seeds=[1]))


@pytest.mark.parametrize("content", [b"", b"- 1", b"a: [", b"\xff\xfe"])
def test_a_damaged_record_of_the_settings_is_one_sentence(finished, content):
    (finished / "report" / "config.yaml").write_bytes(content)
    with pytest.raises(DiscernError, match=r"config\.yaml is no configuration; delete it"):
        refuse_another(finished, SHIPPED)
