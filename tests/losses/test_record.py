"""What a loss says of itself."""

import dataclasses

import jsonschema
import pytest

from discern.losses.record import LossRecord, Parameter


def accepts(parameter, value):
    return jsonschema.Draft202012Validator(parameter.schema()).is_valid(value)


def record(**changes):
    given = {
        "title": "A loss",
        "formula": "L = 0",
        "references": ("Somebody: Something, 2020",),
        "distance": "cosine",
        "grouped": False,
        "classifies": True,
        "parameters": {
            "scale": Parameter(2.0, "s"),
            "margin": Parameter(0.5, "m"),
            "depth": Parameter(3, "d"),
        },
    }
    return LossRecord(**given | changes)


def test_the_schema_of_a_number_has_default_meaning_and_both_ends_of_its_range():
    parameter = Parameter(0.5, "the rate", minimum=0.0, maximum=0.9)
    assert parameter.schema() == {
        "description": "the rate",
        "default": 0.5,
        "type": "number",
        "minimum": 0.0,
        "maximum": 0.9,
    }
    assert [accepts(parameter, value) for value in (0, 0.0, 0.9, 0.45)] == [True] * 4
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
    assert {"minimum", "maximum"} - {end} not in set(schema)
    assert len(schema) == 4


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


def test_a_completed_choice_has_what_is_given_and_the_defaults_in_the_records_order():
    found = record().complete({"depth": 5, "scale": 0.0})
    assert list(found.items()) == [("scale", 0.0), ("margin", 0.5), ("depth", 5)]
    assert record().complete({}) == {"scale": 2.0, "margin": 0.5, "depth": 3}
    assert record(parameters={}).complete({}) == {}


def test_completing_leaves_what_was_given_as_it_was():
    given = {"depth": 5}
    record().complete(given)
    assert given == {"depth": 5}


def test_it_is_judged_in_its_own_distance_unless_a_parameter_names_one():
    assert record().judged_in({}) == "cosine"
    assert record(distance="euclidean").judged_in({"scale": 1.0}) == "euclidean"
    assert record().judged_in({"distance": "euclidean"}) == "euclidean"
    assert record(distance="euclidean").judged_in({"distance": "cosine"}) == "cosine"


def test_a_loss_is_trained_unless_it_says_otherwise():
    assert record().trained
    assert not record(trained=False).trained


def test_records_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        record().title = "Another"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Parameter(1, "one").default = 2
