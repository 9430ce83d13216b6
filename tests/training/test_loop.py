"""The real trainer for a few steps: what it writes, how it resumes, and what it refuses."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.training import loop
from facedancer.training.checkpoint import RunState
from facedancer.training.loop import build_game, train
from facedancer.training.monitor import Monitor, TrainingDiverged
from facedancer.utils.cli import UserError
from facedancer.utils.images import read_image


def weights_of(path) -> list[np.ndarray]:
    return keras.saving.load_model(path, compile=False).get_weights()


@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_run_writes_everything(small_config, precision):
    config = dataclasses.replace(small_config, precision=precision, loss_profile="released")
    path = train(config)
    run_dir = Path(config.run_dir)
    assert path == run_dir / "generator.keras"
    assert (run_dir / "checkpoints" / "step-2.index").is_file()
    grid = read_image(run_dir / "samples" / "step_0000002.png")
    assert grid.shape == (2 * 64, 4 * 64, 3)
    tags = set()
    for file in (run_dir / "logs").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            tags |= {value.tag for value in event.summary.value}
    assert {"loss/generator/identity", "loss/generator/ifsr", "learning_rate"} <= tags
    for value in weights_of(path):
        assert np.isfinite(value).all()
    # The policy of a run ends with it.
    assert keras.config.dtype_policy().name == "float32"


def test_a_run_goes_on_with_everything_or_not_at_all(small_config):
    train(dataclasses.replace(small_config, total_steps=1))
    with pytest.raises(UserError, match="--resume"):
        train(small_config)
    with pytest.raises(UserError, match="does not fit these networks"):
        train(dataclasses.replace(small_config, base_width=16, resume=True))
    train(dataclasses.replace(small_config, total_steps=3, resume=True))
    game = build_game(small_config)
    state = RunState(small_config.checkpoint_dir, game.generator, game.discriminator, keep=1)
    state.restore()
    assert int(state.step) == 3
    # The optimizers went on from their own counts: resuming did not start them anew.
    assert int(game.generator.optimizer.iterations) == 3
    assert int(game.discriminator.optimizer.iterations) == 3
    for ours, saved in zip(
        game.generator.network.get_weights(), weights_of(small_config.generator_path), strict=True
    ):
        np.testing.assert_array_equal(ours, saved)


def test_batch_must_divide_over_replicas(small_config):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with pytest.raises(UserError, match="multiple of 2"):
        train(dataclasses.replace(small_config, batch_size=3), strategy)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"train_data": "nowhere"}, "nowhere"),
        ({"image_size": 128}, "64"),
        ({"arcface_path": "nowhere.h5"}, "nowhere.h5"),
        ({"perceptual_features": "nowhere.h5"}, "nowhere.h5"),
        ({"up_types": ("affa", "magic", "affa", "affa", "affa")}, "magic"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(small_config, changes, named):
    config = dataclasses.replace(small_config, **changes)
    with pytest.raises(UserError, match=named):
        train(config)
    assert not Path(config.run_dir).exists()


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    monitor = Monitor(tmp_path, 0, 10)
    with pytest.raises(TrainingDiverged, match="loss/generator/cycle not finite at step 7"):
        monitor.scalars({"loss/generator/cycle": float("nan"), "learning_rate": 1.0}, 7)
    monitor.close()


def test_stand_ins_are_for_trials_only(small_config, tmp_path, monkeypatch):
    monkeypatch.setattr("facedancer.training.frozen._MODEL_ZOO", tmp_path)
    auto = dataclasses.replace(small_config, arcface_path="auto", total_steps=1_000)
    assert loop.resolve_stand_ins(auto)["arcface_path"] == "untrained_small"
    with pytest.raises(UserError, match="no identity encoder"):
        loop.resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    weights = tmp_path / "ArcFace-Res50.h5"
    weights.touch()
    found = loop.resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    assert found["arcface_path"] == str(weights)
