"""Rows and class splits follow from the configuration: labels, parameters, seeds, trials."""

from dataclasses import replace
from random import Random

import jsonschema
import pytest

from configuration.shipped import PRESETS, SHIPPED, load, with_change, with_preset
from discern.configuration import check
from discern.configuration.rows import class_split, described_splits, rows
from discern.losses.shared.catalogue import descriptions
from discern.networks.shared.catalogue import descriptions as networks
from discern.training.settings import NetworkSettings

EXTENDED, SEARCH = with_preset("extended"), with_preset("search")
ORIGINALS = [
    *("pixels", "softmax", "triplet_semihard", "cosface", "intra_triplet"),
    *("triplet_softmax", "sphereface", "contrastive"),
]
FURTHER = [label for label in load(PRESETS / "extended.yaml")["losses"] if label not in ORIGINALS]


def rows_of(change):
    """The rows of the shipped configuration with a ``change`` that passes the check."""
    config = with_change(change)
    check.check(config)
    return rows(config)


def test_the_shipped_rows_are_the_original_ones_and_the_extended_preset_has_every_loss():
    assert [label for label in rows(SHIPPED) if label in ORIGINALS + FURTHER] == ORIGINALS
    assert set(rows(EXTENDED)) == set(descriptions()) - {"given"}


@pytest.mark.parametrize("label", ORIGINALS + FURTHER)
def test_the_parameters_that_the_configuration_spells_out_are_the_defaults(label):
    row = rows(EXTENDED)[label]
    assert row.parameters == descriptions()[row.loss].complete({})


@pytest.mark.parametrize("entry", [None, {}])
def test_an_empty_entry_has_all_defaults(entry):
    config = SHIPPED | {"losses": {"cosface": entry}}
    check.check(config)
    (row,) = rows(config).values()
    knobs = descriptions()["cosface"].parameters
    assert row.parameters == {name: knob.default for name, knob in knobs.items()}


@pytest.mark.parametrize("loss", rows(EXTENDED))
def test_a_row_says_of_its_loss_what_the_loss_says_of_itself(loss):
    row, described = rows(EXTENDED)[loss], descriptions()[loss]
    title = EXTENDED["losses"][loss].get("title", described.title)
    assert (row.label, row.loss, row.title) == (loss, loss, title)
    assert (row.formula, row.references) == (described.formula, described.references)
    assert (row.distance, row.trained) == (described.distance, described.trained)


def test_a_labelled_row_is_its_loss_with_other_parameters_and_its_label_in_the_title():
    found = rows_of("losses: {cosface_wide: {loss: cosface, margin: 0.35}}")
    wide, plain = found["cosface_wide"], found["cosface"]
    assert (wide.label, wide.loss) == ("cosface_wide", "cosface")
    assert wide.parameters == {"scale": 20.0, "margin": 0.35, "dropout": 0.0}
    assert plain.parameters == {"scale": 20.0, "margin": 0.2, "dropout": 0.0}
    assert plain.title == "Large margin cosine"
    assert wide.title == "Large margin cosine (cosface_wide)"


def test_a_row_may_have_a_title_of_its_own():
    found = rows_of("losses: {softmax: {title: Plain}, wide: {loss: cosface, title: Wide}}")
    assert (found["softmax"].title, found["wide"].title) == ("Plain", "Wide")
    assert "title" not in found["softmax"].parameters


def test_a_row_may_have_a_learning_rate_of_its_own():
    found = rows_of("losses: {softmax: {learning_rate: 0.01, dropout: 0.2}}")
    assert found["softmax"].learning_rate == 0.01
    assert found["softmax"].parameters == {"dropout": 0.2}
    assert found["cosface"].learning_rate == 0.001


def test_a_row_has_the_networks_settings_of_all_and_those_of_its_own():
    own = "{embedding_dim: 64, dropout: 0.25}"
    found = rows_of(
        f"losses: {{narrow: {{loss: softmax, network: {own}}}, softmax: {{network: {{}}}}}}"
    )
    shared = NetworkSettings(**SHIPPED["network"])
    assert (found["softmax"].network, found["softmax"].own_network) == (shared, {})
    assert found["narrow"].network == replace(shared, embedding_dim=64)
    assert found["narrow"].own_network == {"embedding_dim": 64}  # the other is that of all
    assert found["narrow"].parameters == found["softmax"].parameters
    assert (found["pixels"].network, found["pixels"].own_network) == (None, {})


@pytest.mark.parametrize("name", networks())
def test_a_row_may_have_another_network_by_its_name(name):
    found = rows_of(f"losses: {{softmax: {{network: {{name: {name}}}}}}}")
    assert found["softmax"].network.name == name
    assert found["softmax"].network_title == networks()[name].title
    assert found["cosface"].network.name == SHIPPED["network"]["name"]
    assert found["pixels"].network_title == ""


def test_false_leaves_a_row_out_and_the_others_in_their_order():
    expected = [label for label in SHIPPED["losses"] if label != "softmax"]
    assert list(rows_of("losses: {softmax: false}")) == expected


def test_a_row_is_evaluated_with_the_distance_that_it_trains():
    found = rows_of("losses: {by_angle: {loss: contrastive, distance: cosine}}")
    assert found["by_angle"].distance == "cosine"
    assert found["contrastive"].distance == "euclidean"
    assert found["cosface"].distance == "cosine"


