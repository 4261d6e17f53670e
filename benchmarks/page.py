"""How fast the page is in a browser: until it can be used, under the pointer, with a selection.

The page has eight rows, each with a map of 10,000 images, and the images themselves: those of
MNIST, or random ones, which take more space. Maps and neighbours are random. The system's Chromium
opens it, without a screen. A time is that from the event, or from opening, to the end of the frame
that shows its effect. The CPU time is that of the page's main thread. Each round has a browser of
its own.

    DISCERN_DATA=FOLDER .venv/development/bin/python benchmarks/page.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from machine import PROJECT, description
from playwright.sync_api import Browser, sync_playwright

from discern.configuration.rows import rows
from discern.data.idx import encode

sys.path.insert(0, str(PROJECT / "tests"))

import page_inputs
from browser_window import CHROMIUM, DESKTOP

IMAGES = 10_000
HOVERS = 20  # in each window
# Notes when the last map is drawn, and how long each event took until its frame was shown.
WATCH = """
const watched = window.watched = { pointermove: [], pointerup: [] };
new MutationObserver(() => {
  if (document.querySelector(".map") && !document.querySelector(".map[aria-busy]"))
    watched.usable ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
for (const kind of ["pointermove", "pointerup"])
  addEventListener(kind, event => requestAnimationFrame(() => setTimeout(() =>
    watched[kind].push(performance.now() - event.timeStamp))), true);
"""


Took = tuple[float, float]  # the seconds until the frame, and the CPU seconds


def write_page(path: Path) -> None:
    """Write the page of all rows of config.yaml."""
    config = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    shown = [replace(row, seeds=(0,)) for row in rows(config).values()]
    with tempfile.TemporaryDirectory() as folder:
        version = page_inputs.write_version(Path(folder), shown, [0.9] * len(shown))
        page_inputs.write_crowd(version, shown, IMAGES)
        images = version.idx("test_images")
        if "DISCERN_DATA" in os.environ:
            images = Path(os.environ["DISCERN_DATA"], images.name)
        else:
            random = np.random.default_rng(0).integers(256, size=(IMAGES, 28, 28), dtype=np.uint8)
            images.write_bytes(encode(random))
        path.write_text(page_inputs.page_of(version, shown, images=images), encoding="utf-8")


class Opened:
    """The page in a window of its own."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self.page = browser.new_context(**DESKTOP).new_page()
        self.page.add_init_script(WATCH)
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.goto(path.as_uri(), timeout=0)
        self.page.wait_for_function("watched.usable", timeout=0)
        self.usable: Took = self.page.evaluate("watched.usable") / 1000, self.cpu()
        self.box = self.page.locator("canvas").first.evaluate(
            "map => { map.scrollIntoView({ block: 'start' }); return map.getBoundingClientRect() }"
        )
        self.page.wait_for_timeout(300)  # what scrolling has begun

    def cpu(self) -> float:
        """What the page's main thread has worked so far, in seconds."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    def place(self, across: float, down: float) -> tuple[float, float]:
        """A place of the first map in the window, from its shares of the map's side."""
        side = self.box["width"]
        return self.box["x"] + across * side, self.box["y"] + down * side

    def took(self, kind: str, act: Callable[[], None]) -> Took:
        """What the one event of a ``kind`` takes that ``act`` causes."""
        self.page.evaluate("kind => { watched[kind].length = 0 }", kind)
        before = self.cpu()
        act()
        self.page.wait_for_function("kind => watched[kind].length", arg=kind, timeout=0)
        return self.page.evaluate("kind => watched[kind][0]", kind) / 1000, self.cpu() - before

    def hover(self, place: tuple[float, float]) -> Took:
        """Point at the image nearest to a place."""
        return self.took("pointermove", lambda: self.page.mouse.move(*place))

    def select(self) -> Took:
        """Select nearly all images by a box; what dragging takes is not counted."""
        self.page.keyboard.press("Escape")
        self.page.mouse.move(*self.place(0.02, 0.02))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(0.98, 0.98))
        self.page.wait_for_timeout(300)
        return self.took("pointerup", self.page.mouse.up)


def measure(path: Path, repeats: int) -> dict[str, tuple[float, list[Took]]]:
    """The goal in seconds and what each repetition took, by what was done."""
    opened, hovers, selections = [], [], []
    random = np.random.default_rng(0)
    with sync_playwright() as playwright:
        for number in range(repeats):
            print(f"round {number + 1}/{repeats}", file=sys.stderr, end="\r")
            browser = playwright.chromium.launch(executable_path=CHROMIUM)
            window = Opened(browser, path)
            opened.append(window.usable)
            places = random.uniform(0.2, 0.8, (HOVERS, 2))
            hovers += [window.hover(window.place(*place)) for place in places]
            selections.append(window.select())
            browser.close()
    print(file=sys.stderr)
    return {
        "open until every map is drawn": (2.0, opened),
        "point at an image": (0.05, hovers),
        "select in all maps": (0.3, selections),
    }


def table(measured: dict[str, tuple[float, list[Took]]]) -> str:
    """The Markdown table."""
    lines = ["| | goal | median | worst | CPU, median |", "|---|---:|---:|---:|---:|"]
    for name, (goal, took) in measured.items():
        wall, cpu = zip(*took, strict=True)
        seconds = (goal, statistics.median(wall), max(wall), statistics.median(cpu))
        cells = (f"{1000 * each:.0f} ms" for each in seconds)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, help="another page with maps, which exists")
    parser.add_argument("--repeats", type=int, default=5, help="windows; default 5")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        print("There is no Chromium on PATH: install it.", file=sys.stderr)
        return 1
    print(description("playwright"), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.page and arguments.page.resolve()
        if not path:
            path = Path(folder, "index.html")
            write_page(path)
        print(f"\nThe page has {path.stat().st_size / 1e6:.1f} MB.\n")
        print(table(measure(path, arguments.repeats)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
