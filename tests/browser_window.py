"""The page in the system's Chromium, headless, driven by Playwright."""

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="there is no Chromium on PATH; install it (Debian: apt-get install chromium)",
)
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
LAPTOP = {"viewport": {"width": 1024, "height": 768}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
# Where the image of a given position lies in a map, in pixels of the window.
PLACE_OF = """([map, position]) => {
  const plot = Bokeh.documents[0].roots().filter(root => root.type == "Figure")[map]
  const view = Bokeh.index.get_by_id(plot.id)
  const data = plot.renderers[0].data_source.data
  const box = view.canvas_view.el.getBoundingClientRect()
  return [box.left + view.frame.x_scale.compute(data[`x${map}`][position]),
          box.top + view.frame.y_scale.compute(data[`y${map}`][position])]
}"""
SELECTED = """() => {
  const plot = Bokeh.documents[0].roots().find(root => root.type == "Figure")
  return plot.renderers[0].data_source.selected.indices.toSorted((a, b) => a - b)
}"""


class Opened:
    """The page in a window, and what went wrong or left it."""

    def __init__(self, context, page_file):
        self.complaints, self.requests = [], []
        self.page = context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(page_file.as_uri())
        self.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle")

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def map(self, number):
        return self.page.locator(f"[id='page.map.{number}']")

    def place_of(self, number, position):
        """Where the image of that position lies in a map, which is scrolled to."""
        self.map(number).scroll_into_view_if_needed()
        return self.page.evaluate(PLACE_OF, [number, position])

    def around(self, number, position):
        """The part of a map's picture that an image is drawn in, some pixels each way."""
        x, y = self.place_of(number, position)
        box = self.map(number).bounding_box()
        row, column = round(y - box["y"]), round(x - box["x"])
        return slice(row - 3, row + 4), slice(column - 3, column + 4)

    def selected(self):
        return self.page.evaluate(SELECTED)

    def picture_of(self, number):
        """What a map looks like, an integer array (height, width, 3)."""
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(300)  # a frame or two to draw
        content = self.map(number).screenshot()
        return np.array(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
