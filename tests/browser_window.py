"""The page in the system's Chromium, headless, driven by Playwright."""

import base64
import csv
import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

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


class Opened:
    """The page in a window, and what went wrong or left it."""

    def __init__(self, context, page_file):
        self.complaints, self.requests = [], []
        self.page = context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(page_file.as_uri())
        expect(self.page.locator(".map[aria-busy]")).to_have_count(0)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def map(self, number):
        """The canvas of a map, scrolled to the top of the window."""
        canvas = self.page.locator("canvas").nth(number)
        canvas.evaluate("canvas => canvas.scrollIntoView({block: 'start'})")
        return canvas

    def places_of(self, number, points):
        """Where the ``points`` of a map that was not moved lie in the window, (N, 2)."""
        box = self.map(number).bounding_box()
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        reach = 1.04 * np.abs(points - middle).max()
        right, up = ((points - middle) / (2 * reach)).T
        corner = np.array([box["x"], box["y"]])
        return corner + box["width"] * np.column_stack([0.5 + right, 0.5 - up])

    def selected(self):
        """The numbers of the selected images, out of the file that can be saved."""
        if self.page.locator("[id='page.selection']").is_hidden():
            return []
        with self.page.expect_download() as saved:
            self.page.get_by_role("button", name="Save the selection").click()
        with open(saved.value.path(), encoding="utf-8", newline="") as file:
            return [int(line["image"]) for line in csv.DictReader(file)]

    def status(self):
        """What a screen reader hears last."""
        return self.page.get_by_role("status").inner_text()

    def picture_of(self, number):
        """The pixels of a map's canvas on white paper, an integer array (height, width, 3).

        A screenshot is a pixel higher where the map does not begin at a whole pixel.
        """
        canvas = self.map(number)
        self.page.wait_for_timeout(200)  # a frame or two to draw
        content = canvas.evaluate("canvas => canvas.toDataURL().split(',')[1]")
        drawn = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        return np.array(Image.alpha_composite(paper, drawn).convert("RGB")).astype(int)


def unfold_all(opened):
    """Unfold everything on the page."""
    opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
