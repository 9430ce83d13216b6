"""The sights of a run: what TensorBoard reads, the log, the speed, the grid and the alarm."""

import math

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from facedancer.training.watching.monitor import Monitor
from facedancer.training.watching.run_log import read_log
from facedancer.utils.images import read_image


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns on: ``clock.now``."""

    class Clock:
        now = 100.0

        def perf_counter(self) -> float:
            return self.now

        def time(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr("facedancer.training.watching.monitor.time", clock)
    return clock


def tensorboard(run_dir) -> EventAccumulator:
    accumulator = EventAccumulator(str(run_dir / "logs"))
    accumulator.Reload()
    return accumulator


def points(run_dir, tag: str) -> list[tuple[int, float]]:
    """The points of a scalar as TensorBoard shows them."""
    events = tensorboard(run_dir).Tensors(tag)
    return [(event.step, float(tf.make_ndarray(event.tensor_proto))) for event in events]


def test_scalars_go_to_tensorboard_and_to_the_log(tmp_path):
    monitor = Monitor(tmp_path, 0, 10, images_per_step=2)
    monitor.scalars({"loss/generator/identity": 0.5, "loss/generator/cycle": math.nan}, 1)
    # Both are on the disk at once: a killed run never closes its monitor.
    assert points(tmp_path, "loss/generator/identity") == [(1, 0.5)]
    (entry,) = read_log(tmp_path)
    del entry["time"]
    assert entry == {"step": 1, "loss/generator/identity": 0.5, "loss/generator/cycle": None}
    monitor.close()


def test_a_resumed_run_is_shown_as_if_it_had_not_been_killed(tmp_path):
    killed = Monitor(tmp_path, 0, 10, images_per_step=2)
    for step in range(1, 7):
        killed.scalars({"loss/generator/identity": 1.0}, step)
    # Killed again before it logged anything; the checkpoint is of step 4.
    killed_soon = Monitor(tmp_path, 4, 10, images_per_step=2)
    resumed = Monitor(tmp_path, 4, 10, images_per_step=2)
    resumed.scalars({"loss/generator/identity": 2.0}, 5)
    again = Monitor(tmp_path, 5, 10, images_per_step=2)
    again.scalars({"loss/generator/identity": 3.0}, 6)
    expected = [(1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), (5, 2.0), (6, 3.0)]
    assert points(tmp_path, "loss/generator/identity") == expected
    logged = [(entry["step"], entry["loss/generator/identity"]) for entry in read_log(tmp_path)]
    assert logged == expected
    for monitor in (killed, killed_soon, resumed, again):
        monitor.close()


def test_speed_is_of_the_steps_alone(tmp_path, clock):
    monitor = Monitor(tmp_path, 0, 100, images_per_step=4)

    def speed(step: int) -> float | None:
        monitor.scalars({}, step)
        return read_log(tmp_path)[-1].get("images_per_second")

    clock.now += 60  # The first call compiles.
    monitor.advance(5)
    assert speed(5) is None
    clock.now += 2
    monitor.advance(5)
    assert speed(10) == 10.0
    clock.now += 1
    monitor.advance(5)
    with monitor.pause():
        clock.now += 50
        # Logged within a pause, as a validation's numbers are.
        assert speed(15) == 20.0
        clock.now += 50
    assert speed(15) is None
    clock.now += 4
    monitor.advance(5)
    with monitor.pause():
        clock.now += 50
    clock.now += 1
    assert speed(20) == 4.0
    monitor.close()


@pytest.mark.parametrize(("is_screen", "least", "most"), [(True, 90, 110), (False, 3, 6)])
def test_a_file_is_not_filled_with_progress(
    tmp_path, clock, monkeypatch, capsys, is_screen, least, most
):
    monkeypatch.setattr("tqdm.std.time", clock.time)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_screen)
    monitor = Monitor(tmp_path, 0, 100, images_per_step=2)
    for _ in range(100):
        clock.now += 1
        monitor.advance()
    monitor.close()
    shown = capsys.readouterr().err
    assert least <= shown.count("training:") <= most
    assert "100/100" in shown


def test_a_grid_is_a_picture_in_the_folder_and_in_tensorboard(tmp_path):
    monitor = Monitor(tmp_path, 0, 10, images_per_step=2)
    columns = {"target": np.full((3, 64, 64, 3), -1.0), "swap": np.full((3, 64, 64, 3), 1.0)}
    path = monitor.sample_grid(columns, 7)
    monitor.close()
    assert path == tmp_path / "samples" / "step_0000007.png"
    # An eighth of a side on top for the names.
    assert read_image(path).shape == (3 * 64 + 8, 2 * 64, 3)
    assert "samples" in tensorboard(tmp_path).Tags()["tensors"]
    assert read_log(tmp_path)[-1]["samples"] == "samples/step_0000007.png"


def test_an_alarm_is_seen_and_kept(tmp_path, capsys):
    monitor = Monitor(tmp_path, 0, 10, images_per_step=2)
    monitor.alarm("the output equals the target", 7)
    assert "ALARM at step 7: the output equals the target\n" in capsys.readouterr().err
    assert read_log(tmp_path)[-1]["alarm"] == "the output equals the target"
    assert "alarm" in tensorboard(tmp_path).Tags()["tensors"]
    monitor.close()