def test_what_lies_in_the_plane_is_its_own_map_and_the_baseline_never_does():
    assert {row.map for row in rows(SHIPPED).values()} == {"tsne"}
    plane = rows_of("network: {embedding_dim: 2}")
    assert {label for label, row in plane.items() if row.map == "tsne"} == {"pixels"}
    assert {row.map for label, row in plane.items() if label != "pixels"} == {"embedding"}
    own = rows_of("losses: {flat: {loss: cosface, network: {embedding_dim: 2}}}")
    assert {label for label, row in own.items() if row.map == "embedding"} == {"flat"}


# Seeds and class splits


def test_seeds_are_for_what_is_trained():
    found = rows_of("seeds: [3, 5]")
    assert found["cosface"].seeds == (3, 5)
    assert found["pixels"].seeds == (0,)


def test_by_default_all_classes_are_trained_and_evaluated():
    split = class_split(SHIPPED, 0)
    assert (split.train, split.unseen) == (None, None)


def test_one_class_split_holds_for_every_seed():
    config = with_change(
        "seeds: [3, 5]\nclasses: {train: [4, 0, 2], unseen: [9, 7]}\nbatches: {size: 120}"
    )
    check.check(config)
    for seed in (0, 3, 5):  # 0 is the baseline's
        split = class_split(config, seed)
        assert (split.train, split.unseen) == ((0, 2, 4), (7, 9))
    assert rows(config)["pixels"].seeds == (0,)


def test_seeds_take_class_splits_in_turn_and_the_baseline_too():
    splits = [{"train": [i, i + 1], "unseen": [i + 2, i + 3]} for i in range(3)]
    config = with_change("seeds: [8, 1, 4, 2]\nbatches: {size: 80}") | {"classes": splits}
    check.check(config)
    trained = [class_split(config, seed).train for seed in (8, 1, 4, 2)]
    assert trained == [(0, 1), (1, 2), (2, 3), (0, 1)]
    assert rows(config)["pixels"].seeds == (8, 1, 4, 2)


def test_a_class_split_is_described_with_the_seeds_that_have_it():
    splits = [{"train": [1, 0], "unseen": [3, 2]}, {"train": [4, 5], "unseen": [2, 3]}]
    config = with_change("seeds: [8, 1, 4]\nbatches: {size: 80}") | {"classes": splits}
    assert described_splits(config) == [
        {"train": (0, 1), "unseen": (2, 3), "seeds": [8, 4]},
        {"train": (4, 5), "unseen": (2, 3), "seeds": [1]},
    ]
    assert described_splits(SHIPPED) == []


def test_the_unseen_presets_splits_are_those_that_its_comment_draws():
    random = Random(0)
    config = load(PRESETS / "unseen.yaml")
    for split in config["classes"]:
        assert sorted(random.sample(range(10), 6)) == split["train"]
        assert sorted(split["train"] + split["unseen"]) == list(range(10))
    assert len(config["classes"]) == len(config["seeds"]) == 5


# A search


@pytest.fixture(scope="module")
def trials():
    """The trials of the search preset, by loss."""
    found = {}
    for row in rows(SEARCH).values():
        found.setdefault(row.loss, []).append(row)
    return found


def test_a_search_tries_as_many_settings_of_every_trained_row_its_own_first(trials):
    without = {key: value for key, value in SEARCH.items() if key != "search"}
    own = {label: row for label, row in rows(without).items() if row.trained}
    numbers = range(1, 1 + SEARCH["search"]["trials"])
    assert set(trials) == set(own) == set(rows(EXTENDED)) - {"pixels"}
    for label, row in own.items():
        first = trials[label][0]
        assert [trial.label for trial in trials[label]] == [f"{label}-{i:02}" for i in numbers]
        assert {trial.map for trial in trials[label]} == {"none"}
        assert first.title == f"{descriptions()[row.loss].title} ({label}-01)"
        assert (first.parameters, first.learning_rate) == (row.parameters, 0.001)
        tried = {(trial.learning_rate, *trial.parameters.values()) for trial in trials[label]}
        assert len(tried) == len(numbers), label


def test_a_search_tries_every_value_that_a_loss_lists_and_nothing_else(trials):
    for loss, of_loss in trials.items():
        rates = {row.learning_rate for row in of_loss}
        assert rates == set(SEARCH["search"]["learning_rates"])
        for name, knob in descriptions()[loss].parameters.items():
            expected = set(knob.search or [of_loss[0].parameters[name]])
            assert {row.parameters[name] for row in of_loss} == expected, (loss, name)


@pytest.mark.parametrize(
    ("loss", "none"),
    [
        *((loss, 0) for loss in ("cosface", "arcface", "triplet_semihard", "circle")),
        *(("proxy_anchor", 0), ("sphereface", 1), ("large_margin_softmax", 1)),
    ],
)
def test_a_search_tries_a_loss_without_its_margin_too(loss, none):
    assert none in descriptions()[loss].parameters["margin"].search


def test_every_trial_is_a_row_that_its_own_loss_allows(trials):
    for loss, of_loss in trials.items():
        for row in of_loss:
            jsonschema.validate(dict(row.parameters), check.entry_schema(loss))
            assert row.distance == row.parameters.get("distance", descriptions()[loss].distance)


def test_a_search_never_looks_at_the_test_images():
    assert SEARCH["evaluation"]["queries"] == "validation"
