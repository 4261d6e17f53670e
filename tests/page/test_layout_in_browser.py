"""The page fits any window, sorts, shows what is chosen, prints, and loads nothing."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from browser_window import DESKTOP, LAPTOP, PHONE, needs_chromium, unfold_all

pytestmark = needs_chromium
WINDOWS = pytest.mark.parametrize("device", [DESKTOP, LAPTOP, PHONE], ids=["1440", "1024", "390"])


@WINDOWS
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


@WINDOWS
def test_no_table_of_all_rows_has_to_be_scrolled_and_no_word_is_cut(window, full_page_file, device):
    opened = window(device, full_page_file)
    cut = """() => [...document.querySelectorAll(".scroll:has(table)")]
      .filter(each => each.checkVisibility() && each.scrollWidth > each.clientWidth)
      .map(each => each.getAttribute("aria-label"))"""
    assert opened.page.evaluate(cut) == []
    outside = """() => [...document.querySelectorAll(":is(.sortable, .intervals) :is(th, td)")]
      .filter(cell => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
      .map(cell => cell.textContent)"""
    assert opened.page.evaluate(outside) == []


def test_what_is_wider_than_a_phone_can_be_scrolled_and_shows_it(window, full_page_file):
    opened = window(PHONE, full_page_file)
    unfold_all(opened)
    hidden = """() => [...document.querySelectorAll("main *")].filter(each => {
      const right = each.getBoundingClientRect().right
      return each.checkVisibility() && right > innerWidth + 1 && !each.closest(".scroll, .formula")
    }).map(each => each.outerHTML.slice(0, 80))"""
    assert opened.page.evaluate(hidden) == []
    opened.page.wait_for_timeout(200)
    shadows = """() => [...document.querySelectorAll(".scroll, .formula")].map(each =>
      [each.scrollWidth > each.clientWidth, getComputedStyle(each).boxShadow != "none"])"""
    seen = {tuple(each) for each in opened.page.evaluate(shadows)}
    assert seen == {(True, True), (False, False)}


def test_a_phone_shows_figures_of_all_rows_large_enough_to_read(window, full_page_file):
    opened = window(PHONE, full_page_file)
    for name in ("separation", "verification"):
        figure = opened.page.get_by_role("region", name=f"Figure of {name}")
        assert figure.locator("img").bounding_box()["width"] >= 640
        figure.evaluate("region => region.scrollTo(1000, 0)")
        assert figure.evaluate("region => region.scrollLeft") > 0


def test_a_finger_finds_every_control(window, full_page_file):
    opened = window(PHONE, full_page_file)
    unfold_all(opened)
    small = """() => [...document.querySelectorAll("a, button, summary, select, label, input")]
      .filter(each => each.checkVisibility() && !each.closest(".skip, label > *, p"))
      .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
      .filter(([box]) => box.height < 43.9 || box.width < 43.9).map(([box, html]) => html)"""
    assert opened.page.evaluate(small) == []


def test_text_twice_as_large_still_fits_the_window(window, full_page_file):
    opened = window(DESKTOP, full_page_file)
    opened.page.add_style_tag(content="html { font-size: 200% }")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_navigation_stays_and_leads_to_each_part(opened):
    bar = opened.page.get_by_role("navigation")
    for link in bar.get_by_role("link").all():
        link.click()
        opened.page.wait_for_timeout(100)
        assert bar.bounding_box()["y"] == pytest.approx(0, abs=1)
        heading = opened.page.locator(f"[id='{link.get_attribute('href')[1:]}']")
        assert heading.bounding_box()["y"] >= bar.bounding_box()["height"] - 1
        expect(heading).to_be_in_viewport()


def test_a_row_is_folded_until_a_link_leads_to_it(opened):
    section = opened.page.locator("section[aria-label='Softmax']")
    expect(section).to_be_hidden()
    opened.page.locator(".sortable a", has_text="Softmax").click()
    expect(section).to_be_in_viewport()
    expect(opened.page.locator("section[aria-label='Raw pixels']")).to_be_hidden()


def test_it_prints_on_at_most_15_pages_and_cuts_no_map_figure_or_line(window, full_page_file):
    opened = window(DESKTOP, full_page_file)
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert 1 < len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) <= 15
    opened.page.emulate_media(media="print")
    expect(opened.page.get_by_role("navigation")).to_be_hidden()
    whole = """() => [...document.querySelectorAll("figure, tr, .map")]
      .every(each => getComputedStyle(each).breakInside == "avoid")"""
    assert opened.page.evaluate(whole)


def test_figures_are_dark_on_a_dark_page(window):
    for scheme, is_dark in (("light", False), ("dark", True)):
        opened = window(color_scheme=scheme)
        filters = opened.page.evaluate("getComputedStyle(document.querySelector('img')).filter")
        assert ("invert" in filters) == is_dark


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
    head = opened.page.locator("th[data-column=knn_accuracy]")
    head.get_by_role("button").click()
    expect_order(opened, "Large margin cosine", "Softmax", "Raw pixels")
    expect(head).to_have_attribute("aria-sort", "descending")
    head.get_by_role("button").click()
    expect_order(opened, "Raw pixels", "Softmax", "Large margin cosine")
    expect(head).to_have_attribute("aria-sort", "ascending")

    rows = opened.page.locator("th[data-column=row]")
    rows.get_by_role("button").focus()
    opened.page.keyboard.press("Enter")
    expect_order(opened, "Large margin cosine", "Raw pixels", "Softmax")
    expect(rows).to_have_attribute("aria-sort", "ascending")
    expect(opened.page.locator("[aria-sort]")).to_have_count(1)


def test_a_column_is_shown_when_it_is_chosen_and_rows_without_a_value_come_last(opened):
    head = opened.page.locator("th[data-column=classifier_accuracy]")
    expect(head).to_be_hidden()
    opened.page.get_by_text("Choose columns").click()
    box = opened.page.get_by_role("checkbox", name="classifier accuracy", exact=True)
    box.check()
    expect(head).to_be_visible()
    expect(opened.page.locator("td[data-column=classifier_accuracy]:visible")).to_have_count(3)
    for _ in ("descending", "ascending"):
        head.get_by_role("button").click()
        expect(opened.page.locator("table.sortable tbody th").last).to_have_text("Raw pixels")
    box.uncheck()
    expect(head).to_be_hidden()
