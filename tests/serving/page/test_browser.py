"""The page in a real browser: Debian's Chromium, by Playwright.

In one file, which starts the page and the browser once.
"""

import shutil
import time

import av
import numpy as np
import pytest

from facedancer.benchmarks.moving_face import write_moving_face
from facedancer.benchmarks.page_process import page_process
from facedancer.inference.marking.findings import find_marks
from facedancer.utils.images import read_image, write_image

from ...inference.jobs.conftest import COLLINS, HOPPER
from .conftest import write_run

pytestmark = pytest.mark.long
CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 120_000
# A preview with warm networks, as the page promises.
PREVIEW_S = 2.0


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of two trainings."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "old", steps=50, total=50, quiet_s=9000)
    write_run(folder / "new", steps=60, total=100)
    for step in (30, 60):
        grid = np.full((144, 256, 3), 4 * step, np.uint8)
        write_image(folder / "new" / "samples" / f"step_{step:07d}.png", grid)
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory, runs):
    """A page that runs in a process of its own, with the networks that ship."""
    with page_process(tmp_path_factory.mktemp("page"), runs) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, address):
    """``open_page()``: a new visitor's page, the notice accepted; it calls nobody else."""
    contexts = []

    def make():
        context = browser.new_context(viewport={"width": 1300, "height": 1000})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.locator("#agree").click()
        page.locator("#main").wait_for()
        return page

    asked = []
    yield make
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds of a face that moves."""
    path = tmp_path_factory.mktemp("film") / "clip.mp4"
    write_moving_face(path)
    return path


def send(page, field, path):
    """Gives a file to a field."""
    page.locator(f"#{field} input[type=file]").set_input_files(path)


def prepare(page, target):
    """Gives the page a target and a person."""
    send(page, "target", target)
    page.locator("#faces img").first.wait_for()
    send(page, "person_1", HOPPER)
    # It goes on at once, although the photograph has not been looked at yet. By the label: what is
    # read of a name is in two parts, and in one only while the file is on its way.
    page.locator("#person_1").get_by_label(HOPPER.name).wait_for()


def result_of(page, folder):
    """Downloads the result."""
    page.locator("#results").wait_for(state="visible")
    page.wait_for_timeout(1000)
    with page.expect_download() as download:
        page.locator("#download").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def shown_in(page, part):
    """Clicks a part; the seconds until another picture is shown to the right of the line."""
    page.locator("#slider img").last.wait_for()
    before = page.locator("#slider img").last.evaluate("one => one.src")
    begun = time.monotonic()
    part.click()
    page.wait_for_function(
        """before => {
            const one = [...document.querySelectorAll("#slider img")].at(-1);
            return one && one.src !== before && one.complete && one.naturalWidth > 0;
        }""",
        arg=before,
    )
    return time.monotonic() - begun


def previewed_in(page):
    """Presses Preview; the seconds until its picture comes."""
    return shown_in(page, page.locator("#preview"))


def test_a_photograph_by_the_page_alone(open_page, tmp_path):
    page = open_page()
    prepare(page, COLLINS)
    assert page.get_by_label("Faces found").is_checked()
    assert min(previewed_in(page) for _ in range(3)) < PREVIEW_S
    assert page.get_by_label("New faces").is_checked()
    for view in ("Where they were put", "What changed", "Faces found"):
        shown_in(page, page.get_by_label(view))
    page.get_by_label("What the network looks at").click()
    page.locator("#sheet img").wait_for()
    page.locator("#swap").click()
    result = result_of(page, tmp_path)
    assert find_marks(result, 1).is_marked
    assert read_image(result).shape == read_image(COLLINS).shape
    page.get_by_role("tab", name="Check a file").click()
    send(page, "verify", result)
    page.locator("#verified").get_by_text("yes: marked").wait_for()


def test_a_face_that_stays(open_page):
    page = open_page()
    prepare(page, COLLINS)
    page.locator("#faces img").first.click()
    page.locator("#person").get_by_label("Stays as it is").click()
    page.locator("#faces").get_by_text("1: stays").wait_for()
    page.locator("#swap").click()
    page.locator("#message [role=alert]").get_by_text("every face is set to stay").wait_for()
    page.locator("#person").get_by_label("Person 1").click()
    page.locator("#faces").get_by_text("1: person 1").wait_for()
    page.locator("#swap").click()
    page.locator("#results").wait_for(state="visible")
    assert not page.locator("#message [role=alert]").is_visible()


def test_a_photograph_becomes_nobodys(open_page, tmp_path):
    page = open_page()
    send(page, "target", COLLINS)
    page.locator("#faces img").first.wait_for()
    page.locator("#nobody input").check()
    page.locator("#faces").get_by_text("1: nobody").wait_for()
    page.locator("#seed input").fill("7")
    page.wait_for_timeout(1500)
    page.reload()
    page.locator("#faces").get_by_text("1: nobody").wait_for()
    assert page.locator("#seed input").input_value() == "7"
    page.locator("#swap").click()
    assert find_marks(result_of(page, tmp_path), 1).is_marked
    # The table's first row is there once more, hidden, to measure the columns.
    page.locator("#face_report").get_by_text("Face 1").filter(visible=True).wait_for()
    page.locator("#nobody input").uncheck()
    page.locator("#faces").get_by_text("1: person 1").wait_for()
    page.locator("#person_1").wait_for()


def test_a_film_goes_on_after_a_reload(open_page, film, tmp_path):
    page = open_page()
    prepare(page, film)
    assert min(previewed_in(page) for _ in range(3)) < PREVIEW_S
    page.locator("#swap").click()
    page.locator("#cancel").wait_for()  # It runs; how far it is shows about once a second.
    page.reload()
    result = result_of(page, tmp_path)
    with av.open(str(result)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 75
    assert find_marks(result, 4).is_marked
    page.locator("#report").get_by_text("faces swapped").wait_for()


def test_a_film_is_cancelled(open_page, film):
    page = open_page()
    prepare(page, film)
    page.locator("#swap").click()
    page.locator("#cancel").click()
    page.locator("#lines").get_by_text("cancelled").wait_for()
    assert not page.locator("#results").is_visible()
    page.locator("#swap").click()
    page.locator("#results").wait_for(state="visible")


def test_a_damaged_file_is_one_line(open_page, tmp_path):
    page = open_page()
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(COLLINS.read_bytes()[:50_000])
    send(page, "target", damaged)
    line = page.locator("#message [role=alert]")
    line.wait_for()
    assert "damaged" in line.inner_text()
    assert "\n" not in line.inner_text()
    prepare(page, COLLINS)  # It goes on.
    assert not line.is_visible()


def test_two_visitors_at_once(open_page, film, tmp_path):
    one, other = open_page(), open_page()
    prepare(one, film)
    prepare(other, COLLINS)
    one.locator("#swap").click()
    other.locator("#swap").click()
    (tmp_path / "one").mkdir()
    assert result_of(other, tmp_path).suffix == ".png"
    assert result_of(one, tmp_path / "one").suffix == ".mp4"
    other.locator("#forget").click()
    other.locator("#notice").wait_for()
    one.reload()
    one.locator("#results").wait_for(state="visible")


def test_a_training_goes_on_while_it_is_looked_at(open_page, runs):
    page = open_page()
    page.get_by_role("tab", name="Training").click()
    progress = page.locator("#run_progress")
    progress.get_by_text("step 60 of 100").wait_for()
    for picture in ("#run_curves img", "#run_sample img"):
        page.locator(picture).wait_for()
        assert page.locator(picture).evaluate("one => one.decode().then(() => one.naturalWidth)")
    page.locator("#run_sample").get_by_text("Step 60").wait_for()
    # An earlier sample, by the keyboard; it stays there while the run goes on.
    page.locator("#run_number input[type=range]").press("ArrowLeft")
    page.locator("#run_sample").get_by_text("Step 30").wait_for()
    write_run(runs / "new", steps=70, total=100)
    progress.get_by_text("step 70 of 100").wait_for()
    page.locator("#run_sample").get_by_text("Step 30").wait_for()
    # It does not look on behind another tab.
    page.get_by_role("tab", name="Check a file").click()
    page.wait_for_timeout(1000)
    write_run(runs / "new", steps=80, total=100)
    page.wait_for_timeout(12_000)
    assert "step 70 of 100" in progress.text_content()
    page.get_by_role("tab", name="Training").click()
    progress.get_by_text("step 80 of 100").wait_for()
    # The other training.
    page.locator("#run input").click()
    page.get_by_role("option", name="old").click()
    progress.get_by_text("Finished").wait_for()
    assert not page.locator("#run_sample img").is_visible()
