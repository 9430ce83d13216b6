"""A page whose generator turns faces into their negative, and a visitor who has agreed."""

import contextlib
import json
import time
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from facedancer.serving.page.desk import Desk
from facedancer.serving.page.engine import PageEngine
from facedancer.serving.page.swaps import Swaps
from facedancer.serving.page.uploads import confine
from facedancer.serving.page.visits import Visitors
from facedancer.serving.work.jobs import Jobs
from facedancer.serving.work.limits import Limits
from facedancer.utils.images import read_image, write_image

from ...inference.jobs.conftest import COLLINS

KEEP_S = 100.0
PATIENCE_S = 60


@pytest.fixture
def make_page(make_swapper, tmp_path):
    """``make_page(swap, most_bytes, **limits)``: a desk and its swaps, on one folder."""
    opened = []

    def make(swap=lambda target, identity: -target, most_bytes=2**26, **limits):
        engine = PageEngine(make_swapper(swap), Limits(**limits))
        visitors = Visitors(tmp_path / "files" / "visitors", most_bytes, KEEP_S)
        jobs = Jobs(engine, tmp_path / "jobs")
        opened.append(jobs)
        swaps = Swaps(engine, jobs, visitors)
        visitors.on_leave(swaps.leave)
        jobs.start()
        return Desk(engine, visitors), swaps

    yield make
    for jobs in opened:
        jobs.stop()


@pytest.fixture
def page(make_page):
    """A desk and its swaps."""
    return make_page()


@pytest.fixture
def visitor(page):
    """The token of one who has agreed."""
    desk, _ = page
    token = desk.visitors.enter("")
    desk.visitors.change(token, has_agreed=True)
    return token


@pytest.fixture
def make_client(page, tmp_path, monkeypatch):
    """``make_client(runs)``: what a browser asks the page by, over HTTP."""
    for name in ("GRADIO_TEMP_DIR", "GRADIO_EXAMPLES_CACHE", "GRADIO_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "")  # Put back after the test.
    monkeypatch.setenv("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "")
    files = tmp_path / "files"
    confine(files)
    from facedancer.serving.page.app import build_app

    desk, swaps = page
    with contextlib.ExitStack() as opened:

        def make(runs=None):
            app = build_app(desk, swaps, files, 60.0, runs=runs)
            return opened.enter_context(TestClient(app, "http://localhost"))

        yield make


@pytest.fixture
def client(make_client):
    """A browser on a page without trainings."""
    return make_client()


@pytest.fixture(scope="session")
def two_faces(photographs, tmp_path_factory):
    """A picture of one person at the left and another at the right."""
    left = read_image(photographs[0])
    right = cv2.resize(read_image(COLLINS)[:280, 90:370], (left.shape[1], left.shape[0]))
    path = tmp_path_factory.mktemp("two") / "two.png"
    write_image(path, np.concatenate([left, right], axis=1))
    return path


def write_run(place, steps, total=None, quiet_s=0.0, every_s=0.5, **more):
    """A run's folder as a training leaves it: a log line a step, the last one so long ago."""
    place.mkdir(parents=True, exist_ok=True)
    end = time.time() - quiet_s
    with (place / "log.jsonl").open("w") as log:
        for step in range(1, steps + 1):
            at = datetime.fromtimestamp(end - every_s * (steps - step), UTC).isoformat()
            values = {"loss/generator/identity": 1 / step, "images_per_second": 9.0, **more}
            log.write(f"{json.dumps({'step': step, 'time': at, **values})}\n")
    if total is not None:
        (place / "flags.cfg").write_text(f"--run_dir={place}\n--total_steps={total}\n")
    return place
