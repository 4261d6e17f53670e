"""What a loss says of itself, and its parameters."""

import dataclasses

import jsonschema
import pytest

from discern.losses.shared.description import LossDescription, Parameter


def accepts(parameter, value):
    return jsonschema.Draft202012Validator(parameter.schema()).is_valid(value)


def description(**changes):
    given = {
        "title": "A loss",
        "formula": "L = 0",
        "references": ("Somebody: Something, 2020",),
        "distance": "cosine",
        "grouped": False,
        "classifies": True,
        "parameters": {"scale": Parameter(2.0, "s"), "depth": Parameter(3, "d")},
    }
    return LossDescription(**given | changes)


def test_the_schema_of_a_number_has_default_meaning_and_both_ends_of_its_range():
    parameter = Parameter(0.5, "the rate", minimum=0.0, maximum=0.9)
    assert parameter.schema() == {
        "description": "the rate",
        "default": 0.5,
        "type": "number",
        "minimum": 0.0,
        "maximum": 0.9,
    }
    assert all(accepts(parameter, value) for value in (0, 0.0, 0.9, 0.45))
    assert not any(accepts(parameter, value) for value in (-1e-9, 0.91, "0.5", None))


def test_without_a_range_every_number_is_accepted():
    parameter = Parameter(0.5, "anything")
    assert set(parameter.schema()) == {"description", "default", "type"}
    assert accepts(parameter, -1e30)
    assert accepts(parameter, 1e30)


@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_an_end_at_zero_is_an_end_and_may_stand_alone(end):
    schema = Parameter(0.0, "from or to nothing", **{end: 0.0}).schema()
    assert schema[end] == 0
    assert set(schema) == {"description", "default", "type", end}


def test_the_parameter_of_a_whole_number_is_a_whole_number():
    parameter = Parameter(4, "m", 1, 8)
    assert parameter.schema()["type"] == "integer"
    assert [accepts(parameter, value) for value in (1, 8, 4.5, 0, 9)] == [True, True] + [False] * 3


def test_the_parameter_of_a_word_is_one_of_its_choices():
    parameter = Parameter("near", "where", choices=("near", "far"))
    assert parameter.schema() == {
        "description": "where",
        "default": "near",
        "enum": ["near", "far"],
    }
    assert [accepts(parameter, value) for value in ("far", "else", 1)] == [True, False, False]


def test_a_completed_choice_has_what_is_given_and_the_defaults_in_the_descriptions_order():
    given = {"depth": 5, "scale": 0.0}
    assert list(description().complete(given).items()) == [("scale", 0.0), ("depth", 5)]
    assert given == {"depth": 5, "scale": 0.0}
    assert description().complete({}) == {"scale": 2.0, "depth": 3}
    assert description(parameters={}).complete({}) == {}


def test_embeddings_are_judged_in_the_losss_own_distance_unless_a_parameter_names_one():
    assert description().distance_with({}) == "cosine"
    assert description(distance="euclidean").distance_with({"scale": 1.0}) == "euclidean"
    assert description().distance_with({"distance": "euclidean"}) == "euclidean"
    assert description(distance="euclidean").distance_with({"distance": "cosine"}) == "cosine"


@pytest.mark.parametrize("key", ["loss", "title", "learning_rate", "network", "embeddings"])
def test_a_parameter_may_not_be_called_as_the_keys_that_every_row_has(key):
    with pytest.raises(ValueError, match=f"^New: every row has a key {key} already; rename it$"):
        description(title="New", parameters={key: Parameter(1, "one")})


def test_a_loss_is_trained_unless_it_says_otherwise():
    assert description().trained
    assert not description(trained=False).trained


def test_descriptions_and_parameters_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        description().title = "Another"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Parameter(1, "one").default = 2
