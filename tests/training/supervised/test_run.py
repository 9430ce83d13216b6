"""Trainings on single labelled faces: from start to file, on replicas, and what ends them."""

import json

import numpy as np
import pytest
import tensorflow as tf

from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.training.supervised.run import train_supervised
from facedancer.training.watching.divergence import TrainingDiverged
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError

from .conftest import SmallTask, config_of, weights_of


def test_from_start_to_file(settings, strategies):
    path = train_supervised(
        config_of(settings, total_steps=40, validate_every=20), SmallTask, strategies(1)
    )
    assert path.name == "small.keras"
    entries = read_log(path.parent)
    losses = [entry["loss/small"] for entry in entries if "loss/small" in entry]
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    measured = [entry["step"] for entry in entries if "validation/score" in entry]
    assert measured == [20, 40]
    newest = find_checkpoints(path.parent / "checkpoints")[-1]
    assert (newest / "small.keras").read_bytes() == path.read_bytes()
    assert "--total_steps=40" in (path.parent / "flags.cfg").read_text()
    assert json.loads((path.parent / "run.json").read_text())["parts"][0]["first_step"] == 0


def test_two_replicas_do_the_step_of_one(settings, strategies, tmp_path):
    paths = [
        train_supervised(config_of(settings, run_dir=f"{tmp_path}/{n}"), SmallTask, strategies(n))
        for n in (1, 2)
    ]
    for one, two in zip(*map(weights_of, paths), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    losses = [[e["loss/small"] for e in read_log(p.parent) if "loss/small" in e] for p in paths]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    with pytest.raises(UserError, match="cannot be shared by 2 devices"):
        train_supervised(config_of(settings, batch_size=9), SmallTask, strategies(2))


@tf.custom_gradient
def broken_on_the_last_replica(loss):
    context = tf.distribute.get_replica_context()
    is_last = context.replica_id_in_sync_group == context.num_replicas_in_sync - 1
    return loss, lambda slope: tf.where(is_last, float("nan"), slope)


def test_a_gradient_that_is_not_finite_shows_on_any_replica(settings, strategies):
    """The losses are finite, and all weights are lost."""

    class BrokenTask(SmallTask):
        def losses(self, batch, step):
            losses = super().losses(batch, step)
            return {name: broken_on_the_last_replica(loss) for name, loss in losses.items()}

    config = config_of(settings)
    for replicas in (1, 2):
        with pytest.raises(TrainingDiverged, match="^gradient_norm not finite at step 1;"):
            train_supervised(config, BrokenTask, strategies(replicas))
        assert not find_checkpoints(config.checkpoint_dir)


def test_divergence_ends_the_run_and_nothing_of_it_is_saved(settings, strategies):
    config = config_of(settings, learning_rate=1e30, warmup_steps=0, total_steps=9)
    with pytest.raises(TrainingDiverged, match="not finite at step"):
        train_supervised(config, SmallTask, strategies(1))
    for checkpoint in find_checkpoints(config.checkpoint_dir):
        assert all(np.isfinite(value).all() for value in weights_of(checkpoint / "small.keras"))
