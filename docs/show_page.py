"""Takes the pictures of the web page in docs/page.md, in Debian's Chromium by Playwright.

python docs/show_page.py --run=demo_out/run    # a training's folder, such as `make demo` leaves

It starts the page, swaps a photograph, looks at a film and at the training, and writes page.jpg,
page_film.jpg and page_training.jpg.
"""

import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = ROOT / "assets" / "photos"
TARGET = PHOTOS / "eileen_collins" / "astronaut.png"
SOURCE = PHOTOS / "grace_hopper" / "grace_hopper.jpg"
PATIENCE_MS = 300_000
# A moment for the browser to draw what it has got.
_DRAWN_MS = 2500


def main() -> None:
    """Takes the three pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", required=True, help="a training's folder")
    parser.add_argument("--output", default=ROOT / "docs" / "pictures", type=Path)
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "clip.mp4"
        write_film(film)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with started(Path(folder) / "files", given.run) as address:
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


@contextlib.contextmanager
def started(files: Path, run: str) -> Iterator[str]:
    """The address of a page that runs meanwhile."""
    command = [
        sys.executable, "serving/ui.py", "--port=0", f"--files_dir={files}",
        f"--run={Path(run).resolve()}",
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))
            yield found[0]
        finally:
            process.kill()  # It would wait for the browser.


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


def write_film(path: Path) -> None:
    """Writes three seconds of a face that moves."""
    photograph = cv2.resize(cv2.imread(str(TARGET))[..., ::-1], (400, 400))
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        for number in range(75):
            left = 40 + int(20 * np.sin(number / 10))
            image = np.ascontiguousarray(photograph[20:260, left : left + 320])
            output.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(video.encode())


if __name__ == "__main__":
    main()
