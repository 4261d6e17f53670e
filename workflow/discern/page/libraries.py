"""The libraries that run in the reader's browser, from the packages that contain them."""

from __future__ import annotations

import base64
from importlib.resources import files

from bokeh.resources import Resources


def bokeh() -> list[str]:
    """Bokeh's scripts, which draw the maps of :mod:`discern.page.maps`."""
    return Resources(mode="inline", components=["bokeh", "bokeh-widgets"]).js_raw


def data_tables() -> str:
    """DataTables as the address of a module that contains it; its default export sorts a table.

    Its style sheet is left out: ``aria-sort`` is enough to show an order.
    """
    module = files("itables").joinpath("html/dt_bundle.js").read_bytes()
    return f"data:text/javascript;base64,{base64.b64encode(module).decode()}"
