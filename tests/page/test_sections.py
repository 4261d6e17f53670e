"""A row's section has its first seed's figures and says of each seed what was measured."""

from dataclasses import replace

import numpy as np
import pytest

from discern.errors import Damaged, DiscernError
from discern.page.pictures import picture
from discern.page.sections import Figure, read_figure, section, training
from discern.results import Version
from page_inputs import confusions_of, write_figure
from plain_files import write_bytes
from samples import measures_of

NAMES = list("0123456789")


def test_figures_are_of_the_first_seed_and_curves_of_trained_rows_alone(version, lines):
    cosface = lines["cosface"]
    of_pixels, of_cosface = (section(version, line, NAMES) for line in (lines["pixels"], cosface))
    assert set(of_pixels.figures) == {"map", "distances", "confusions"}
    assert set(of_cosface.figures) == {*of_pixels.figures, "curves"}
    names = [figure.data.name for figure in of_cosface.figures.values()]
    assert names == [f"cosface-3-{kind}.csv" for kind in of_cosface.figures]
    turned = replace(cosface, row=replace(cosface.row, seeds=(7, 3)))
    with pytest.raises(DiscernError, match=r"figures/cosface/7/map\.\w+ does not exist"):
        section(version, turned, NAMES)


def test_of_a_published_row_the_drawn_map_is_shown_without_data(version, lines, tmp_path):
    home = Version(tmp_path / "docs")
    write_figure(home.figure("cosface", 3, "map", "png"), tmp_path / "map.csv", "curves", 7)
    row = replace(lines["cosface"].row, published=dict.fromkeys("37", str(tmp_path / "docs")))
    for each in (version.history("cosface", seed) for seed in row.seeds):
        write_bytes(home.folder / each.relative_to(version.folder), each.read_bytes())
    published = section(version, replace(lines["cosface"], row=row), NAMES)
    assert published.figures == {
        "map": Figure(picture(home.figure("cosface", 3, "map", "png")), None)
    }
    unmapped = replace(lines["cosface"], row=replace(row, map="none"))
    assert section(version, unmapped, NAMES).figures == {}


def test_each_seed_is_a_training(version, lines):
    trainings = section(version, lines["cosface"], NAMES).trainings
    assert [each.seed for each in trainings] == [3, 7]
    assert [each.worst[0].images for each in trainings] == [1, 2]


def test_the_scale_of_each_training_is_that_after_the_selected_epoch(version, lines):
    assert section(version, lines["cosface"], NAMES).scales == [13, 17]
    assert section(version, lines["pixels"], NAMES).scales == []


def test_a_history_that_ends_before_the_selected_epoch_is_damaged(version, lines):
    late = replace(lines["cosface"], epochs=[13, 18])
    with pytest.raises(Damaged, match=r"cosface/7/history.csv ends before epoch 18, which was sel"):
        section(version, late, NAMES)


@pytest.mark.parametrize("ending", ["png", "csv"])
def test_a_missing_figure_is_named(version, tmp_path, ending):
    files = {each: tmp_path / f"map.{each}" for each in ("png", "csv")}
    for each, path in files.items():
        if each != ending:
            path.write_bytes(version.figure("softmax", 3, "map", each).read_bytes())
    with pytest.raises(DiscernError, match=f"{files[ending]} does not exist; run the stage"):
        read_figure(files["png"], files["csv"], "a map")


def test_a_training_is_what_the_measures_say_of_the_map_and_the_votes():
    measures = measures_of(
        0.9, map_knn_accuracy=0.95, embedding_knn_accuracy=0.97, map_trustworthiness=0.99
    )
    found = training(4, measures | {"confusions": confusions_of(3)}, NAMES)
    assert (found.seed, found.map.in_map, found.map.in_embedding) == (4, 0.95, 0.97)
    trust = found.map.trust
    assert trust.difference == pytest.approx(-0.02)
    assert trust.chance == pytest.approx(1.96 * np.sqrt((0.95 * 0.05 + 0.97 * 0.03) / 10_000))
    assert found.map.trustworthiness == 0.99
    assert found.map.kl_divergence == pytest.approx(0.9 * 1.3)
    assert [(each.true, each.predicted) for each in found.worst] == [("4", "9"), ("7", "1")]
    assert found.class_accuracies["4"] == 17 / 20
    assert training(4, measures | {"map": None, "confusions": confusions_of(3)}, NAMES).map is None
