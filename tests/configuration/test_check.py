"""The configuration is checked whole, before anything runs, and each mistake is named with its key.

Sentences are compared in the parts that a user needs: the key, what is wrong, the remedy.
"""

import contextlib
import copy
import re
import sys

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from configuration.shipped import (
    PRESETS,
    PROJECT,
    SHIPPED,
    load,
    with_change,
    with_preset,
)
from discern.configuration import check
from discern.configuration.row import as_json
from discern.configuration.rows import class_split, rows
from discern.errors import DiscernError
from discern.losses.shared.catalogue import descriptions
from programs import run_program


def refusal(config: object) -> str:
    with pytest.raises(DiscernError) as error:
        check.check(config)
    sentence = str(error.value)
    assert sentence.startswith("the configuration: ")
    assert "\n" not in sentence
    return sentence


# What passes


def test_the_shipped_configuration_passes():
    check.check(SHIPPED)


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_passes_and_has_a_folder_of_its_own(preset):
    merged = with_preset(preset)
    check.check(merged)
    assert merged["version"] != SHIPPED["version"]


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist"])
def test_a_preset_of_other_data_keeps_nothing_of_mnist(name):
    data, shipped = load(PRESETS / f"{name}.yaml")["data"], SHIPPED["data"]
    assert data["sha256"].keys() == shipped["sha256"].keys()
    assert not set(data["sha256"].values()) & set(shipped["sha256"].values())
    assert not [entry for entry in data["sources"] if entry in shipped["sources"]]
    assert len(data["class_names"]) == 10


def test_the_example_of_the_page_on_data_passes():
    page = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    check.check(with_change(example))
    assert len(yaml.safe_load(example)["data"]["class_names"]) == 26


def test_shuffled_batches_suit_losses_that_need_no_groups():
    config = with_change("batches: {sampler: shuffled}")
    for label, row in rows(config).items():
        if descriptions()[row.loss].grouped:
            config["losses"][label] = False
    assert len(rows(config)) >= 3
    check.check(config)


def test_the_configuration_is_checked_without_numpy_and_tensorflow():
    program = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['numpy', 'tensorflow', 'sklearn']))\n"
        "import discern.configuration.check as c, yaml\n"
        "c.check(yaml.safe_load(open('config.yaml')))"
    )
    done = run_program(sys.executable, "-c", program, cwd=PROJECT)
    assert (done.returncode, done.stderr) == (0, "")


# The schema


def keys_of(schema: dict, where: tuple[str, ...] = ()):
    """Every key that the schema knows, with its own schema."""
    for name, below in schema.get("properties", {}).items():
        yield (*where, name), below
        yield from keys_of(below, (*where, name))
        yield from keys_of(below.get("items", {}), (*where, name, "[]"))


@pytest.mark.parametrize(
    "schema",
    [check.schema(), *map(check.entry_schema, descriptions())],
    ids=["configuration", *descriptions()],
)
def test_each_schema_is_a_json_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("key", "schema"),
    [pytest.param(k, s, id=".".join(k)) for k, s in keys_of(check.schema())],
)
def test_every_key_is_described_and_typed_and_unknown_ones_are_refused(key, schema):
    assert len(schema.get("description", "")) > 5
    assert "type" in schema or "enum" in schema
    if schema.get("type") == "object" and key != ("losses",):
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize("loss", descriptions())
def test_every_parameter_of_a_loss_is_described_and_has_a_valid_default(loss):
    schema = check.entry_schema(loss)
    for knob in schema["properties"].values():
        assert len(knob["description"]) > 5
    defaults = {n: k["default"] for n, k in schema["properties"].items() if "default" in k}
    jsonschema.validate(defaults, schema | {"required": []})


# What is refused

