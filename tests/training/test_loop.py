"""The real trainer for a few steps: what it writes, how it resumes, and what it refuses."""

import dataclasses
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.pairing import trained_with
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.training.loop import train
from facedancer.training.networks.frozen import resolve_stand_ins
from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.training.watching.divergence import TrainingDiverged
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

SIDE = 64
TINY = pytest.mark.usefixtures("tiny_networks")


def weights_of(path) -> list[np.ndarray]:
    return keras.saving.load_model(path, compile=False).get_weights()


@pytest.mark.parametrize(
    ("precision", "profile", "devices", "is_tiny"),
    [
        ("float32", "paper", 1, False),
        ("mixed_float16", "released", 2, True),
        # As test_step.py trains on two replicas, and distillation in bfloat16.
        pytest.param("mixed_bfloat16", "paper", 2, True, marks=pytest.mark.long),
    ],
)
def test_a_run_writes_everything(
    request, small_config, precision, profile, devices, is_tiny, strategies
):
    if is_tiny:
        request.getfixturevalue("tiny_networks")
    config = dataclasses.replace(
        small_config, precision=precision, loss_profile=profile, alarm_after=0
    )
    path = train(config, strategies(devices))
    run_dir = Path(config.run_dir)
    assert path == run_dir / "generator.keras"
    assert trained_with(path) == encoder_origin(config.encoder)
    written = {path.name for path in run_dir.iterdir()}
    assert written >= {"checkpoints", "flags.cfg", "log.jsonl", "logs", "run.json", "samples"}
    manifest = json.loads((run_dir / "checkpoints/step_0000002/manifest.json").read_text())
    grid = read_image(run_dir / "samples" / "step_0000002.png")
    columns = (
        "target",
        "source",
        "swap",
        "reconstruction",
        "cycle",
        *("mask",) * (1 if is_tiny else 4),
    )
    assert grid.shape[1] == len(columns) * 64

    tags = set()
    for file in (run_dir / "logs").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            tags |= {value.tag for value in event.summary.value}
    lines = [json.loads(line) for line in (run_dir / "log.jsonl").read_text().splitlines()]
    logged = {name for line in lines for name in line}
    for names in (tags, logged):
        assert names >= {
            "loss/generator/identity",
            "gradient_norm/discriminator",
            "learning_rate",
            "images_per_second",
            "validation/identity_source",
            "ifsr_active/conv4_block6_out",
            "affa_mask/16/mean",
        }
        assert ("loss_scale/generator" in names) == (precision == "mixed_float16")
    assert {line["step"] for line in lines} == {1, 2}
    scores = [line["validation/score"] for line in lines if "validation/score" in line]
    assert scores == [manifest["score"]]
    # An untrained encoder and two steps: the alarm must see that nothing is swapped.
    assert is_tiny or any("alarm" in line for line in lines)
    for value in weights_of(path):
        assert np.isfinite(value).all()
    # The policy of a run ends with it.
    assert keras.config.dtype_policy().name == "float32"


def last_logged(run_dir, name: str) -> float:
    lines = [json.loads(line) for line in (Path(run_dir) / "log.jsonl").read_text().splitlines()]
    return [line[name] for line in lines if name in line][-1]


