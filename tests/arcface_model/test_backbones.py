"""The networks that encoders are trained on: interface, precision, and what is saved of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.choices import BACKBONES
from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.fast_normalisation import FastBatchNormalization
from facedancer.arcface_model.interface import has_interface, input_side

COMPACT = [name for name in BACKBONES if name != "resnet50"]
SIDES = {
    "compact": (32, 16, 8, 4),
    "narrow_resnet34": (16, 8, 4, 2),
    "narrow_resnet50": (16, 8, 4, 2),
}


@pytest.fixture(scope="module", params=COMPACT)
def trained(request):
    """A backbone whose statistics are no longer the initial ones."""
    backbone = get_backbone(request.param, 64, "mixed_bfloat16")
    backbone(pictures(8), training=True)
    return request.param, backbone


def pictures(count, side=64):
    return np.random.default_rng(0).uniform(0, 1, (count, side, side, 3)).astype(np.float32)


def test_the_published_network_is_one_of_them():
    assert "resnet50" in BACKBONES
    resnet50 = get_backbone("resnet50", 112, "mixed_bfloat16")
    assert has_interface(resnet50)
    assert resnet50.count_params() == 40_375_680
    assert resnet50.get_layer("conv2_block1_out").compute_dtype == "bfloat16"
    assert resnet50.output["embedding"].dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_blocks_are_resnet50s_in_number_and_halve_the_side_a_stage(trained):
    name, backbone = trained
    for block in BLOCK_NAMES:
        stage = int(block[len("conv")]) - 2
        assert backbone.output[block].shape[1:3] == (SIDES[name][stage],) * 2
    assert backbone.count_params() < 40_375_680 / 10


def test_what_is_saved_is_float32_of_keras_layers_and_does_the_same(trained, tmp_path):
    name, backbone = trained
    finished(name, 64, backbone).save(tmp_path / "encoder.keras")
    encoder = load_encoder(tmp_path / "encoder.keras")
    assert input_side(encoder) == 64
    assert {layer.compute_dtype for layer in encoder.layers} == {"float32"}
    assert not any(isinstance(layer, FastBatchNormalization) for layer in encoder.layers)
    exact = finished(name, 64, backbone)(pictures(4), training=False)
    signed = pictures(4) * 2 - 1
    for block, expected in exact.items():
        np.testing.assert_allclose(encode(encoder, signed)[block], expected, atol=1e-4)
    # bfloat16 has 8 bits: the network in training is only near.
    rough = backbone(pictures(4), training=False)["embedding"].numpy()
    assert np.corrcoef(rough.ravel(), exact["embedding"].numpy().ravel())[0, 1] > 0.99


def test_an_encoder_of_64_px_takes_pictures_of_any_side(trained):
    name, backbone = trained
    encoder = finished(name, 64, backbone)
    large = pictures(2, 96)
    expected = encoder(tf.image.resize(large, (64, 64)), training=False)["embedding"]
    np.testing.assert_allclose(encode(encoder, large * 2 - 1)["embedding"], expected, atol=1e-4)


def test_fast_normalisation_is_keras_normalisation():
    inputs = tf.constant(np.random.default_rng(1).normal(2, 3, (4, 5, 5, 8)), tf.float32)
    fast, plain = (
        kind(momentum=0.9) for kind in (FastBatchNormalization, keras.layers.BatchNormalization)
    )
    for layer in (fast, plain):
        layer.build(inputs.shape)
        layer.gamma.assign(np.linspace(0.5, 2, 8))
        layer.beta.assign(np.linspace(-1, 1, 8))
    gradients = []
    for layer in (fast, plain):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(layer(inputs, training=True) ** 3)
        gradients.append(tape.gradient(loss, [inputs, layer.gamma.value, layer.beta.value]))
    for ours, keras_own in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(fast.moving_mean, plain.moving_mean, rtol=1e-5)
    # Fused kernels divide by n - 1 for the running variance, Keras by n.
    np.testing.assert_allclose(fast.moving_variance, plain.moving_variance, rtol=0.02)
    fast.set_weights(plain.get_weights())
    np.testing.assert_array_equal(fast(inputs, training=False), plain(inputs, training=False))


def test_frozen_normalisation_keeps_its_statistics():
    layer = FastBatchNormalization()
    inputs = tf.random.normal([4, 3, 3, 2])
    layer.build(inputs.shape)
    layer.trainable = False
    layer(inputs, training=True)
    np.testing.assert_array_equal(layer.moving_mean, [0, 0])
