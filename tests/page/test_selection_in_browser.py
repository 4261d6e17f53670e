"""A selection, a colour and a filter hold in all maps, and the page says what they hold."""

import numpy as np
import pytest
from playwright.sync_api import expect

from browser_window import needs_chromium
from page_inputs import LABELS, PLACES, QUERIES, RANKED, predictions_of

pytestmark = needs_chromium
MAPS = range(len(RANKED))


def drag(opened, *places):
    opened.page.mouse.move(*places[0])
    opened.page.mouse.down()
    for place in places[1:]:
        opened.page.mouse.move(*place, steps=4)
    opened.page.mouse.up()


def box_around(places, share=0.5):
    """Two corners of the middle of a map's points."""
    return np.quantile(places, (1 - share) / 2, axis=0), np.quantile(
        places, (1 + share) / 2, axis=0
    )


def select_middle(opened, points, number=1):
    """The numbers of the images in a box in the middle of a map, which is dragged."""
    places = opened.places_of(number, points[number])
    low, high = box_around(places)
    drag(opened, low, high)
    return QUERIES[((places > low) & (places < high)).all(axis=1)].tolist()


def pictures(opened):
    return [opened.picture_of(number) for number in MAPS]


def test_a_box_selects_and_the_panel_tells_how_many_of_which_class_and_prediction(opened, points):
    inside = select_middle(opened, points)
    count = len(inside)
    assert 10 < count <= 100
    assert opened.selected() == inside
    assert opened.status() == f"{count} selected"
    expect(opened.page.locator("[id='page.thumbnails'] .digit")).to_have_count(count)
    opened.page.get_by_label("Predictions of").select_option(RANKED[2].title)
    chosen = np.isin(QUERIES, inside)
    for caption, values in (("class", LABELS), ("prediction", predictions_of(PLACES[2]))):
        table = opened.page.locator(".bars", has_text=f"per {caption}")
        lines = [line.split() for line in table.locator("tr").all_inner_texts()]
        labels, counts = np.unique(values[chosen], return_counts=True)
        assert lines == [[str(x), str(y)] for x, y in zip(labels, counts, strict=True)]
    assert opened.complaints == []


def test_the_saved_selection_has_label_and_predictions(opened, points):
    inside = select_middle(opened, points)
    with opened.page.expect_download() as saved:
        opened.page.get_by_role("button", name="Save the selection").click()
    assert saved.value.suggested_filename == "selection.csv"
    head, *lines = saved.value.path().read_text(encoding="utf-8").splitlines()
    assert head == "image,label,cosface,softmax,pixels"
    at = np.flatnonzero(np.isin(QUERIES, inside))
    columns = [QUERIES, LABELS, *map(predictions_of, PLACES)]
    assert lines == [",".join(str(column[each]) for column in columns) for each in at]


def test_a_lasso_selects_within_its_line(opened, points):
    opened.page.get_by_role("button", name="Lasso").click()
    places = opened.places_of(0, points[0])
    (left, top), (right, bottom) = box_around(places, 0.6)
    drag(opened, (left, top), (right, top), (left, bottom))
    across, down = ((places - (left, top)) / (right - left, bottom - top)).T
    inside = (across > 0) & (down > 0) & (across + down < 1)
    assert opened.selected() == QUERIES[inside].tolist()


def test_shift_adds_and_escape_clears(opened, points):
    inside = select_middle(opened, points)
    other = int(np.flatnonzero(~np.isin(QUERIES, inside))[0])
    places = opened.places_of(1, points[1])
    nearest = int(np.linalg.norm(places - places[other], axis=1).argmin())
    opened.page.keyboard.down("Shift")
    opened.page.mouse.click(*places[nearest])
    opened.page.keyboard.up("Shift")
    assert opened.selected() == sorted([*inside, QUERIES[nearest]])
    opened.page.keyboard.press("Escape")
    assert opened.selected() == []
    assert opened.status() == "0 selected"


def test_a_selection_shows_in_all_maps_and_a_reset_leaves_no_pixel_of_it(opened, points):
    before = pictures(opened)
    select_middle(opened, points)
    opened.page.get_by_role("button", name="Pan and zoom").click()
    box = opened.map(0).bounding_box()
    opened.page.mouse.move(box["x"] + 90, box["y"] + 90)
    opened.page.mouse.wheel(0, -300)
    opened.page.mouse.move(0, 0)
    for one, other in zip(before, pictures(opened), strict=True):
        assert (one != other).any()
    opened.page.get_by_role("button", name="Reset").click()
    for one, other in zip(before, pictures(opened), strict=True):
        np.testing.assert_array_equal(one, other)
    outlines = opened.page.locator(".map path").all()
    assert not any(outline.get_attribute("d") for outline in outlines)