@TINY
def test_a_run_goes_on_as_if_it_had_not_stopped(small_config, quick_config, tmp_path):
    """With everything on that has a state, and the later part in one call."""
    config = dataclasses.replace(
        quick_config,
        ifsr_weight=1.0,
        gradient_penalty_weight=small_config.gradient_penalty_weight,
        ema=0.9,
        penalty_every=2,
        accumulate=2,
        ifsr_margins_mode="adaptive",
        truth_share=1.0,
        truth_weight=5.0,
        triplets=str(tmp_path / "triplets"),
    )
    for number, role in enumerate(("target", "source", "answer")):
        grey = np.full((SIDE, SIDE, 3), 60 * number, np.uint8)
        write_image(tmp_path / "triplets" / role / "0.png", grey)
    straight = dataclasses.replace(
        config,
        run_dir=str(tmp_path / "straight"),
        total_steps=4,
        checkpoint_every=1,
        keep_checkpoints=4,
    )
    train(straight)
    # What a machine that is lost in the second step leaves.
    shutil.copytree(straight.run_dir, config.run_dir)
    for checkpoint in find_checkpoints(config.checkpoint_dir)[1:]:
        shutil.rmtree(checkpoint)
    for name in ("generator.keras", "log.jsonl"):
        (Path(config.run_dir) / name).unlink()
    with pytest.raises(UserError, match="--ifsr_scale was 1.2, is 1.1"):
        train(dataclasses.replace(config, ifsr_scale=1.1, resume=True))
    resumed = dataclasses.replace(config, total_steps=4, steps_per_call=3, log_every=4)
    train(resumed)
    for one, other in zip(
        weights_of(straight.generator_path), weights_of(resumed.generator_path), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    # The margin scale has moved, and by the same steps.
    scales = [last_logged(each.run_dir, "ifsr/scale") for each in (straight, resumed)]
    assert scales[0] == scales[1] != pytest.approx(1.2, rel=1e-6)
    assert last_logged(straight.run_dir, "loss/generator/truth") > 0
    # The flags of the first part are kept, and a finished run gives its generator again.
    assert "--checkpoint_every=1\n" in (Path(resumed.run_dir) / "flags_until_1.cfg").read_text()
    resumed.generator_path.unlink()
    # Its data is not asked for any more.
    gone = dataclasses.replace(resumed, data=str(tmp_path / "gone"), resume=True)
    assert train(gone).is_file()


@TINY
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_run_that_diverges_stops_and_keeps_its_checkpoint(quick_config, monkeypatch, precision):
    monkeypatch.setattr("facedancer.training.networks.player.INITIAL_SCALE", 1.0)
    config = dataclasses.replace(
        quick_config, precision=precision, learning_rate=1e30, checkpoint_every=1, total_steps=9
    )
    with pytest.raises(TrainingDiverged, match=r"not finite at step [2-9];"):
        train(config)
    kept = sorted(config.checkpoint_dir.glob("step_*"))
    assert kept
    assert len(kept) < 9
    for value in weights_of(config.generator_path):
        assert np.isfinite(value).all()


@TINY
def test_a_profile_is_written_where_it_is_asked_for(quick_config, monkeypatch):
    monkeypatch.setattr("facedancer.training.watching.cadence._PROFILE_FROM", 1)
    config = dataclasses.replace(quick_config, steps_per_call=3, log_every=3, total_steps=3)
    train(dataclasses.replace(config, profile_steps=1))
    assert list((Path(quick_config.run_dir) / "logs").rglob("*.xplane.pb"))


def test_a_batch_of_one_is_always_a_same_pair(small_config):
    with pytest.raises(UserError, match="--batch_size=1"):
        train(dataclasses.replace(small_config, batch_size=1))
    assert not Path(small_config.run_dir).exists()


def test_shrunk_faces_are_refused(small_config, tmp_path):
    write_image(tmp_path / "crops" / "a.png", np.zeros((SIDE, SIDE, 3), np.uint8))
    shard_folder(tmp_path / "crops", tmp_path / "shards", name="a", shrink_factor=0.6)
    with pytest.raises(UserError, match="--shrink_factor=0.6"):
        train(dataclasses.replace(small_config, data=str(tmp_path / "shards")))


@TINY
def test_damage_stops_a_run_by_name_or_is_counted(quick_config, tmp_path, caplog):
    data = shutil.copytree(quick_config.data, tmp_path / "damaged")
    shard = min(data.glob("*.tfrecord"))
    content = bytearray(shard.read_bytes())
    content[-20] ^= 1  # In the last of its six records.
    shard.write_bytes(content)
    # A batch of all twelve: the first step meets it.
    config = dataclasses.replace(quick_config, data=str(data), batch_size=12, total_steps=1)
    with pytest.raises(UserError, match=rf"{shard}, record 5 is damaged .*--skip_corrupt"):
        train(config)
    train(dataclasses.replace(config, skip_corrupt=True))
    assert "1 damaged records were passed over" in caplog.text
    lines = (Path(config.run_dir) / "log.jsonl").read_text().splitlines()
    logged = [json.loads(line) for line in lines]
    assert [line["data/skipped_records"] for line in logged if "learning_rate" in line] == [1]


def test_batch_must_divide_over_replicas(small_config, strategies):
    with pytest.raises(UserError, match="multiple of 2"):
        train(dataclasses.replace(small_config, batch_size=3), strategies(2))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"data": "nowhere"}, "nowhere"),
        ({"image_size": 128}, "64"),
        ({"encoder": "nowhere.h5"}, "nowhere.h5"),
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
    monkeypatch.setattr("facedancer.training.networks.frozen._MODEL_ZOO", tmp_path)
    auto = dataclasses.replace(small_config, encoder="auto", total_steps=1_000)
    assert resolve_stand_ins(auto).encoder == "untrained_small"
    with pytest.raises(UserError, match="no identity encoder"):
        resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    weights = tmp_path / "ArcFace-Res50.h5"
    weights.touch()
    found = resolve_stand_ins(dataclasses.replace(auto, total_steps=1_001))
    assert found.encoder == str(weights)


def test_vgg16_is_the_file_in_model_zoo(small_config, tmp_path, monkeypatch):
    weights = tmp_path / "vgg16.h5"
    monkeypatch.setattr("facedancer.training.networks.frozen.VGG16_WEIGHTS", weights)
    auto = dataclasses.replace(small_config, perceptual_features="auto")
    asked = dataclasses.replace(small_config, perceptual_features="imagenet")
    assert resolve_stand_ins(auto).perceptual_features == "mobilenet_v2"
    with pytest.raises(UserError, match="vgg16.h5: python model_zoo/download.py vgg16"):
        resolve_stand_ins(asked)
    weights.touch()
    for config in (auto, asked):
        assert resolve_stand_ins(config).perceptual_features == str(weights)
