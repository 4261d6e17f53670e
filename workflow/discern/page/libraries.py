"""The library that runs in the reader's browser, from the package that contains it."""

from __future__ import annotations

from bokeh.resources import Resources


def bokeh() -> list[str]:
    """Bokeh's scripts, which draw the maps of :mod:`discern.page.maps`."""
    return Resources(mode="inline", components=["bokeh", "bokeh-widgets"]).js_raw
