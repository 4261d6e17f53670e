"""Pointing by mouse, finger or key finds the very image, and the panel tells of it."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser_window import DESKTOP, PHONE, needs_chromium
from page_inputs import IMAGES, LABELS, PLACES, QUERIES, RANKED, ROWS, page_of, predictions_of

pytestmark = needs_chromium


def pointed(opened):
    """The number of the image in the panel."""
    words = opened.page.locator("[id='page.pointed'] .who p").inner_text()
    return int(re.search(r"image (\d+)", words)[1])


def lonely(points, number=0):
    """The position of an image that no other lies near."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    return int(np.argsort(-distances.min(axis=1))[number])


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["mouse", "finger"])
@pytest.mark.parametrize("number", range(len(RANKED)))
def test_30_of_30_centres_among_10000_points_give_their_own_image(window, crowd, device, number):
    path, points = crowd
    opened = window(device, path)
    places = opened.places_of(number, points[number])
    chosen = np.random.default_rng(number).choice(len(places), 30, replace=False)
    go = opened.page.mouse.move if device is DESKTOP else opened.page.touchscreen.tap
    found = []
    for position in chosen:
        go(*places[position])
        found.append(pointed(opened))
    assert found == chosen.tolist()
    assert opened.complaints == []


def test_what_is_beyond_reach_is_not_pointed_at_or_selected(opened, points):
    box = opened.map(0).bounding_box()
    opened.page.mouse.click(box["x"] + 2, box["y"] + 2)
    expect(opened.page.locator("[id='page.pointed']")).to_have_text("Point at an image.")
    assert opened.selected() == []


def moved(places, start, direction):
    """The position next to a start within 45 degrees of a direction."""
    offsets = places - places[start]
    along = offsets @ direction
    across = offsets[:, 0] * direction[1] - offsets[:, 1] * direction[0]
    lengths = np.linalg.norm(offsets, axis=1)
    return int(np.where((along > 0) & (np.abs(across) <= along), lengths, np.inf).argmin())


def test_arrow_keys_go_to_the_next_image_and_enter_selects_it(opened, points):
    places = opened.places_of(1, points[1])
    at = int(np.abs(places - places.mean(axis=0)).sum(axis=1).argmin())
    opened.page.mouse.move(*places[at])
    opened.map(1).focus()
    for key, direction in (("Right", (1, 0)), ("Down", (0, 1)), ("Left", (-1, 0)), ("Up", (0, -1))):
        opened.page.keyboard.press(f"Arrow{key}")
        at = moved(places, at, np.array(direction))
        assert pointed(opened) == QUERIES[at], key
        words = f"image {QUERIES[at]}, label {LABELS[at]}, {RANKED[1].title} predicts"
        assert opened.status().startswith(words)
    opened.page.keyboard.press("Enter")
    assert opened.selected() == [QUERIES[at]]


def test_the_panel_has_the_very_digit_and_each_rows_prediction(opened, points):
    at = next(p for p in range(len(LABELS)) if predictions_of(PLACES[1])[p] != LABELS[p])
    opened.page.mouse.move(*opened.places_of(1, points[1])[at])
    at = int(np.flatnonzero(pointed(opened) == QUERIES)[0])
    panel = opened.page.locator("[id='page.pointed']")
    expect(panel.locator(".who")).to_contain_text(f"label {LABELS[at]}")
    rows = panel.locator(".of-row > p").all_inner_texts()
    for row, words in zip(RANKED, rows, strict=True):
        predicted = predictions_of(ROWS.index(row))[at]
        verdict = "✓ right" if predicted == LABELS[at] else "✗ wrong"
        assert words == f"{row.title}: {predicted} {verdict}"
    shown = panel.locator(".who .digit").screenshot()
    seen = np.array(Image.open(io.BytesIO(shown)).convert("L").resize((84, 84)))
    # the middles of the image's 8 × 8 pixels; edges may lie between pixels of the screen
    middles = (np.arange(8) * 10.5 + 5).astype(int)
    difference = seen[np.ix_(middles, middles)].astype(int) - IMAGES[QUERIES[at]]
    assert np.abs(difference).max() <= 16


def test_the_panel_has_the_ten_nearest_of_each_row_with_their_distances(opened, points, version):
    at = lonely(points[0])
    opened.page.mouse.move(*opened.places_of(0, points[0])[at])
    for number, row in enumerate(RANKED):
        with np.load(version.embeddings(row.label, row.seeds[0], "test")) as arrays:
            vectors = arrays["embeddings"].astype(float)
        if row.distance == "cosine":
            unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            distances = 1 - unit @ unit[at]
        else:
            distances = np.linalg.norm(vectors - vectors[at], axis=1)
        distances[at] = np.inf
        nearest = np.argsort(distances)[:10]
        items = opened.page.locator(".of-row").nth(number).locator("li")
        names = [each.get_attribute("aria-label") for each in items.locator(".digit").all()]
        assert names == [f"image {QUERIES[k]}, label {LABELS[k]}" for k in nearest]
        told = [float(words) for words in items.locator("small").all_inner_texts()]
        small = distances[nearest] < 0.001  # these have one digit
        np.testing.assert_allclose(told, distances[nearest], rtol=np.where(small, 0.6, 0.06).max())


def test_a_page_without_images_says_the_number_and_no_neighbours(window, version, points, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(page_of(version, images=None), encoding="utf-8")
    opened = window(path=path)
    at = lonely(points[0])
    opened.page.mouse.move(*opened.places_of(0, points[0])[at])
    assert pointed(opened) == QUERIES[at]
    number = opened.page.locator("[id='page.pointed'] .number").first
    assert int(number.inner_text()) == QUERIES[at]
    expect(opened.page.locator(".of-row")).not_to_have_count(0)
    expect(opened.page.locator(".of-row li")).to_have_count(0)
    assert opened.complaints == []


def test_the_panel_lies_beside_the_maps_and_below_them_on_a_phone(window, page_file):
    for device, is_beside in ((DESKTOP, True), (PHONE, False)):
        opened = window(device)
        maps = opened.page.locator(".maps").bounding_box()
        panel = opened.page.locator(".panel").bounding_box()
        assert (panel["x"] >= maps["x"] + maps["width"]) == is_beside
        opened.page.locator("figure .map").first.scroll_into_view_if_needed()
        expect(opened.page.locator(".panel")).to_be_in_viewport()


def touch(kind, x, y):
    return {"type": kind, "touchPoints": [{"x": x, "y": y}]}


def test_a_finger_scrolls_past_the_maps_and_a_tap_selects(window, points):
    opened = window(PHONE)
    at = lonely(points[0])
    x, y = opened.places_of(0, points[0])[at]
    opened.page.touchscreen.tap(x, y)
    expect(opened.page.get_by_role("status")).to_have_text("1 selected")
    finger = opened.page.context.new_cdp_session(opened.page)
    start = opened.page.evaluate("scrollY")
    finger.send("Input.dispatchTouchEvent", touch("touchStart", x, y))
    for step in range(1, 11):
        finger.send("Input.dispatchTouchEvent", touch("touchMove", x, y - 20 * step))
        opened.page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    opened.page.wait_for_function(f"scrollY > {start} + 100")
    assert opened.selected() == [QUERIES[at]]
