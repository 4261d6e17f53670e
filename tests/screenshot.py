"""Take the picture of a page that README shows: its first screen on a desktop, in light colours.

python tests/screenshot.py docs/scarce/report/index.html docs/figures/page.png
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from browser_window import CHROMIUM, DESKTOP


def main(page: Path, picture: Path) -> None:
    """Take it; 256 colours are enough."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        window = browser.new_page(**DESKTOP, color_scheme="light")
        window.goto(page.resolve().as_uri())
        window.locator("img").first.evaluate("image => image.decode()")
        content = window.screenshot()
        browser.close()
    with Image.open(io.BytesIO(content)) as image:
        image.convert("RGB").quantize(256).save(picture, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
