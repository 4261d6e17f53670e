"""Every mistake is listed with the rows and seeds that make it."""

import csv
import io
from dataclasses import replace

import numpy as np

from discern.ranking.mistakes import as_csv
from discern.ranking.outcomes import Outcomes
from samples import COSFACE, PIXELS, SOFTMAX

ROWS = (PIXELS, replace(SOFTMAX, seeds=(3, 7)), COSFACE)
LABELS = np.array([0, 1, 2, 3, 4])
INDICES = np.array([10, 947, 30, 40, 50])


def outcomes(**wrong):
    """The outcomes of a training that takes images at these places for other classes."""
    predictions = LABELS.copy()
    for place, predicted in wrong.items():
        predictions[int(place.removeprefix("at_"))] = predicted
    return Outcomes(LABELS, predictions, {})


# At 1 all are wrong, at 2 only cosface is right, at 3 one seed of two is wrong.
OUTCOMES = [
    [outcomes(at_1=7, at_2=7)],
    [outcomes(at_1=8, at_2=9), outcomes(at_1=9, at_2=9, at_3=5)],
    [outcomes(at_1=8), outcomes(at_1=8)],
]


def lines(of_rows=OUTCOMES):
    return list(csv.DictReader(io.StringIO(as_csv(ROWS, of_rows, INDICES, {947, 10}))))


def test_an_image_has_a_line_if_some_training_misses_it():
    assert [(line["image"], line["label"]) for line in lines()] == [
        ("947", "1"),
        ("30", "2"),
        ("40", "3"),
    ]


def test_a_line_has_the_predictions_of_each_seed_and_their_mistakes():
    first, second, third = lines()
    assert [first[row.label] for row in ROWS] == ["7", "8 9", "8 8"]
    assert third["softmax"] == "3 5"
    assert [line["mistakes"] for line in (first, second, third)] == ["5", "3", "1"]


def test_wrong_labels_are_marked():
    assert [line["label_is_wrong"] for line in lines()] == ["yes", "no", "no"]


def test_a_row_is_alone_right_if_each_of_its_seeds_is_and_no_other_seed():
    assert [line["only_right"] for line in lines()] == ["", "cosface", ""]
    almost = [OUTCOMES[0], [OUTCOMES[1][0], outcomes(at_1=9)], OUTCOMES[2]]
    assert [line["only_right"] for line in lines(almost)] == ["", ""]


def test_seeds_with_images_of_their_own_have_no_lines():
    other = Outcomes(LABELS[::-1], LABELS, {})
    assert lines([OUTCOMES[0], OUTCOMES[1], [OUTCOMES[2][0], other]]) == []
