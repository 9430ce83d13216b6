"""Normalisations in their convolutions: the same identity, taps and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.arcface_model.folding import fold_normalisations


def randomise(network, rng):
    """Weights of some trained network: no statistic is at its first 0 or 1."""
    for weight in network.weights:
        if weight.path.endswith("kernel"):
            continue
        positive = weight.path.endswith(("gamma", "moving_variance"))
        drawn = rng.uniform(0.5, 2.0, weight.shape), rng.normal(0, 0.2, weight.shape)
        weight.assign(drawn[0 if positive else 1])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def normalisations(network):
    return [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]


@pytest.mark.parametrize("name", ["compact", "resnet50"])
def test_taps_and_gradients_stay(name, rng):
    encoder = finished(name, 64, get_backbone(name, 64))
    randomise(encoder, rng)
    before = encoder.get_weights()
    folded = fold_normalisations(encoder)
    images = tf.constant(rng.uniform(-1, 1, (2, 64, 64, 3)), tf.float32)

    def run(network):
        with tf.GradientTape() as tape:
            tape.watch(images)
            codes = encode(network, images)
            total = tf.add_n([tf.norm(code) for code in codes.values()])
        return {**codes, "gradient": tape.gradient(total, images)}

    found, wanted = run(folded), run(encoder)
    assert set(found) == {"embedding", *BLOCK_NAMES, "gradient"}
    for tap, value in wanted.items():
        error = np.linalg.norm(found[tap] - value) / np.linalg.norm(value)
        # A ReLU that is within rounding of 0 may take the other side, and its slope with it.
        assert error < (1e-2 if tap == "gradient" else 1e-5), tap
    # What follows no convolution stays: ResNet50's head begins with one.
    assert len(normalisations(folded)) == (1 if name == "resnet50" else 0)
    assert not folded.trainable_variables
    for one, other in zip(encoder.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_only_a_convolution_of_its_own_takes_one_in(rng):
    image = keras.Input((8, 8, 3))
    shared = layers.Conv2D(4, 3, name="shared")(image)
    active = layers.Conv2D(4, 3, activation="relu", name="active")(image)
    seen = layers.Conv2D(4, 3, use_bias=False, name="seen")(image)
    twice = layers.Conv2D(4, 3, name="twice")
    alone = layers.Conv2D(4, 3, strides=2, name="alone")(image)
    outputs = [
        layers.BatchNormalization()(shared) + layers.BatchNormalization(scale=False)(shared),
        layers.BatchNormalization()(active),
        layers.BatchNormalization(center=False)(seen),
        seen,
        layers.BatchNormalization()(twice(image)),
        twice(image[:, ::-1]),
        layers.BatchNormalization(center=False, name="taken_in")(alone),
    ]
    network = keras.Model(image, outputs)
    randomise(network, rng)
    folded = fold_normalisations(network)
    assert len(normalisations(folded)) == len(normalisations(network)) - 1
    images = rng.normal(size=(2, 8, 8, 3)).astype(np.float32)
    for one, other in zip(folded(images), network(images), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_the_stand_in_has_none_to_fold():
    encoder = load_encoder(UNTRAINED_SMALL)
    images = np.zeros((1, 112, 112, 3), np.float32)
    found, wanted = (
        encode(one, images)["embedding"] for one in (fold_normalisations(encoder), encoder)
    )
    np.testing.assert_array_equal(found, wanted)
