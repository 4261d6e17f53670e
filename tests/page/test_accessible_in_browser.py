"""axe-core, the accessibility checker of most browsers' extensions, finds nothing on the page."""

import pytest
from axe_core_python import base

from browser_window import DESKTOP, PHONE, needs_chromium, unfold_all

pytestmark = needs_chromium
AXE = base.AXE_FILE_PATH.read_text(encoding="utf-8")
# Every rule, those of best practice too.
FOUND = """async () => (await axe.run()).violations.flatMap(each => each.nodes.map(
  node => `${each.id} (${each.impact}): ${node.html.slice(0, 120)}`))"""
# Text whose contrast axe can't decide, but for single letters and signs.
UNDECIDED = """async () => (await axe.run({runOnly: ["color-contrast"]})).incomplete.flatMap(
  each => each.nodes).map(node => [node.any[0].message, node.html.slice(0, 120)])
  .filter(([why]) => !why.includes("too short") && !why.includes("non-text"))"""
# Where these are depends on how far the page is scrolled.
NOTHING_STAYS = "nav, .panel { position: static !important; max-height: none !important }"


@pytest.fixture
def checked(window, full_page_file):
    """The page unfolded, with an image in the panel, and axe."""

    def checked(device, scheme):
        opened = window(device, full_page_file, color_scheme=scheme)
        unfold_all(opened)
        opened.page.add_style_tag(content=NOTHING_STAYS)
        opened.page.get_by_label("Image", exact=True).fill("7")
        opened.page.keyboard.press("Enter")
        opened.page.evaluate(AXE)
        return opened.page

    return checked


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_of_any_impact(checked, device, scheme):
    assert checked(device, scheme).evaluate(FOUND) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_of_every_word_is_decided(checked, scheme):
    assert checked(DESKTOP, scheme).evaluate(UNDECIDED) == []
