"""The curves of one training show its losses and its learning rate."""

from discern.figures.training_curves import training_curves_figure
from figures.examples import history, lines_of, texts_of


def test_losses_are_above_and_the_learning_rate_below_with_the_selected_epoch_in_both():
    run = history([3, 2, 1], [2.5, 2.0, 2.2])
    run.rows[2]["learning_rate"] = 0.0005
    losses, rates = training_curves_figure(run, "A row, seed 3").axes
    assert losses.get_title() == "A row, seed 3"
    lines, epochs = lines_of(losses), [1.0, 2.0, 3.0]
    assert lines["training"] == [(epochs, [3.0, 2.0, 1.0])]
    assert lines["validation"] == [(epochs, [2.5, 2.0, 2.2])]
    assert lines["selected"] == [([2.0], [2.0])]
    assert texts_of(losses.get_legend().get_texts()) == ["training", "validation", "selected"]
    rate, mark = rates.get_lines()
    assert rate.get_xdata().tolist() == epochs
    assert rate.get_ydata().tolist() == [0.001, 0.001, 0.0005]
    assert list(mark.get_xdata()) == list(losses.get_lines()[-1].get_xdata()) == [2, 2]
    assert losses.get_shared_x_axes().joined(losses, rates)
    assert (losses.get_ylabel(), rates.get_ylabel()) == (
        "loss (log scale)",
        "learning rate\n(log scale)",
    )
    assert rates.get_xlabel() == "epoch"
