"""A rival in the trainer: labels reach it in steps and validation; it learns, stops and goes on."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.rivals.settings import RIVALS, RivalConfig
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.training.gradients import replica_gradients
from facedancer.training.loop import train
from facedancer.training.networks import trained
from facedancer.training.networks.trained import build_networks
from facedancer.training.watching.run_log import read_log
from facedancer.training.watching.validation import Validation
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

from .conftest import SIDE, tiny_generator


@pytest.fixture
def config(shards, tmp_path):
    return RivalConfig(
        rival="hifi_face",
        data=str(shards),
        run_dir=str(tmp_path / "run"),
        image_size=SIDE,
        base_width=8,
        encoder="untrained_small",
        perceptual_weight=0.0,
        ifsr_weight=0.0,
        gradient_penalty_weight=0.0,
        batch_size=2,
        total_steps=2,
        log_every=1,
    )


def tiny_discriminator(side, _):
    image = keras.Input((side, side, 3), name="image")
    return keras.Model(image, keras.layers.Dense(1)(keras.layers.Flatten()(image)))


def test_labels_reach_the_generator_in_a_step_and_in_validation(config, strategies, monkeypatch):
    monkeypatch.setattr(RivalConfig, "new_generator", lambda _, side: tiny_generator(side))
    monkeypatch.setattr(trained, "get_discriminator", tiny_discriminator)
    networks = build_networks(config, strategies(1))
    [batch] = make_dataset(
        config.data, SIDE, 2, augment=False, same_probability=0.0, **config.code_settings
    ).take(1)
    zero = tf.constant(0, tf.int64)
    parts, gradients = replica_gradients(networks, batch, zero, zero)
    assert all(np.isfinite(value) for value in parts.values())
    [kernel] = gradients["generator"]
    of_labels = np.abs(kernel.numpy()[EMBEDDING_SIZE:]).max(axis=1)
    assert (of_labels[:-53] > 0).all()  # Shape and yaw; some expressions and the roll may be 0.
    validation = Validation(config, networks)
    before = validation.scalars()
    weights = networks.generator.network.get_weights()
    weights[0][EMBEDDING_SIZE:] = 0.0
    networks.generator.network.set_weights(weights)
    after = validation.scalars()
    for name in ("validation/change", "validation/reconstruction"):
        assert abs(before[name] - after[name]) > 1e-3, name


def test_faces_without_labels_are_refused_before_anything_is_built(config, tmp_path, strategies):
    write_image(tmp_path / "plain" / "a" / "0.png", np.zeros((SIDE, SIDE, 3), np.uint8))
    shard_folder(tmp_path / "plain", tmp_path / "unlabelled", "unlabelled", 1)
    config = dataclasses.replace(config, data=str(tmp_path / "unlabelled"))
    with pytest.raises(UserError, match="has no label 'shape' of 204 numbers"):
        train(config, strategies(1))


@pytest.mark.parametrize("name", ["truth_share", "geometry"])
def test_what_makes_labels_wrong_is_refused(config, name):
    with pytest.raises(UserError, match=f"do not fit --{name}: leave it out"):
        dataclasses.replace(config, **{name: 0.5})


@pytest.mark.long  # Real networks are traced: half a minute each.
@pytest.mark.parametrize("rival", RIVALS)
def test_a_run_is_saved_and_goes_on(config, strategies, rival):
    attributes = 10.0 if rival == "face_shifter" else 0.0
    config = dataclasses.replace(
        config, rival=rival, matching_weight=10.0, attributes_weight=attributes, ema=0.9
    )
    path = train(config, strategies(1))
    assert path.is_file()
    train(dataclasses.replace(config, total_steps=3), strategies(1))
    logged = [entry for entry in read_log(path.parent) if "loss/generator/matching" in entry]
    assert [entry["step"] for entry in logged] == [1, 2, 3]
    assert all(np.isfinite(entry["loss/generator/identity"]) for entry in logged)
    assert all(("loss/generator/attributes" in entry) == bool(attributes) for entry in logged)
