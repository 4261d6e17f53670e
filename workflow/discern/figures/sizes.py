"""The figure of sizes: the headline measure by the number of training images."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from discern.figures.mean import Mean, axis_label
from discern.figures.style import KEY_LINE, PAGE, line_looks, new_figure, styled
from discern.measures.shared.measure import Measure

# Inches.
_PANEL = 3.4
# Lines are moved apart by this factor of the number of images, so that their bars can be read.
_APART = 1.012


def sizes_figure(rows: Mapping[str, Mapping[int, Mean]], headline: Measure) -> Figure:
    """The headline measure by the number of training images, a line per row.

    Args:
        rows: for each row's title, its mean by the number of training images.
        headline: the measure; the key is in the order of its means with the fewest images.
    """
    sign = -1 if headline.better == "higher" else 1
    titles = sorted(rows, key=lambda title: sign * rows[title][min(rows[title])].value)
    numbers = sorted({images for means in rows.values() for images in means})
    with styled():
        figure = new_figure(PAGE, max(_PANEL, KEY_LINE * len(titles) + 0.4))
        axes = figure.subplots()
        for place, (title, look) in enumerate(zip(titles, line_looks(len(titles)), strict=True)):
            colour, style = look
            moved = _APART ** (place - (len(titles) - 1) / 2)
            means = sorted(rows[title].items())
            places = [images * moved for images, _ in means]
            values = [mean.shown(headline) for _, mean in means]
            axes.plot(places, values, style, color=colour, marker=".", label=title)
            for x, (_, mean) in zip(places, means, strict=True):
                y, bars = mean.shown(headline), mean.bars(headline)
                axes.errorbar(x, y, yerr=bars, color=colour, linewidth=0.8)
        axes.set_xscale("log")
        axes.set_xticks(numbers)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_xlabel("training images (logarithmic)")
        axes.set_ylabel(axis_label(headline))
        legend = figure.legend(loc="outside right center", handlelength=2.6)
        legend.set_title("best first with fewest images")
    return figure
