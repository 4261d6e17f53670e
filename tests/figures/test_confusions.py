"""The confusions show how often each class is taken for each other one."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from discern.errors import Damaged
from discern.figures.confusions import confusions_figure, confusions_in
from figures.examples import NAMES, texts_of

COUNTS = np.array([[970, 3, 0], [0, 900, 12], [1, 0, 800]])


def numbers_in(axes):
    """The number in each cell, by row and column, with its colour."""
    places = {text.get_position(): text for text in axes.texts}
    return {(y, x): (int(text.get_text()), text.get_color()) for (x, y), text in places.items()}


def test_each_count_but_zeros_stands_in_the_row_of_the_true_class():
    axes, _ = confusions_figure(COUNTS, "A row", 5).axes
    expected = {place: count for place, count in np.ndenumerate(COUNTS) if count}
    assert {place: count for place, (count, _) in numbers_in(axes).items()} == expected
    assert axes.yaxis_inverted()  # the first class above, as in a table
    assert axes.get_ylabel() == "true class"
    assert axes.get_xlabel() == "class by vote of the 5 nearest neighbours"
    assert axes.get_title() == "A row: 16 of 2686 wrong"


def shades_of(counts):
    """How light each cell is, from 0 to 1."""
    axes, _ = confusions_figure(counts, "A row", 5).axes
    (image,) = axes.images
    return image.to_rgba(image.get_array())[..., :3].mean(axis=-1)


def test_mistakes_are_the_darker_the_more_there_are_and_the_diagonal_has_no_colour():
    shades = shades_of(COUNTS)
    assert shades[1, 2] < shades[0, 1] < shades[2, 0] < shades[0, 2]  # 12, 3, 1 and no images
    assert np.diag(shades).tolist() == [1, 1, 1] == [shades[0, 2]] * 3


def test_a_fraction_of_a_class_has_the_same_colour_in_every_row():
    few, many = np.array([[99, 1], [0, 100]]), np.array([[990, 10], [500, 500]])
    assert shades_of(few)[0, 1] == shades_of(many)[0, 1]
    _, bar = confusions_figure(few, "A row", 5).axes
    assert bar.get_ylabel() == "fraction of the true class (log scale)"
    assert texts_of(bar.get_yticklabels()) == ["0.1 %", "1 %", "10 %", "100 %"]


def test_numbers_are_legible_on_dark_cells_and_faint_on_the_diagonal():
    axes, _ = confusions_figure(np.array([[700, 300], [50, 950]]), "A row", 5).axes
    colours = {place: colour for place, (_, colour) in numbers_in(axes).items()}
    assert (colours[0, 1], colours[1, 0]) == ("white", "black")
    assert colours[0, 0] == colours[1, 1] not in ("white", "black")


def test_confusions_without_a_mistake_are_drawn_too():
    axes, _ = confusions_figure(np.diag([4, 5]), "A row", 5).axes
    assert axes.get_title() == "A row: 0 of 9 wrong"
    assert sorted(count for count, _ in numbers_in(axes).values()) == [4, 5]


def test_classes_without_images_are_left_out():
    counts = np.zeros((6, 6), int)
    counts[1, 2], counts[2, 2], counts[2, 5] = 4, 7, 1  # 1 is never predicted, 5 never true
    axes, _ = confusions_figure(counts, "A row", 5).axes
    assert texts_of(axes.get_yticklabels()) == ["1", "2", "5"]
    assert texts_of(axes.get_xticklabels()) == ["1", "2", "5"]
    numbers = {place: number for place, (number, _) in numbers_in(axes).items()}
    assert numbers == {(0, 1): 4, (1, 1): 7, (1, 2): 1}


@pytest.mark.parametrize(("classes", "numbers"), [(15, 15**2), (16, 0)])
def test_many_classes_have_no_numbers(classes, numbers):
    axes, _ = confusions_figure(np.full((classes, classes), 3), "A row", 5).axes
    assert len(axes.texts) == numbers


def test_the_names_of_classes_stand_beside_their_confusions():
    figure = confusions_figure(np.eye(10, dtype=int) * 900, "A row", 5, NAMES)
    axes, _ = figure.axes
    assert texts_of(axes.get_yticklabels()) == NAMES
    assert texts_of(axes.get_xticklabels()) == NAMES
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert min(box.x0 for box in boxes) > 0


def test_the_table_of_a_measure_file_is_read_as_it_is():
    np.testing.assert_array_equal(confusions_in({"confusions": COUNTS.tolist()}, Path()), COUNTS)


@pytest.mark.parametrize("confusions", [None, [], [[1, 2], [3]], [[1, 2]], [[0.5]]], ids=str)
def test_measures_without_a_table_of_confusions_are_damaged(confusions):
    for measures in ({"confusions": confusions}, {}):
        with pytest.raises(Damaged, match=r"0\.json holds no confusions; delete it"):
            confusions_in(measures, Path("0.json"))
