"""All figures are legible at the size in which they are printed, whatever the user's settings."""

import matplotlib as mpl
from matplotlib.text import Text

from figures.examples import one_of_each, save_one_of_each


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
