"""The curves of all trainings have a panel per row."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discern.figures.curves import curves_figure
from figures.examples import blank_panels, history, lines_of, reading_order, texts_of


@settings(max_examples=10, derandomize=True, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 9), min_size=1, max_size=8), min_size=1, max_size=3))
def test_the_first_epoch_with_the_lowest_validation_loss_of_each_training_is_marked(runs):
    histories = [history([2.0 * loss for loss in run], run) for run in runs]
    (axes,) = curves_figure({"a row": histories}).axes
    epochs = [[float(n + 1) for n in range(len(run))] for run in runs]
    assert lines_of(axes) == {
        "training": [(e, [2.0 * v for v in run]) for e, run in zip(epochs, runs, strict=True)],
        "validation": list(zip(epochs, runs, strict=True)),
        "selected": [([run.index(min(run)) + 1.0], [min(run)]) for run in runs],
    }


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_there_is_a_panel_per_row_in_their_order_and_one_legend(rows):
    histories = {f"row {place}": [history([place + 1], [place + 2])] * 3 for place in range(rows)}
    figure = curves_figure(histories)
    panels = reading_order(figure)
    assert [axes.get_title() for axes in panels[:rows]] == list(histories)
    for place, axes in enumerate(panels[:rows]):
        assert lines_of(axes)["training"] == [([1.0], [place + 1.0])] * 3
        assert lines_of(axes)["validation"] == [([1.0], [place + 2.0])] * 3
        assert axes.get_legend() is None
    assert blank_panels(figure) == [place >= rows for place in range(len(panels))]
    (legend,) = figure.legends
    assert texts_of(legend.get_texts()) == ["training", "validation", "selected"]
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("epoch", "loss (log scale)")


def test_both_lines_and_the_dot_of_a_seed_have_its_own_colour():
    runs = [history([3, 2], [place + 1, place + 2]) for place in range(3)]
    (axes,) = (figure := curves_figure({"a row": runs})).axes
    colours = [tuple(line.get_color()) for line in axes.get_lines()]
    seeds = [colours[first : first + 3] for first in (0, 3, 6)]
    assert [len(set(seed)) for seed in seeds] == [1, 1, 1]
    assert len(set(colours)) == 3
    assert figure.legends[0].get_title().get_text() == "a colour per seed"
    assert not curves_figure({"a row": runs[:1]}).legends[0].get_title().get_text()
