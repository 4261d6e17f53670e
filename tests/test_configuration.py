"""The configuration is checked whole, before anything runs, and in words that lead to the mistake.

Sentences are compared in the parts that a user needs: the key, what is wrong, the way out.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from discern import configuration
from discern.errors import DiscernError
from discern.losses.catalogue import records

PROJECT = Path(__file__).parents[1]
PRESETS = sorted((PROJECT / "workflow" / "presets").glob("*.yaml"))


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


SHIPPED = load(PROJECT / "config.yaml")


def laid_over(below: dict, above: dict) -> dict:
    """``above`` laid over ``below``, as Snakemake does with a second configuration file."""
    merged = copy.deepcopy(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = laid_over(merged[key], value) if both else value
    return merged


def with_change(text: str) -> dict:
    """The shipped configuration with the YAML ``text`` laid over it."""
    return laid_over(SHIPPED, yaml.safe_load(text))


def refusal(config: object) -> str:
    with pytest.raises(DiscernError) as error:
        configuration.check(config)
    sentence = str(error.value)
    assert sentence.startswith("the configuration: ")
    assert "\n" not in sentence
    return sentence


def test_the_shipped_configuration_passes():
    configuration.check(SHIPPED)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_every_preset_passes_and_has_a_folder_of_its_own(preset):
    merged = laid_over(SHIPPED, load(preset))
    configuration.check(merged)
    assert merged["version"] != SHIPPED["version"]


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist"])
def test_a_preset_of_other_data_keeps_nothing_of_mnist(name):
    data = load(PROJECT / "workflow" / "presets" / f"{name}.yaml")["data"]
    assert data["sha256"].keys() == SHIPPED["data"]["sha256"].keys()
    assert not set(data["sha256"].values()) & set(SHIPPED["data"]["sha256"].values())
    assert not [entry for entry in data["sources"] if entry in SHIPPED["data"]["sources"]]
    assert len(data["class_names"]) == 10


def test_the_example_of_the_page_on_data_passes():
    page = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    configuration.check(with_change(example))
    assert len(yaml.safe_load(example)["data"]["class_names"]) == 26


def test_what_stands_in_a_value_of_the_command_line_is_read_as_yaml():
    given = {
        "version": "2026-11-25",
        "seeds": ["0", "1"],
        "training": {"epochs": "3", "early_stopping_patience": "null"},
        "data": {"local": "a: b: c", "class_names": ["zero", "1"]},
        "overwrite": True,
    }
    assert configuration.typed(given) == {
        "version": "2026-11-25",
        "seeds": [0, 1],
        "training": {"epochs": 3, "early_stopping_patience": None},
        "data": {"local": "a: b: c", "class_names": ["zero", 1]},
        "overwrite": True,
    }


def test_there_are_presets():
    assert PRESETS


def keys_of(schema: dict, where: tuple[str, ...] = ()):
    """Every key that the schema knows, with its own schema."""
    for name, below in schema.get("properties", {}).items():
        yield (*where, name), below
        yield from keys_of(below, (*where, name))
        yield from keys_of(below.get("items", {}), (*where, name, "[]"))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(configuration.schema())


@pytest.mark.parametrize(
    ("key", "schema"),
    [pytest.param(k, s, id=".".join(k)) for k, s in keys_of(configuration.schema())],
)
def test_every_key_is_described_and_typed(key, schema):
    assert len(schema.get("description", "")) > 5
    assert "type" in schema or "enum" in schema
    if schema.get("type") == "object" and key != ("losses",):
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize("loss", records())
def test_every_parameter_of_a_loss_is_described_and_has_a_valid_default(loss):
    schema = configuration.entry_schema(loss)
    jsonschema.Draft202012Validator.check_schema(schema)
    for knob in schema["properties"].values():
        assert len(knob["description"]) > 5
    defaults = {n: k["default"] for n, k in schema["properties"].items() if "default" in k}
    jsonschema.validate(defaults, schema)


EXTENDED = laid_over(SHIPPED, load(PROJECT / "workflow" / "presets" / "extended.yaml"))
SEARCH = laid_over(SHIPPED, load(PROJECT / "workflow" / "presets" / "search.yaml"))


ORIGINALS = [
    *("pixels", "softmax", "triplet_semihard", "cosface", "intra_triplet"),
    *("triplet_softmax", "sphereface", "contrastive"),
]
FURTHER = [
    label
    for label in load(PROJECT / "workflow" / "presets" / "extended.yaml")["losses"]
    if label not in ORIGINALS
]


def test_the_shipped_configuration_has_the_originals_rows_and_the_extended_preset_all():
    shipped = [label for label in configuration.rows(SHIPPED) if label in ORIGINALS + FURTHER]
    assert shipped == ORIGINALS
    assert set(configuration.rows(EXTENDED)) == set(records())


@pytest.mark.parametrize("label", ORIGINALS + FURTHER)
def test_what_the_configuration_spells_out_are_the_defaults(label):
    row = configuration.rows(EXTENDED)[label]
    assert row.parameters == row.record.complete({})


def test_a_row_may_have_a_learning_rate_of_its_own():
    config = with_change("losses: {softmax: {learning_rate: 0.01, dropout: 0.2}}")
    configuration.check(config)
    found = configuration.rows(config)
    assert found["softmax"].learning_rate == 0.01
    assert found["softmax"].parameters == {"dropout": 0.2}
    assert found["cosface"].learning_rate == 0.001
    assert found["softmax"].description()["learning_rate"] == 0.01


def test_what_lies_in_the_plane_is_its_own_map_and_the_baseline_never_does():
    assert {row.map for row in configuration.rows(SHIPPED).values()} == {"tsne"}
    plane = configuration.rows(with_change("network: {embedding_dim: 2}"))
    assert {label for label, row in plane.items() if row.map == "tsne"} == {"pixels"}
    assert {row.map for label, row in plane.items() if label != "pixels"} == {"embedding"}


def test_a_search_tries_as_many_settings_of_every_trained_row_its_own_first():
    own = configuration.rows(EXTENDED)
    found = configuration.rows(SEARCH)
    assert len(found) == 12 * (len(own) - 1)
    for label, row in own.items():
        if label == "pixels":
            continue
        trials = [found[f"{label}-{number:02}"] for number in range(1, 13)]
        assert {trial.loss for trial in trials} == {row.loss}
        assert {trial.map for trial in trials} == {"none"}
        assert (trials[0].parameters, trials[0].learning_rate) == (row.parameters, 0.001)
        settings = {(trial.learning_rate, *trial.parameters.values()) for trial in trials}
        assert len(settings) == 12, label


def test_every_value_that_a_loss_lists_is_tried_the_margin_free_ones_too():
    found = configuration.rows(SEARCH).values()
    for loss, record in records().items():
        trials = [row for row in found if row.loss == loss]
        if not trials:
            continue
        assert {row.learning_rate for row in trials} == set(SEARCH["search"]["learning_rates"])
        for name, knob in record.parameters.items():
            expected = set(knob.search or [knob.default])
            assert {row.parameters[name] for row in trials} == expected, (loss, name)
    for loss in ("cosface", "arcface", "triplet_semihard", "circle", "proxy_anchor"):
        assert 0 in records()[loss].parameters["margin"].search
    for loss in ("sphereface", "large_margin_softmax"):
        assert 1 in records()[loss].parameters["margin"].search


def test_every_trial_is_a_row_that_its_own_loss_allows():
    for row in configuration.rows(SEARCH).values():
        jsonschema.validate(dict(row.parameters), configuration.entry_schema(row.loss))


def test_a_search_never_looks_at_the_test_images():
    assert SEARCH["evaluation"]["queries"] == "validation"


def test_a_space_with_fewer_points_than_trials_is_refused():
    change = "search: {trials: 12, learning_rates: [0.001], seed: 0}"
    assert "losses.softmax has 4 points for 12 trials; lower search.trials" in refusal(
        with_change(change)
    )


REFUSED = {
    "unknown key": ("trainig: {}", ["there is no key trainig (did you mean training?)"]),
    "unknown key below": (
        "training: {learning_rate: {intial: 1}}",
        ["no key training.learning_rate.intial (did you mean initial?)", "known are", "factor"],
    ),
    "unknown key in a list": ("data: {sources: [{url: 'https://x'}]}", ["data.sources.0.url"]),
    "word for a number": ("training: {epochs: many}", ['training.epochs is "many"', "integer"]),
    "number without a point": (
        "training: {learning_rate: {minimum: 1e-5}}",
        ['training.learning_rate.minimum is the text "1e-5"', "wants a point", "1.0e-5"],
    ),
    "text for a loss's number": (
        "losses: {cosface: {margin: 2e-1}}",
        ['losses.cosface.margin is the text "2e-1"', "wants a point"],
    ),
    "fraction for a count": ("training: {epochs: 2.5}", ["training.epochs is 2.5", "integer"]),
    "null": ("training: {epochs: null}", ["training.epochs is null", "give it as integer"]),
    "yes for a number": ("split: {validation: yes}", ["split.validation is true"]),
    "list for a section": ("split: []", ["split is []", "give it as object"]),
    "zero epochs": ("training: {epochs: 0}", ["training.epochs: 0 is less than", "change it"]),
    "tiny batches": ("batches: {samples: 1}", ["batches.samples: 1", "samples per class"]),
    "all dropped": ("network: {dropout: 1}", ["network.dropout: 1"]),
    "no seed": ("seeds: []", ["seeds"]),
    "a seed twice": ("seeds: [1, 1]", ["seeds"]),
    "negative seed": ("seeds: [-1]", ["seeds.0"]),
    "misspelled choice": (
        "batches: {sampler: groped}",
        ['batches.sampler is "groped" (did you mean grouped?)', "grouped or shuffled"],
    ),
    "no png": ("figures: {formats: [svg]}", ["figures.formats", "page needs png"]),
    "short check sum": ("data: {sha256: {t10k-labels: abc}}", ["data.sha256.t10k-labels"]),
    "a class name twice": (
        "data: {class_names: [cat, dog, cat]}",
        ["data.class_names", "non-unique"],
    ),
    "one class name": ("data: {class_names: [cat]}", ["data.class_names"]),
    "a class name that YAML takes for another thing": (
        "data: {class_names: [cat, no]}",
        ["data.class_names.1 is false", "give it as string"],
    ),
    "more classes in a batch than names": (
        "data: {class_names: [cat, dog, fox]}",
        ["asks for 10 classes in a batch", "data.class_names names 3", "lower batches.size"],
    ),
    "plain http": ("data: {sources: [{npz: 'http://x/y'}]}", ["data.sources.0.npz"]),
    "package without check sum": (
        "data: {sources: [{package: a==1, member: b}]}",
        ["data.sources.0", "sha256"],
    ),
    "package without version": ("data: {sources: [{package: a}]}", ["data.sources.0"]),
    "version above": ("version: ../x", ["version", "../x", "folder below results/"]),
    "version below": ("version: a/b", ["version", "a/b"]),
    "version of two dots": ("version: ..", ["version"]),
    "no version": ("version: ''", ["version"]),
    "version for the shell": ("version: 'a b; rm'", ["version"]),
    "unknown loss": (
        "losses: {cosfacce: {}}",
        ["losses.cosfacce", "no loss 'cosfacce' (did you mean cosface?)", "triplet_semihard"],
    ),
    "unknown loss of a labelled row": (
        "losses: {wide: {loss: sphere}}",
        ["losses.wide", "no loss 'sphere' (did you mean sphereface?)"],
    ),
    "unknown parameter": (
        "losses: {cosface: {margn: 1}}",
        ["no key losses.cosface.margn (did you mean margin?)", "scale"],
    ),
    "another loss's parameter": ("losses: {softmax: {margin: 1}}", ["losses.softmax.margin"]),
    "parameter below its range": ("losses: {cosface: {margin: -1}}", ["losses.cosface.margin: -1"]),
    "parameter above its range": ("losses: {softmax: {dropout: 1}}", ["losses.softmax.dropout: 1"]),
    "unknown distance": (
        "losses: {contrastive: {distance: cosin}}",
        ['losses.contrastive.distance is "cosin" (did you mean cosine?)'],
    ),
    "true for a row": ("losses: {cosface: true}", ["losses.cosface is true", "object or null"]),
    "number for a row": ("losses: {cosface: 0.2}", ["losses.cosface is 0.2"]),
    "label with a slash": ("losses: {a/b: {loss: cosface}}", ["losses", "a/b"]),
    "label of two dots": ("losses: {'..': {loss: cosface}}", ["losses", "'..'"]),
    "label with a dot": ("losses: {a.record: {loss: cosface}}", ["losses", "a.record"]),
    "all losses false": (
        f"losses: {{{', '.join(f'{loss}: false' for loss in records())}}}",
        ["all losses are false", "at least one"],
    ),
    "batches with a remainder": (
        "batches: {size: 100, samples: 30}",
        ["batches.size is 100", "batches.samples = 30", "change one"],
    ),
    "batches of one class": ("batches: {size: 40, samples: 40}", ["two or more classes"]),
    "a class trained and unseen": (
        "classes: {train: [0, 1, 2], unseen: [2, 3]}\nbatches: {size: 120}",
        ["classes: 2 is in train and in unseen", "leave it in one"],
    ),
    "no unseen class": ("classes: {train: [0, 1]}", ["classes lacks the key unseen"]),
    "misspelled class split": (
        "classes: [{train: [0, 1], unsen: [2, 3]}]",
        ["no key classes.0.unsen (did you mean unseen?)"],
    ),
    "a single class": ("classes: {train: [0], unseen: [2, 3]}", ["classes.train"]),
    "no class split": ("classes: []", ["classes"]),
    "more classes in a batch than trained": (
        "classes: {train: [0, 1, 2], unseen: [3, 4]}",
        ["batches of 10 × 40", "the 3 classes that are trained", "batches.size to 120"],
    ),
    "shuffled batches": (
        "batches: {sampler: shuffled}",
        ["losses.triplet_semihard", "batches.sampler to grouped"],
    ),
}


@pytest.mark.parametrize(("change", "parts"), REFUSED.values(), ids=REFUSED)
def test_mistakes_are_refused_with_the_key_and_the_remedy(change, parts):
    sentence = refusal(with_change(change))
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("kind", ["folder: /a", "npz: 'https://x'", "idx: 'https://x'"])
def test_a_source_is_of_one_kind(kind):
    package = f"package: a==1, sha256: {'a' * 64}, member: b"
    assert "one kind of source an entry" in refusal(
        with_change(f"data: {{sources: [{{{kind}, {package}}}]}}")
    )
    configuration.check(with_change(f"data: {{sources: [{{{kind}}}, {{{package}}}]}}"))


@pytest.mark.parametrize("key", SHIPPED)
def test_a_missing_key_is_named(key):
    config = {name: value for name, value in SHIPPED.items() if name != key}
    assert f"the top level lacks the key {key}" in refusal(config)


def test_a_missing_key_below_is_named():
    config = copy.deepcopy(SHIPPED)
    del config["training"]["learning_rate"]["factor"]
    assert "training.learning_rate lacks the key factor" in refusal(config)


@pytest.mark.parametrize("config", [None, [], "version: full"])
def test_what_is_no_configuration_is_refused(config):
    assert "the top level is" in refusal(config)


def test_the_meaning_of_a_key_with_a_shared_type_is_said():
    assert "the most epochs" in refusal(with_change("training: {epochs: 0}"))


@pytest.mark.parametrize("change", ["1: 2", "training: {on: 3}", "{1: 2, a: 3}"])
def test_a_key_that_is_no_text_is_refused(change):
    assert "there is no key" in refusal(with_change(change))


def test_a_list_for_the_loss_of_a_row_is_refused():
    assert "losses.wide" in refusal(with_change("losses: {wide: {loss: [cosface]}}"))


def test_a_count_with_a_point_is_refused():
    assert "training.epochs" in refusal(with_change("training: {epochs: 100.0}"))


@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_numbers_that_are_none_are_refused(value):
    change = f"training: {{learning_rate: {{initial: {value}}}}}"
    assert "training.learning_rate.initial" in refusal(with_change(change))


def test_shuffled_batches_do_for_losses_that_need_no_groups():
    config = with_change("batches: {sampler: shuffled}")
    for label, row in configuration.rows(config).items():
        if row.record.grouped:
            config["losses"][label] = False
    assert len(configuration.rows(config)) >= 3
    configuration.check(config)


def test_resamples_with_which_no_two_rows_could_be_told_apart_are_refused():
    rows = {f"row_{number}": {"loss": "softmax"} for number in range(17 - len(SHIPPED["losses"]))}
    change = {"losses": rows, "evaluation": {"resamples": 5439}}  # 17 rows, 136 pairs
    for part in ("evaluation.resamples is 5439", "136 pairs", "give 5440 or more"):
        assert part in refusal(laid_over(SHIPPED, change))
    change["evaluation"]["resamples"] = 5440
    configuration.check(laid_over(SHIPPED, change))


def test_a_labelled_row_is_its_loss_with_other_parameters():
    config = with_change("losses: {cosface_wide: {loss: cosface, margin: 0.35}}")
    configuration.check(config)
    rows = configuration.rows(config)
    wide, plain = rows["cosface_wide"], rows["cosface"]
    assert (wide.label, wide.loss) == ("cosface_wide", "cosface")
    assert wide.record is plain.record
    assert wide.parameters == {"scale": 20.0, "margin": 0.35}
    assert plain.parameters == {"scale": 20.0, "margin": 0.2}
    assert plain.title == "Large margin cosine"
    assert wide.title == "Large margin cosine (cosface_wide)"
    assert wide.description()["label"] == "cosface_wide"


@pytest.mark.parametrize("entry", [None, {}])
def test_an_empty_entry_has_all_defaults(entry):
    config = SHIPPED | {"losses": {"cosface": entry}}
    configuration.check(config)
    (row,) = configuration.rows(config).values()
    knobs = records()["cosface"].parameters
    assert row.parameters == {name: knob.default for name, knob in knobs.items()}


def test_false_leaves_a_row_out_and_the_others_in_their_order():
    config = with_change("losses: {softmax: false}")
    configuration.check(config)
    expected = [label for label in SHIPPED["losses"] if label != "softmax"]
    assert list(configuration.rows(config)) == expected


def test_seeds_count_for_what_is_trained():
    rows = configuration.rows(SHIPPED | {"seeds": [3, 5]})
    assert rows["cosface"].seeds == (3, 5)
    assert rows["pixels"].seeds == (0,)
    assert rows["cosface"].title_of(5) == "Large margin cosine, seed 5"
    assert rows["pixels"].title_of(0) == "Raw pixels"


def test_one_class_split_holds_for_every_seed():
    config = with_change(
        "seeds: [3, 5]\nclasses: {train: [4, 0, 2], unseen: [9, 7]}\nbatches: {size: 120}"
    )
    configuration.check(config)
    for seed in (0, 3, 5):  # 0 is the baseline's
        found = configuration.class_split(config, seed)
        assert (found.train, found.unseen) == ((0, 2, 4), (7, 9))
    assert configuration.rows(config)["pixels"].seeds == (0,)


def test_seeds_take_class_splits_in_turn_and_the_baseline_too():
    splits = [{"train": [i, i + 1], "unseen": [i + 2, i + 3]} for i in range(3)]
    config = with_change("seeds: [8, 1, 4, 2]\nbatches: {size: 80}") | {"classes": splits}
    configuration.check(config)
    trained = [configuration.class_split(config, seed).train for seed in (8, 1, 4, 2)]
    assert trained == [(0, 1), (1, 2), (2, 3), (0, 1)]
    assert configuration.rows(config)["pixels"].seeds == (8, 1, 4, 2)


def test_a_class_split_is_described_with_the_seeds_that_have_it():
    splits = [{"train": [1, 0], "unseen": [3, 2]}, {"train": [4, 5], "unseen": [2, 3]}]
    config = with_change("seeds: [8, 1, 4]\nbatches: {size: 80}") | {"classes": splits}
    assert configuration.described_splits(config) == [
        {"train": (0, 1), "unseen": (2, 3), "seeds": [8, 4]},
        {"train": (4, 5), "unseen": (2, 3), "seeds": [1]},
    ]
    assert configuration.described_splits(SHIPPED) == []


def test_by_default_all_classes_are_trained_and_judged():
    found = configuration.class_split(SHIPPED, 0)
    assert (found.train, found.unseen) == (None, None)


def test_the_unseen_presets_splits_are_those_that_its_comment_draws():
    random = Random(0)
    config = load(PROJECT / "workflow" / "presets" / "unseen.yaml")
    for split in config["classes"]:
        assert sorted(random.sample(range(10), 6)) == split["train"]
        assert sorted(split["train"] + split["unseen"]) == list(range(10))
    assert len(config["classes"]) == len(config["seeds"]) == 5


def test_a_row_is_judged_in_the_distance_that_it_trains():
    change = "losses: {by_angle: {loss: contrastive, distance: cosine}}"
    rows = configuration.rows(with_change(change))
    assert rows["by_angle"].distance == "cosine"
    assert rows["contrastive"].distance == "euclidean"
    assert rows["cosface"].distance == "cosine"


def test_the_configuration_is_read_without_numpy_and_tensorflow():
    program = (
        "import sys, discern.configuration as c, yaml\n"
        "c.check(yaml.safe_load(open('config.yaml')))\n"
        "print(*sorted({'numpy', 'tensorflow', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary()
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=6,
)


def places(value, above=()):
    """The path of every key below ``value``."""
    for key, child in value.items() if isinstance(value, dict) else ():
        yield (*above, key)
        yield from places(child, (*above, key))


@given(st.data())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_whatever_stands_in_a_configuration_it_passes_or_is_refused_in_words(data):
    config = copy.deepcopy(SHIPPED)
    for _ in range(data.draw(st.integers(1, 3))):
        *above, key = data.draw(st.sampled_from(list(places(config))))
        inner = config
        for name in above:
            inner = inner[name]
        if data.draw(st.booleans()):
            inner[key] = data.draw(ANYTHING)
        else:
            inner[data.draw(SCALARS)] = data.draw(ANYTHING)
    with contextlib.suppress(DiscernError):
        configuration.check(config)
        for row in configuration.rows(config).values():
            json.dumps(row.description())
        for seed in config["seeds"]:
            configuration.class_split(config, seed)