ALL_FALSE = f"losses: {{{', '.join(f'{loss}: false' for loss in descriptions())}}}"
# Changes of the shipped configuration, and what the sentences say of them; … is anything.
REFUSED = {
    "trainig: {}": "there is no key trainig (did you mean training?)",
    "training: {learning_rate: {intial: 1}}": (
        "no key training.learning_rate.intial (did you mean initial?) … known keys: … factor"
    ),
    "1: 2": "there is no key 1",
    "{1: 2, a: 3}": "there is no key 1",
    "training: {on: 3}": "no key training.True",
    "data: {sources: [{url: 'https://x'}]}": "data.sources.0.url",
    "training: {epochs: many}": 'training.epochs is the string "many" … integer',
    "training: {epochs: nan}": 'training.epochs is the string "nan"; give it as integer',
    "training: {epochs: 2.5}": "training.epochs is 2.5 … integer",
    "training: {epochs: 100.0}": "training.epochs",
    "training: {learning_rate: {initial: .nan}}": "training.learning_rate.initial",
    "training: {learning_rate: {initial: .inf}}": "training.learning_rate.initial",
    "training: {epochs: null}": "training.epochs is null … give it as integer",
    "split: {validation: yes}": "split.validation is true",
    "split: []": "split is [] … give it as object",
    "training: {epochs: 0}": "training.epochs: 0 is less than … (maximum number of epochs)",
    "batches: {samples: 1}": "batches.samples: 1 … samples per class",
    "network: {dropout: 1}": "network.dropout: 1",
    "network: {name: resnt}": (
        'network.name is "resnt" (did you mean resnet?) … choose lenet or original or resnet'
    ),
    "losses: {cosface: {network: {name: vgg}}}": (
        'losses.cosface.network.name is "vgg"; choose lenet or original or resnet'
    ),
    "losses: {cosface: {network: {embeding_dim: 3}}}": (
        "no key losses.cosface.network.embeding_dim (did you mean embedding_dim?)"
    ),
    "losses: {cosface: {network: {embedding_dim: 1}}}": "losses.cosface.network.embedding_dim: 1",
    "losses: {cosface: {network: lenet}}": 'cosface.network is the string "lenet"; … as object',
    "losses: {pixels: {network: {}}}": "no key losses.pixels.network",
    "seeds: []": "seeds",
    "seeds: [1, 1]": "seeds",
    "seeds: [-1]": "seeds.0",
    "batches: {sampler: groped}": (
        'batches.sampler is "groped" (did you mean grouped?) … grouped or shuffled'
    ),
    "figures: {formats: [svg]}": "figures.formats … page needs png",
    "data: {sha256: {t10k-labels: abc}}": "data.sha256.t10k-labels",
    "data: {class_names: [cat, dog, cat]}": "data.class_names … non-unique",
    "data: {class_names: [cat]}": "data.class_names",
    "data: {class_names: [cat, dog, fox]}": (
        "needs 10 classes in a batch … data.class_names lists 3 … lower batches.size"
    ),
    "data: {sources: [{package: a==1, member: b}]}": "data.sources.0 … sha256",
    "data: {sources: [{package: a}]}": "data.sources.0",
    "version: ../x": "version … ../x … folder below results/",
    "losses: {cosfacce: {}}": (
        "losses.cosfacce … no loss 'cosfacce' (did you mean cosface?) … triplet_semihard"
    ),
    "losses: {wide: {loss: sphere}}": "losses.wide … no loss 'sphere' (did you mean sphereface?)",
    "losses: {cosface: {margn: 1}}": "no key losses.cosface.margn (did you mean margin?) … scale",
    "losses: {cosface: {margin: -1}}": "losses.cosface.margin: -1",
    "losses: {contrastive: {distance: cosin}}": "contrastive.distance … (did you mean cosine?)",
    "losses: {cosface: true}": "losses.cosface is true … object or null",
    "losses: {wide: {loss: [cosface]}}": "losses.wide",
    "losses: {cosface: 0.2}": "losses.cosface is 0.2",
    "losses: {a.record: {loss: cosface}}": (
        'losses has the label "a.record"; a label is up to 100 letters, digits'
    ),
    "overwrite: often": "overwrite is the string … give it as boolean",
    "figures: {formats: [png, 1]}": "figures.formats.1 is 1 … choose png or svg or pdf",
    ALL_FALSE: "all losses are false … at least one",
    "batches: {size: 40, samples: 40}": "batches.samples = 40 times … two or more",
    "classes: {train: [0, 1, 2], unseen: [2, 3]}\nbatches: {size: 120}": (
        "classes: 2 is in both train and unseen … remove it from one"
    ),
    "corruption: {label_noise: 1}": "corruption.label_noise: 1",
    "corruption: {imbalance: 1}": "corruption.imbalance: 1",
    "corruption: {noise: 0.2}": "no key corruption.noise … label_noise, imbalance",
    "corruption: {}": "corruption: {}",
    "classes: {train: [0, 1]}": "classes lacks the key unseen",
    "classes: [{train: [0, 1], unsen: [2, 3]}]": "no key classes.0.unsen (did you mean unseen?)",
    "classes: {train: [0], unseen: [2, 3]}": "classes.train",
    "classes: []": "classes",
    "batches: {sampler: shuffled}": "losses.triplet_semihard … batches.sampler to grouped",
}


@pytest.mark.parametrize(("change", "expected"), REFUSED.items(), ids=REFUSED)
def test_a_mistake_is_refused_with_its_key_and_the_remedy(change, expected):
    pattern = ".*".join(re.escape(part) for part in expected.split(" … "))
    assert re.search(pattern, refusal(with_change(change)))


@pytest.mark.parametrize("kind", ["folder: /a", "npz: 'https://x'", "idx: 'https://x'"])
def test_a_source_is_of_one_kind(kind):
    package = f"package: a==1, sha256: {'a' * 64}, member: b"
    assert "one kind of source per entry" in refusal(
        with_change(f"data: {{sources: [{{{kind}, {package}}}]}}")
    )
    check.check(with_change(f"data: {{sources: [{{{kind}}}, {{{package}}}]}}"))


@pytest.mark.parametrize("key", [*SHIPPED, "training.learning_rate.factor"])
def test_a_missing_key_is_named(key):
    config = copy.deepcopy(SHIPPED)
    *above, last = key.split(".")
    part = config
    for name in above:
        part = part[name]
    del part[last]
    assert f"{'.'.join(above) or 'the top level'} lacks the key {last}" in refusal(config)


@pytest.mark.parametrize("config", [None, [], "version: full"])
def test_what_is_no_configuration_is_refused(config):
    assert "the top level is" in refusal(config)


@pytest.mark.parametrize(
    ("headline", "hint"), [("map_at_R", " (did you mean map_at_r?)"), ("map_knn_accuracy", "")]
)
def test_a_headline_that_not_every_row_has_image_by_image_is_refused(headline, hint):
    sentence = refusal(with_change(f"evaluation: {{headline: {headline}}}"))
    assert f"evaluation.headline is {headline}{hint}" in sentence
    assert "; choose one of map_at_r, " in sentence
    check.check(with_change("evaluation: {headline: knn_accuracy}"))


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
        check.check(config)
        as_json(rows(config).values())
        for seed in config["seeds"]:
            class_split(config, seed)
