"""Takes the pictures of the web page in docs/page.md, in Debian's Chromium by Playwright.

python docs/show_page.py --run=demo_out/run    # a training's folder, such as `make demo` leaves

It starts the page, swaps a photograph, looks at a film and at the training, and writes page.jpg,
page_film.jpg and page_training.jpg.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from facedancer.benchmarks.moving_face import write_moving_face
from facedancer.benchmarks.page_process import page_process
from facedancer.benchmarks.sample_photographs import PEOPLE, PHOTOS

TARGET, SOURCE = (PHOTOS / person for person in PEOPLE)
OUTPUT = Path(__file__).resolve().parent / "pictures"
PATIENCE_MS = 300_000
# A moment for the browser to draw what it has got.
_DRAWN_MS = 2500


def main() -> None:
    """Takes the three pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", required=True, type=Path, help="a training's folder")
    parser.add_argument("--output", default=OUTPUT, type=Path)
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "clip.mp4"
        write_moving_face(film)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with page_process(Path(folder) / "files", given.run) as address:
            page = browser.new_page(viewport={"width": 1200, "height": 860})
            page.set_default_timeout(PATIENCE_MS)
            page.goto(address)
            page.locator("#agree").click()
            show_photograph(page)
            take(page, given.output / "page.jpg")
            show_film(page, film)
            take(page, given.output / "page_film.jpg")
            show_training(page)
            take(page, given.output / "page_training.jpg")
        browser.close()


def show_photograph(page: Page) -> None:
    """Swaps a photograph."""
    send(page, "target", TARGET)
    page.locator("#faces img").first.wait_for()
    send(page, "person_1", SOURCE)
    page.locator("#person_1").get_by_label(SOURCE.name).wait_for()
    with page.expect_response(lambda answer: "/shown_" in answer.url):
        page.locator("#preview").click()
    page.wait_for_timeout(_DRAWN_MS)
    page.locator("#swap").click()
    page.locator("#results").wait_for(state="visible")


def show_film(page: Page, film: Path) -> None:
    """Looks at a moment of a film."""
    page.locator("#target").get_by_label("Clear").click()
    page.locator("#faces img").first.wait_for(state="detached")
    send(page, "target", film)
    page.locator("#faces img").first.wait_for()
    page.get_by_label("What the network looks at").click()
    page.locator("#sheet img").wait_for()


def show_training(page: Page) -> None:
    """Looks at the training."""
    page.get_by_role("tab", name="Training").click()
    for part in ("#run_curves img", "#run_sample img"):
        page.locator(part).wait_for()


def send(page: Page, field: str, path: Path) -> None:
    """Gives a file to a field."""
    page.locator(f"#{field} input[type=file]").set_input_files(path)


def take(page: Page, path: Path) -> None:
    """Writes what is seen of the page from its top."""
    page.wait_for_timeout(_DRAWN_MS)
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=path, type="jpeg", quality=85)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
