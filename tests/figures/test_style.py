"""All figures are legible at the size in which they are printed, whatever the user's settings."""

from xml.parsers import expat

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from discern.figures.confusions import confusions_figure
from discern.figures.contact_sheet import contact_sheet
from discern.figures.curves import curves_figure
from discern.figures.distances import distances_figure
from discern.figures.formats import save
from discern.figures.map import map_figure
from discern.figures.pair_distances import PairDistances
from discern.figures.training_curves import training_curves_figure
from discern.figures.verification import verification_figure
from figures.examples import CURVE, FALLING, cloud, one_of_each, save_one_of_each


def test_all_text_is_legible_at_the_size_in_which_it_is_printed():
    for name, figure in one_of_each().items():
        figure.draw_without_rendering()
        texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
        assert texts, name
        assert {text.get_fontsize() for text in texts} <= {7.0, 8.0, 10.0}, name
        assert figure.get_figwidth() in (3.5, 7.0, 7.2), name


def test_figures_leave_matplotlibs_settings_as_they_were(tmp_path):
    with mpl.rc_context({"font.size": 20, "figure.facecolor": "red", "svg.hashsalt": "theirs"}):
        before = dict(mpl.rcParams)
        save_one_of_each(tmp_path, formats=["png"])
        assert dict(mpl.rcParams) == before


def figures_with(text):
    """A figure of each kind that shows ``text`` as a title, and as a class name where it can."""
    names = [text, *"bcdefghij"]
    counts = np.array([[5, 1], [2, 6]])
    distances = PairDistances(np.linspace(0, 2, 3), counts[0], counts[1])
    return {
        "map": map_figure(cloud(), text, names),
        "contact_sheet": contact_sheet([cloud()], [text], names),
        "curves": curves_figure({text: [FALLING]}),
        "distances": distances_figure(distances, text),
        "confusions": confusions_figure(counts, text, 5, [text, "b"]),
        "training_curves": training_curves_figure(FALLING, text),
        "verification": verification_figure({text: [CURVE]}),
    }


@pytest.mark.parametrize("text", ["$0-$10", "$$", "$x_$", r"\frac{$", "_x", "<b>&amp;", "%s{0}"])
@pytest.mark.parametrize("kind", figures_with("a"))
def test_a_users_text_is_drawn_letter_by_letter_and_never_as_mathematics(text, kind, tmp_path):
    figure = figures_with(text)[kind]
    save(figure, tmp_path / "figure.svg", 60)
    expat.ParserCreate().Parse((tmp_path / "figure.svg").read_bytes(), True)
    shown = [each for each in figure.findobj(Text) if text in each.get_text()]
    assert shown
    assert not any(each.get_parse_math() for each in shown)


def test_no_axis_writes_its_numbers_as_mathematics():
    for name, figure in one_of_each().items():
        figure.draw_without_rendering()
        assert not [t for t in figure.findobj(Text) if "$" in t.get_text()], name


def test_a_letter_that_the_font_lacks_is_warned_of_and_the_figure_is_drawn(tmp_path):
    figure = map_figure(cloud(), "手")
    with pytest.warns(UserWarning, match=r"Glyph .* missing from font\(s\) DejaVu Sans"):
        save(figure, tmp_path / "figure.png", 60)
    assert (tmp_path / "figure.png").exists()