@pytest.mark.parametrize("colour", ["prediction", "right or wrong", "silhouette"])
def test_a_colour_changes_all_maps_and_back(opened, colour):
    before = pictures(opened)
    opened.page.get_by_label("Colour by").select_option(colour)
    for one, other in zip(before, pictures(opened), strict=True):
        assert (one != other).any()
    opened.page.get_by_label("Colour by").select_option("class")
    for one, other in zip(before, pictures(opened), strict=True):
        np.testing.assert_array_equal(one, other)


def shown_after(opened, **choices):
    for name, title in choices.items():
        opened.page.locator(f"[id='page.{name}']").select_option(title)
    return int(opened.status().split()[0])


def test_only_mistakes_and_wrong_here_right_there_show_just_these(opened):
    missed = [predictions_of(place) != LABELS for place in PLACES]
    assert shown_after(opened, wrong="any row") == np.any(missed, axis=0).sum()
    assert shown_after(opened, wrong="every row") == np.all(missed, axis=0).sum()
    assert shown_after(opened, wrong=RANKED[1].title) == missed[1].sum()
    there = missed[1] & ~missed[0]
    assert shown_after(opened, right=RANKED[0].title) == there.sum()
    assert 0 < there.sum() < len(LABELS)
    opened.map(0)
    box = opened.page.locator("canvas").first.bounding_box()
    corner = box["x"] + 2, box["y"] + 2
    drag(opened, corner, (corner[0] + box["width"] - 4, corner[1] + box["height"] - 4))
    assert opened.selected() == QUERIES[there].tolist()


def test_one_click_shows_one_class_alone_and_another_all(opened):
    before = pictures(opened)
    only = opened.page.get_by_role("button", name="only class 3")
    only.click()
    assert opened.status() == f"{(LABELS == 3).sum()} of {len(LABELS)} images shown"
    expect(only).to_have_attribute("aria-pressed", "true")
    for one, other in zip(before, pictures(opened), strict=True):
        assert other.sum() > one.sum()  # more paper
    only.click()
    for one, other in zip(before, pictures(opened), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_checkbox_hides_its_class_by_key(opened):
    box = opened.page.get_by_role("checkbox", name="3", exact=True)
    box.focus()
    opened.page.keyboard.press("Space")
    assert opened.status() == f"{(LABELS != 3).sum()} of {len(LABELS)} images shown"


def test_an_image_is_found_by_its_number_and_a_missing_one_is_said(opened):
    opened.page.get_by_label("Image", exact=True).fill(str(QUERIES[7]))
    opened.page.keyboard.press("Enter")
    assert opened.selected() == [QUERIES[7]]
    expect(opened.page.locator(".who p")).to_contain_text(f"image {QUERIES[7]}")
    opened.page.get_by_label("Image", exact=True).fill("400")
    opened.page.get_by_role("button", name="Find").click()
    assert opened.status() == "There is no image 400 here."


def test_a_title_enlarges_its_map_and_two_lie_side_by_side_with_joined_images(opened, points):
    inside = select_middle(opened, points)
    small = opened.map(0).bounding_box()["width"]
    titles = [opened.page.get_by_role("button", name=row.title, exact=True) for row in RANKED]
    titles[0].click()
    expect(titles[0]).to_have_attribute("aria-pressed", "true")
    assert opened.map(0).bounding_box()["width"] > 1.8 * small
    titles[2].click()
    opened.page.wait_for_timeout(200)
    one, other = (opened.page.locator("canvas").nth(k).bounding_box() for k in (0, 2))
    assert one["y"] == pytest.approx(other["y"], abs=1)
    lines = opened.page.locator("[id='page.joined']").get_attribute("d")
    assert lines.count("M") == lines.count("L") == len(inside)
    titles[1].click()  # a third takes the first one's place
    expect(titles[0]).to_have_attribute("aria-pressed", "false")
    opened.page.get_by_role("button", name="Reset").click()
    assert opened.map(0).bounding_box()["width"] == pytest.approx(small, abs=1)
