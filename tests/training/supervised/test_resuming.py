"""Trainings on single labelled faces that stop, and go on."""

import dataclasses
import json
import os
import signal

import numpy as np
import pytest
import tensorflow as tf

from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.training.supervised import run
from facedancer.training.supervised.run import train_supervised
from facedancer.training.supervised.step import SupervisedStep
from facedancer.training.watching.divergence import TrainingDiverged
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError

from .conftest import DropoutTask, SmallTask, config_of, weights_of


def stop_after(steps, monkeypatch):
    """Sends this process SIGTERM once so many steps are done."""
    former = SupervisedStep.__call__

    def step_and_stop(self, batches, step):
        report = former(self, batches, step)
        if step + 1 == steps:
            os.kill(os.getpid(), signal.SIGTERM)
        return report

    monkeypatch.setattr(SupervisedStep, "__call__", step_and_stop)


@pytest.mark.parametrize(("task", "replicas"), [(SmallTask, 1), (DropoutTask, 1), (DropoutTask, 2)])
def test_resumed_is_the_run_that_never_stopped(
    settings, strategies, tmp_path, monkeypatch, task, replicas
):
    whole = train_supervised(config_of(settings), task, strategies(replicas))
    config = config_of(settings, run_dir=str(tmp_path / "other"), checkpoint_every=3)
    stop_after(2, monkeypatch)
    train_supervised(config, task, strategies(replicas))
    monkeypatch.undo()
    stopped = find_checkpoints(config.checkpoint_dir)
    assert [path.name for path in stopped] == ["step_0000002"]
    # Validation was due at the stop: it came after saving.
    assert json.loads((stopped[0] / "manifest.json").read_text())["score"] == 0.5
    for changes, named in (
        ({"batch_size": 10}, "--batch_size was 8, is 10"),
        ({"batch_size": 10, "resume": True}, "--batch_size was 8, is 10"),
        ({"seed": 1}, "--seed was 0, is 1. Add --resume"),
    ):
        with pytest.raises(UserError, match=named):
            other = dataclasses.replace(config, **changes)
            train_supervised(other, task, strategies(replicas))
    resumed = train_supervised(config, task, strategies(replicas))
    for one, other in zip(weights_of(whole), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    resumed.unlink()
    assert train_supervised(config, task, strategies(replicas)).is_file()


@pytest.mark.parametrize("moment", ["validation", "report"])
def test_a_stop_at_any_moment_is_saved(settings, strategies, monkeypatch, caplog, moment):
    """While step 2 is validated, or its report waited for: step 3 is the last."""
    config = config_of(settings, checkpoint_every=4)

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    class StoppedTask(SmallTask):
        def validate(self):
            if moment == "validation":
                stop()
            return super().validate()

    def read_and_stop(report):
        if moment == "report" and int(report.step) == 2:
            stop()

    monkeypatch.setattr(run, "refuse_divergence", read_and_stop)
    train_supervised(config, StoppedTask, strategies(1))
    assert [path.name for path in find_checkpoints(config.checkpoint_dir)] == ["step_0000003"]
    assert "stopped after step 3, which is saved" in caplog.text


def test_a_run_that_diverged_goes_on_as_it_is_told(settings, strategies):
    config = config_of(settings)

    class BrokenTask(SmallTask):
        def losses(self, batch, step):
            losses = super().losses(batch, step)
            return {name: tf.where(step < 2, loss, np.inf) for name, loss in losses.items()}

    with pytest.raises(TrainingDiverged, match="at step 3.*--resume and a lower --learning_rate"):
        train_supervised(config, BrokenTask, strategies(1))
    again = dataclasses.replace(config, resume=True, learning_rate=config.learning_rate / 2)
    with pytest.raises(UserError, match="--total_steps was 4, is 5"):
        train_supervised(dataclasses.replace(again, total_steps=5), SmallTask, strategies(1))
    path = train_supervised(again, SmallTask, strategies(1))
    assert [line["step"] for line in read_log(path.parent) if "loss/small" in line] == [1, 2, 3, 4]
