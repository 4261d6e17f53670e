"""Losses by epoch are drawn on a logarithmic scale, with the selected epoch marked."""

import pytest
from matplotlib.figure import Figure

from discern.figures.loss_panel import EPOCH_COLUMNS, draw_losses, epoch_rows
from figures.examples import FALLING, history


def panel(run):
    axes = Figure().subplots()
    draw_losses(axes, run)
    return axes


def test_the_lines_of_a_training_differ_in_style_alone_and_the_selected_epoch_is_a_dot():
    training, validation, selected = panel(FALLING).get_lines()
    assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    assert (training.get_marker(), validation.get_marker(), selected.get_marker()) == (
        *("None", "None"),
        "o",
    )
    assert training.get_color() == validation.get_color() == selected.get_color()


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (3, 40), (40, 3), (150, 7)])
def test_epochs_begin_with_the_first_and_end_with_the_last_of_all_trainings(first, second):
    axes = Figure().subplots()
    for epochs in (first, second):
        draw_losses(axes, history([1.0] * epochs, [2.0] * epochs))
    last = max(first, second, 2)
    assert axes.get_xlim() == (1, last)
    ticks = axes.get_xticks().tolist()
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= last
    assert len(ticks) <= 6


def visible_ticks(axes):
    """The numbers beside the y axis."""
    axes.figure.draw_without_rendering()
    low, high = axes.get_ylim()
    ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    labels = {tick: label.get_text() for tick, label in ticks if low <= tick <= high}
    assert list(labels.values()) == [f"{tick:g}" for tick in labels]  # 0.5, not 5 × 10⁻¹
    return list(labels)


@pytest.mark.parametrize("losses", [[3, 2, 1, 0.9], [9, 0.01], [0.5, 0.5]], ids=str)
def test_losses_have_a_logarithmic_scale_with_numbers_and_epochs_are_whole(losses):
    axes = panel(history(losses, losses))
    assert axes.get_yscale() == "log"
    assert visible_ticks(axes)
    assert all(tick == round(tick) for tick in axes.get_xticks())


def test_a_wide_range_has_1_2_and_5_of_each_decade_and_a_narrow_one_equal_steps():
    wide = visible_ticks(panel(history([9, 0.5], [9, 0.5])))
    assert wide == pytest.approx([0.5, 1, 2, 5, 10])
    narrow = visible_ticks(panel(history([3, 1], [3, 1])))
    assert narrow == pytest.approx([1, 2, 3])


def test_a_table_has_each_epoch_with_its_losses_and_whether_it_is_selected():
    run = history([3.0, 2.0, 1.0], [2.5, 2.0, 2.2])
    run.rows[2]["learning_rate"] = 0.0005
    columns = ["epoch", "training_loss", "validation_loss", "learning_rate", "is_selected"]
    assert list(EPOCH_COLUMNS) == columns
    assert [tuple(row) for row in epoch_rows(run)] == [
        (1, 3.0, 2.5, 0.001, 0),
        (2, 2.0, 2.0, 0.001, 1),
        (3, 1.0, 2.2, 0.0005, 0),
    ]
