"""The real trainer for a few steps: what it writes, how it resumes, and what it refuses."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.sharding import shard_folder
from facedancer.training.frozen import resolve_stand_ins
from facedancer.training.loop import TrainingDiverged, train
from facedancer.utils.cli import UserError
from facedancer.utils.images import read_image, write_image

SIDE = 64


def weights_of(path) -> list[np.ndarray]:
    return keras.saving.load_model(path, compile=False).get_weights()


@pytest.mark.parametrize(
    ("precision", "profile", "devices"),
    [
        ("float32", "paper", 1),
        ("mixed_float16", "released", 1),
        ("mixed_bfloat16", "paper", 2),
    ],
)
def test_a_run_writes_everything(small_config, precision, profile, devices, strategies):
    config = dataclasses.replace(small_config, precision=precision, loss_profile=profile)
    path = train(config, strategies(devices))
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


def test_a_run_goes_on_as_if_it_had_not_stopped(small_config, tmp_path):
    straight = dataclasses.replace(small_config, run_dir=str(tmp_path / "straight"), total_steps=3)
    train(straight)
    train(dataclasses.replace(small_config, total_steps=1))
    with pytest.raises(UserError, match="--resume"):
        train(small_config)
    with pytest.raises(UserError, match="does not fit these networks"):
        train(dataclasses.replace(small_config, base_width=16, resume=True))
    resumed = dataclasses.replace(small_config, total_steps=3, resume=True)
    train(resumed)
    for one, other in zip(
        weights_of(straight.generator_path), weights_of(resumed.generator_path), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    # The flags of the first part are kept, and a finished run gives its generator again.
    assert "--total_steps=1\n" in (Path(resumed.run_dir) / "flags_until_1.cfg").read_text()
    resumed.generator_path.unlink()
    assert train(resumed).is_file()
    (resumed.checkpoint_dir / "checkpoint").unlink()
    with pytest.raises(UserError, match="the file `checkpoint`"):
        train(resumed)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_run_that_diverges_stops_and_keeps_its_checkpoint(small_config, monkeypatch, precision):
    monkeypatch.setattr("facedancer.training.player.INITIAL_SCALE", 1.0)
    config = dataclasses.replace(
        small_config, precision=precision, learning_rate=1e30, checkpoint_every=1, total_steps=9
    )
    with pytest.raises(TrainingDiverged, match="not finite by step"):
        train(config)
    kept = sorted(config.checkpoint_dir.glob("*.index"))
    assert kept
    assert len(kept) < 9
    for value in weights_of(config.generator_path):
        assert np.isfinite(value).all()


def test_a_batch_of_one_is_always_a_same_pair(small_config):
    with pytest.raises(UserError, match="--batch_size=1"):
        train(dataclasses.replace(small_config, batch_size=1))
    assert not Path(small_config.run_dir).exists()


def test_shrunk_faces_are_refused(small_config, tmp_path):
    write_image(tmp_path / "crops" / "a.png", np.zeros((SIDE, SIDE, 3), np.uint8))
    shard_folder(tmp_path / "crops", tmp_path / "shards", name="a", shrink_factor=0.6)
    with pytest.raises(UserError, match="--shrink_factor=0.6"):
        train(dataclasses.replace(small_config, train_data=str(tmp_path / "shards")))


def test_batch_must_divide_over_replicas(small_config, strategies):
    with pytest.raises(UserError, match="multiple of 2"):
        train(dataclasses.replace(small_config, batch_size=3), strategies(2))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"train_data": "nowhere"}, "nowhere"),
        ({"image_size": 128}, "64"),
        ({"arcface_path": "nowhere.h5"}, "nowhere.h5"),
        ({"perceptual_features": "nowhere.h5"}, "nowhere.h5"),
        ({"up_types": ("affa", "magic", "affa", "affa", "affa")}, "magic"),
        ({"base_width": 6}, "base_width"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(small_config, changes, named):
    config = dataclasses.replace(small_config, **changes)
    with pytest.raises(UserError, match=named):
        train(config)
    assert not Path(config.run_dir).exists()


def test_stand_ins_are_for_trials_only(small_config, tmp_path, monkeypatch):
    monkeypatch.setattr("facedancer.training.frozen._MODEL_ZOO", tmp_path)
    auto = dataclasses.replace(small_config, arcface_path="auto", total_steps=1_000)
    assert resolve_stand_ins(auto).arcface_path == "untrained_small"
    with pytest.raises(UserError, match="no identity encoder"):
        resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    weights = tmp_path / "ArcFace-Res50.h5"
    weights.touch()
    found = resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    assert found.arcface_path == str(weights)
