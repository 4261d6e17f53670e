"""The maps show what is pointed at, and are linked."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser_window import PHONE, needs_chromium
from page_inputs import IMAGES, LABELS, QUERIES, ROWS, page_of, points_of, predictions_of

pytestmark = needs_chromium


def lonely(place, number):
    """The position of an image that no other lies near in a map."""
    points = points_of(place)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    return int(np.argsort(-distances.min(axis=1))[number])


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
