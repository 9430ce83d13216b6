"""A training's folder as the page tells of it, whole and damaged."""

import json
import time

import cv2
import numpy as np
import pytest

from facedancer.serving.page.training_pictures import draw_curves, find_samples, read_sample
from facedancer.serving.page.training_run import Runs, read_progress
from facedancer.training.plot_run import draw
from facedancer.training.watching.alarm import find_alarm
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

from .conftest import write_run

COPIES = {
    "validation/change": 0.001,
    "validation/reconstruction": 0.001,
    "validation/identity_source": 0.1,
    "validation/identity_target": 0.9,
    "validation/score": 0.1,
}
IGNORES = {**COPIES, "validation/change": 0.3}


def append(place, step, **values):
    """Adds a line to a run's log."""
    with (place / "log.jsonl").open("a") as log:
        log.write(f"{json.dumps({'step': step, **values})}\n")


@pytest.mark.parametrize(
    ("total", "quiet_s", "expected"),
    [
        (40, 5, (False, False, 10.0)),
        (40, 9000, (False, True, 10.0)),
        (20, 9000, (True, True, None)),
        (None, 5, (False, False, None)),
    ],
)
def test_how_far_it_is(tmp_path, total, quiet_s, expected):
    place = write_run(tmp_path, 20, total, quiet_s)
    progress = read_progress(place, time.time())
    left = progress.seconds_left
    found = (progress.is_finished, progress.is_quiet, left and pytest.approx(left, rel=0.01))
    assert found == expected
    assert (progress.step, progress.total) == (20, total)
    assert progress.steps_a_second == pytest.approx(2, rel=0.01)


def test_a_stop_of_the_run_is_no_part_of_its_pace(tmp_path):
    place = write_run(tmp_path / "before", 20, quiet_s=5000)
    late = write_run(tmp_path / "after", 40)
    before = (place / "log.jsonl").read_text().splitlines()
    after = (late / "log.jsonl").read_text().splitlines()
    (late / "log.jsonl").write_text("\n".join([*before, *after[20:]]))
    assert read_progress(late, time.time()).steps_a_second == pytest.approx(2, rel=0.01)


def test_alarms_have_a_beginning_and_an_end(tmp_path):
    place = write_run(tmp_path, 10)
    steps = [(10, COPIES), (20, COPIES), (30, IGNORES), (40, {"validation/score": 1}), (50, COPIES)]
    for step, values in steps:
        append(place, step, **values)
        if "validation/change" in values:
            append(place, step, alarm=find_alarm(values, step, 0))
    found = read_progress(place, time.time()).alarms
    assert [(one.first, one.last, one.is_over) for one in found] == [
        (10, 20, True),
        (30, 30, True),
        (50, 50, False),
    ]
    assert found[0].text.startswith("the output equals the target")
    assert found[1].text.startswith("the swap is no closer")


def test_curves_are_those_that_say_how_it_goes(tmp_path, monkeypatch):
    drawn = []
    place = write_run(tmp_path / "a$b_$c", 3, **{"learning_rate": 1e-4, "validation/score": 0.5})
    monkeypatch.setattr(
        "facedancer.serving.page.training_pictures.draw",
        lambda runs, columns: drawn.append(draw(runs, columns)) or drawn[0],
    )
    picture = cv2.imdecode(np.frombuffer(draw_curves(place), np.uint8), cv2.IMREAD_COLOR)
    assert picture.std() > 0
    titles = [panel.get_title() for panel in drawn[0].axes]
    assert titles == ["validation/score", "loss/generator/identity", "learning_rate"]


def test_samples_are_the_runs_own_and_fit_the_page(tmp_path):
    for step in (20, 3):
        image = np.full((900, 3200, 3), step, np.uint8)
        write_image(tmp_path / "samples" / f"step_{step:07d}.png", image)
    secret = tmp_path / "secret.png"
    write_image(secret, image)
    (tmp_path / "samples" / "step_0000030.png").symlink_to(secret)
    (tmp_path / "samples" / "other.png").write_bytes(secret.read_bytes())
    found = find_samples(tmp_path)
    assert [step for step, _ in found] == [3, 20]
    sent = cv2.imdecode(np.frombuffer(read_sample(found[1][1]), np.uint8), cv2.IMREAD_COLOR)
    assert sent.shape == (450, 1600, 3)
    assert abs(sent.astype(int) - 20).max() <= 2
    assert find_samples(tmp_path / "nowhere") == []


def test_only_runs_that_are_there_can_be_named(tmp_path):
    runs = Runs(tmp_path)
    with pytest.raises(UserError, match="has logged anything yet"):
        runs.find()
    write_run(tmp_path / "b", 1)
    (tmp_path / "a").mkdir()
    (tmp_path / "file").write_text("")
    assert runs.find() == {"b": tmp_path / "b"}
    assert Runs(tmp_path / "b").find() == {"b": tmp_path / "b"}
    with pytest.raises(UserError, match="no such folder"):
        Runs(tmp_path / "nowhere")


HUGE = b'{"step": 1, "loss/a": 1%s}\n' % (b"0" * 400)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff" * 500, b'{"step": 1, "lo', b"[]\n", b"[" * 100_000, HUGE],
)
def test_a_log_that_says_nothing_is_one_line(tmp_path, content):
    (tmp_path / "log.jsonl").write_bytes(content)
    for read in (lambda: read_progress(tmp_path, time.time()), lambda: draw_curves(tmp_path)):
        with pytest.raises(UserError, match="log.jsonl") as refused:
            read()
        assert "\n" not in str(refused.value)


def test_what_is_odd_in_a_log_is_passed_over(tmp_path):
    place = write_run(tmp_path, 1)
    lines = (
        b'{"step": 2, "time": 7, "alarm": 3}\n',
        b'{"step": 2, "time": "soon", "loss/a": 1%s}\n' % (b"0" * 30),
        b'{"step": 2, "time": "0001-01-01", "loss/a": [], "validation/score": "good"}\n',
        b'{"step": 3, "time"',
    )
    with (place / "log.jsonl").open("ab") as log:
        log.writelines(lines)
    (place / "flags.cfg").write_bytes(b"\xff--total_steps=7")
    progress = read_progress(place, time.time())
    assert (progress.step, progress.total, progress.alarms) == (2, None, ())
    assert draw_curves(place)


def test_a_log_that_is_a_folder_and_a_sample_that_is_damaged(tmp_path):
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(UserError, match="cannot read the log.jsonl"):
        read_progress(tmp_path, time.time())
    sample = tmp_path / "step_0000001.png"
    sample.write_bytes(b"no picture")
    with pytest.raises(UserError, match="not a readable image"):
        read_sample(sample)
