"""The page over HTTP, without a browser: what is served, and one visit by its own events."""

import contextlib
import json
import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from facedancer.serving.page.training_run import Runs
from facedancer.serving.page.uploads import confine
from facedancer.utils.images import write_image

from .conftest import write_run

pytest.importorskip("gradio")


@pytest.fixture
def make_client(page, tmp_path, monkeypatch):
    """``make_client(runs)``: a browser without a screen."""
    for name in ("GRADIO_TEMP_DIR", "GRADIO_EXAMPLES_CACHE", "GRADIO_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "")  # Put back after the test.
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


def config_of(client):
    """Reads what the page's script is told."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", client.get("/").text, re.S)
    return json.loads(found[1])


class Visit:
    """A visit: events by the ids of the parts that set them off."""

    def __init__(self, client):
        self.client, self.config = client, config_of(client)
        self.parts = {
            part["props"].get("elem_id") or f"{part['type']} {part['id']}": part["id"]
            for part in self.config["components"]
        }
        self.values = {part["id"]: part["props"].get("value") for part in self.config["components"]}

    def do(self, name, event):
        """Sets an event of a part (of none: the page's) off, and takes over what it changed."""
        one = next(
            dependency
            for dependency in self.config["dependencies"]
            for part, what in dependency["targets"]
            if what == event and part == self.parts.get(name, part)
        )
        body = {
            "data": [self.values[part] for part in one["inputs"]],
            "fn_index": one["id"],
            "session_hash": "one",
        }
        assert self.client.post("/gradio_api/queue/join", json=body).status_code == 200
        for line in self.client.get(
            "/gradio_api/queue/data", params={"session_hash": "one"}
        ).text.splitlines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            if message.get("msg") == "process_completed":
                assert message["success"], message
                return self._take(one["outputs"], message["output"]["data"])
        raise AssertionError("no end")

    def _take(self, parts, data):
        for part, one in zip(parts, data, strict=True):
            is_update = isinstance(one, dict) and one.get("__type__") == "update"
            if not is_update:
                self.values[part] = one
            elif "value" in one:
                self.values[part] = one["value"]

    def of(self, name):
        """The value of a part."""
        return self.values[self.parts[name]]

    def upload(self, name, path, several=False):
        """Sends a file, as a file field does."""
        files = {"files": (path.name, path.read_bytes())}
        sent = self.client.post("/gradio_api/upload", files=files).json()
        data = {"path": sent[0], "meta": {"_type": "gradio.FileData"}, "orig_name": path.name}
        self.values[self.parts[name]] = [data] if several else data
        self.do(name, "upload")


def test_nothing_comes_from_elsewhere_and_no_other_file_is_served(client, tmp_path):
    text = client.get("/").text
    for found in re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"([^\"]*)\"", text):
        assert not re.match(r"(?:https?:)?//(?!localhost)", found), found
    style = client.get("/theme.css").text
    assert set(re.findall(r"https?://[^/'\" ]*", style)) <= {"http://www.w3.org"}  # A namespace.
    config = config_of(client)
    assert config["analytics_enabled"] is False
    assert "training" not in {part["props"].get("elem_id") for part in config["components"]}
    (tmp_path / "secret.txt").write_text("secret")
    for path in (__file__, tmp_path / "secret.txt", tmp_path / "jobs" / "lock"):
        assert client.get(f"/gradio_api/file={path}").status_code == 403


def test_a_visit_from_notice_to_result(client, photographs, tmp_path):
    visit = Visit(client)
    visit.do("", "load")
    visit.do("agree", "click")
    # An error is a line of the page, and the file is not kept.
    damaged = tmp_path / "<b>damaged.png"
    damaged.write_bytes(photographs[0].read_bytes()[:9000])
    visit.upload("target", damaged)
    assert re.search("damaged or cut short|truncated", visit.of("message"))
    assert "<b>" not in visit.of("message")
    assert visit.of("target") is None
    visit.upload("target", photographs[0])
    assert len(visit.of("faces")) == 1
    visit.upload("person_1", photographs[1], several=True)
    visit.do("swap", "click")
    assert visit.of("message") == ""
    assert ["faces swapped", "1"] in visit.of("report")["data"]
    shown = visit.of("download")["url"].removeprefix("http://localhost")
    assert client.get(shown).status_code == 200
    visit.upload("verify", photographs[0])
    assert "no mark" in visit.of("verified")["data"][0][1]


def test_a_training_is_looked_at(make_client, tmp_path):
    runs = tmp_path / "runs"
    secret = write_run(tmp_path / "secret", steps=5)
    place = write_run(runs / "one", steps=20, total=100)
    for step in (10, 20):
        grid = np.full((36, 64, 3), step, np.uint8)
        write_image(place / "samples" / f"step_{step:07d}.png", grid)
    visit = Visit(make_client(Runs(runs)))
    visit.do("training", "select")
    assert "<b>Running</b>, step 20 of 100, 2 steps a second" in visit.of("run_progress")
    assert "about 40 seconds left" in visit.of("run_progress")
    assert '<img src="data:image/png;base64,' in visit.of("run_curves")
    newest = visit.of("run_sample")
    assert "Step 20" in newest
    assert '<img src="data:image/jpeg;base64,' in newest
    # An earlier one.
    visit.values[visit.parts["run_number"]] = 1
    visit.do("run_number", "input")
    assert "Step 10" in visit.of("run_sample")
    # It goes on: a new sample does not take the earlier one's place.
    write_image(place / "samples" / "step_0000030.png", grid)
    write_run(place, steps=30, total=100)
    (timer,) = (name for name in visit.parts if visit.values[visit.parts[name]] == 10.0)
    visit.do(timer, "tick")
    assert "step 30 of 100" in visit.of("run_progress")
    assert "Step 10" in visit.of("run_sample")
    assert visit.of("run_number") == 1
    # A damaged log is one line, and nobody's page ends with it.
    (place / "log.jsonl").write_bytes(b"\x00\xff")
    visit.do(timer, "tick")
    assert "The log.jsonl of one is empty or damaged" in visit.of("run_progress")
    assert visit.of("run_curves") == ""
    for path in (secret / "log.jsonl", place / "samples" / "step_0000010.png"):
        assert visit.client.get(f"/gradio_api/file={path}").status_code == 403
