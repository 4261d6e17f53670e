"""The page in a real browser: it loads nothing, sorts, shows what is pointed at, and links maps.

The browser is the system's Chromium, headless, driven by Playwright.
"""

import contextlib
import io
import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from page_inputs import IMAGES, LABELS, QUERIES, ROWS, page_of, points_of, predictions_of

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="there is no Chromium on PATH; install it (Debian: apt-get install chromium)",
)
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
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


@pytest.fixture(scope="module")
def page_file(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "continuous integration has to install Chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM)
        yield running
        running.close()


@pytest.fixture
def window(browser, page_file):
    """Opens a page in a window of its own, as many as a test needs."""
    with contextlib.ExitStack() as stack:

        def window(device=DESKTOP, path=page_file, **options):
            context = browser.new_context(**device, **options)
            return Opened(stack.enter_context(context), path)

        yield window


@pytest.fixture
def opened(window):
    return window()


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
        expect(self.page.locator(".dt-container")).to_have_count(1)

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


def lonely(place, number):
    """The position of an image that no other lies near in a map."""
    points = points_of(place)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    return int(np.argsort(-distances.min(axis=1))[number])


@pytest.mark.parametrize("device", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_without_a_complaint_a_request_or_a_part_that_sticks_out(
    window, page_file, device, scheme
):
    opened = window(device, color_scheme=scheme)
    assert opened.complaints == []
    outside = [url for url in opened.requests if not re.match(r"data:|blob:", url)]
    assert outside == [page_file.as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    twice = """() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
      return ids.filter((id, place) => ids.indexOf(id) != place) }"""
    assert opened.page.evaluate(twice) == []


def test_text_stands_out_from_its_background_in_light_and_dark(window):
    luminance = """selector => {
      const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true})
      const seen = colour => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1)
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3) }
      const style = getComputedStyle(document.querySelector(selector))
      return [seen(style.color), seen(getComputedStyle(document.body).backgroundColor)]
    }"""
    for scheme in ("light", "dark"):
        opened = window(color_scheme=scheme)
        for selector in ("p", "a", "thead th", "figcaption", "td small"):
            colours = np.array(opened.page.evaluate(luminance, selector)) / 255
            linear = np.where(
                colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4
            )
            darker, lighter = sorted(linear @ (0.2126, 0.7152, 0.0722))
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (scheme, selector)  # WCAG AA


def expect_order(opened, *titles):
    expect(opened.page.locator("table.sortable tbody th")).to_have_text(titles)


def test_the_table_sorts_by_click_and_by_key_and_says_so(opened):
    expect_order(opened, "Large margin cosine", "Softmax", "Raw pixels")
    head = opened.page.locator("table.sortable thead th", has_text="k-NN accuracy")
    head.click()
    expect_order(opened, "Large margin cosine", "Softmax", "Raw pixels")
    expect(head).to_have_attribute("aria-sort", "descending")
    head.click()
    expect_order(opened, "Raw pixels", "Softmax", "Large margin cosine")
    expect(head).to_have_attribute("aria-sort", "ascending")

    beaten = opened.page.locator("table.sortable thead th", has_text="beaten by")
    beaten.get_by_role("button").focus()
    opened.page.keyboard.press("Enter")
    expect_order(opened, "Softmax", "Raw pixels", "Large margin cosine")
    expect(beaten).to_have_attribute("aria-sort", "ascending")
    expect(head).not_to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_pointing_shows_the_very_digit_with_its_label_vote_and_index(opened, number):
    for position in (lonely(number, 0), lonely(number, 1)):
        opened.page.mouse.move(*opened.place_of(number, position))
        tooltip = opened.page.locator(".bk-tooltip-content")
        expect(tooltip).to_be_visible()
        predicted = predictions_of(number)[position]
        words = f"{LABELS[position]} predicted {predicted} image {QUERIES[position]}"
        assert tooltip.inner_text().split() == words.split()
        content = tooltip.locator("[style*='--sheet']").screenshot()
        seen = np.array(Image.open(io.BytesIO(content)).convert("L").resize((84, 84)))
        # the middles of the image's 8 × 8 pixels; edges may lie between pixels of the screen
        middles = (np.arange(8) * 10.5 + 5).astype(int)
        difference = seen[np.ix_(middles, middles)].astype(int) - IMAGES[QUERIES[position]]
        # a twentieth of 255 shines through, as through all tooltips
        assert np.abs(difference).max() <= 16
        opened.page.mouse.move(0, 0)
        expect(tooltip).to_have_count(0)
    assert opened.complaints == []


def test_pointing_says_all_but_the_digit_on_a_page_without_images(window, version, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(page_of(version, images=None), encoding="utf-8")
    opened = window(path=path)
    position = lonely(0, 0)
    opened.page.mouse.move(*opened.place_of(0, position))
    tooltip = opened.page.locator(".bk-tooltip-content")
    expect(tooltip).to_have_text(re.compile(f"image {QUERIES[position]}"))
    box = tooltip.bounding_box()
    assert box["width"] < 120
    assert opened.complaints == []


def test_a_click_selects_one_image_in_all_maps(opened):
    before = [opened.picture_of(number) for number in range(len(ROWS))]
    position = lonely(0, 0)
    opened.page.mouse.click(*opened.place_of(0, position))
    assert opened.selected() == [position]
    for number, picture in enumerate(before):
        after = opened.picture_of(number)
        # the selected one is drawn larger, all others fade towards the white paper
        near = opened.around(number, position)
        assert after[near].sum() < picture[near].sum()
        assert after.sum() > picture.sum()


def test_a_box_in_one_map_selects_the_same_images_in_the_others(opened):
    corner, other = opened.place_of(1, lonely(1, 0)), opened.place_of(1, lonely(1, 1))
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, other, strict=True))
    opened.page.mouse.move(left - 3, top - 3)
    opened.page.mouse.down()
    opened.page.mouse.move(right + 3, bottom + 3, steps=5)
    opened.page.mouse.up()
    places = np.array([opened.place_of(1, position) for position in range(len(LABELS))])
    inside = (places > (left - 3, top - 3)) & (places < (right + 3, bottom + 3))
    found = opened.selected()
    assert {lonely(1, 0), lonely(1, 1)} <= set(found)
    assert found == np.flatnonzero(inside.all(axis=1)).tolist()
    opened.page.keyboard.press("Escape")
    assert opened.selected() == []


def test_a_checkbox_hides_its_class_in_all_maps_by_mouse_or_key(opened):
    whole = [opened.picture_of(number) for number in range(len(ROWS))]
    box = opened.page.get_by_role("group", name="class 3").get_by_role("checkbox")
    box.focus()
    opened.page.keyboard.press("Space")
    hidden = [opened.picture_of(number) for number in range(len(ROWS))]
    position = next(p for p in range(len(LABELS)) if LABELS[p] == 3)
    for number, (before, after) in enumerate(zip(whole, hidden, strict=True)):
        assert (before != after).any(), number
        there = opened.around(number, position)
        assert after[there].sum() > before[there].sum()
    box.click()
    for number, before in enumerate(whole):
        assert np.array_equal(opened.picture_of(number), before)


def touch(kind, x, y):
    return {"type": kind, "touchPoints": [{"x": x, "y": y}]}


def test_a_finger_scrolls_past_the_maps_and_a_tap_selects(window):
    opened = window(PHONE)
    position = lonely(1, 0)
    x, y = opened.place_of(1, position)
    opened.page.touchscreen.tap(x, y)
    assert opened.selected() == [position]
    finger = opened.page.context.new_cdp_session(opened.page)
    start = opened.page.evaluate("scrollY")
    finger.send("Input.dispatchTouchEvent", touch("touchStart", x, y))
    for step in range(1, 11):
        finger.send("Input.dispatchTouchEvent", touch("touchMove", x, y - 20 * step))
        opened.page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    opened.page.wait_for_function(f"scrollY > {start} + 100")
    assert opened.selected() == [position]
