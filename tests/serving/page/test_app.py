"""The page over HTTP, without a browser: what is served, and one visit by its own events."""

import re

import numpy as np
import pytest

from facedancer.serving.page.training_run import Runs
from facedancer.utils.images import write_image

from .conftest import write_run
from .visiting import Visit, config_of

pytest.importorskip("gradio")


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


def test_no_click_waits_for_statistics(client, monkeypatch):
    from gradio.queueing import Queue

    made = []
    monkeypatch.setattr(Queue, "_get_df", made.append)
    visit = Visit(client)
    for name, event in (("", "load"), ("agree", "click"), ("preview", "click")):
        visit.do(name, event)
    assert made == []


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
    visit.put("run_number", 1)
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
