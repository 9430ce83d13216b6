"""The blocks against the spec's order of operations, and the widths at every size."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.blocks import (
    discriminator_block,
    down_block,
    level_widths,
    mapping_network,
    up_block,
)

CHANNELS, WIDTH, STYLE = 4, 8, 5


def block_model(block, *inputs, **kwargs):
    output = block(*inputs, width=WIDTH, name="block", **kwargs)
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], output)
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype(np.float32) for w in model.weights])
    return model


def conv(model, name, x):
    kernel, bias = model.get_layer(f"block_{name}").weights
    return tf.nn.conv2d(x, kernel, 1, "SAME") + bias


def norm(model, name, x):
    gamma, beta = model.get_layer(f"block_{name}").weights
    mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
    return (x - mean) / tf.sqrt(variance + 1e-3) * gamma + beta


def active(x):
    return tf.nn.leaky_relu(x, 0.2)


def pool(x, wanted=True):
    return tf.nn.avg_pool2d(x, 2, 2, "VALID") if wanted else x


def upsample(x, wanted=True):
    """Bilinear x2: each new sample takes 3/4 of its nearest and 1/4 of the next, edges repeated."""
    if not wanted:
        return x
    x = np.asarray(x)
    for axis in (1, 2):
        previous = np.concatenate([x.take([0], axis), x.take(range(x.shape[axis] - 1), axis)], axis)
        following = np.concatenate(
            [x.take(range(1, x.shape[axis]), axis), x.take([-1], axis)], axis
        )
        pair = np.stack([x * 0.75 + previous * 0.25, x * 0.75 + following * 0.25], axis + 1)
        shape = list(x.shape)
        shape[axis] *= 2
        x = pair.reshape(shape)
    return x


@pytest.mark.parametrize("resample", [True, False])
def test_down_block(resample, rng):
    model = block_model(down_block, keras.Input((8, 8, CHANNELS)), downsample=resample)
    x = tf.constant(rng.normal(size=(2, 8, 8, CHANNELS)), tf.float32)
    shortcut = pool(conv(model, "shortcut", x), resample)
    residual = pool(conv(model, "residual", active(norm(model, "norm", x))), resample)
    np.testing.assert_allclose(model(x), shortcut + residual, atol=1e-5)


@pytest.mark.parametrize("resample", [True, False])
def test_up_block(resample, rng):
    inputs = keras.Input((4, 4, CHANNELS)), keras.Input((STYLE,))
    model = block_model(up_block, *inputs, upsample=resample)
    x = tf.constant(rng.normal(size=(2, 4, 4, CHANNELS)), tf.float32)
    w = tf.constant(rng.normal(size=(2, STYLE)), tf.float32)
    scale, scale_bias, shift, shift_bias = model.get_layer("block_adain").weights
    styled = norm(model, "norm", x) * (w @ scale + scale_bias)[:, None, None]
    styled += (w @ shift + shift_bias)[:, None, None]
    shortcut = upsample(conv(model, "shortcut", x), resample)
    residual = upsample(conv(model, "residual", active(styled)), resample)
    np.testing.assert_allclose(model([x, w]), shortcut + residual, atol=1e-5)


def test_discriminator_block(rng):
    model = block_model(discriminator_block, keras.Input((8, 8, CHANNELS)))
    x = tf.constant(rng.normal(size=(2, 8, 8, CHANNELS)), tf.float32)
    residual = pool(conv(model, "residual_1", active(norm(model, "norm_1", x))))
    residual = conv(model, "residual_2", active(norm(model, "norm_2", residual)))
    expected = pool(conv(model, "shortcut", x)) + residual
    np.testing.assert_allclose(model(x), expected, atol=1e-5)


def test_mapping_network_is_linear_after_its_last_layer(rng):
    identity = keras.Input((STYLE,))
    model = keras.Model(identity, mapping_network(identity, depth=3, size=6))
    x = value = rng.normal(size=(2, STYLE)).astype(np.float32)
    for index, (kernel, bias) in enumerate(zip(*[iter(model.get_weights())] * 2, strict=True)):
        value = (active(value) if index else value) @ kernel + bias
    np.testing.assert_allclose(model(x), value, atol=1e-5)
    assert mapping_network(identity, depth=0, size=6) is identity


@pytest.mark.parametrize(("depth", "size"), [(-1, 512), (4, 0)])
def test_mapping_network_refuses(depth, size):
    with pytest.raises(ValueError, match="mapping_depth must be >= 0 and mapping_size >= 1"):
        mapping_network(keras.Input((STYLE,)), depth, size)


@pytest.mark.parametrize(
    ("image_size", "lowest_side", "widths"),
    [
        (64, 4, [8, 16, 32, 64, 64]),
        (128, 8, [8, 16, 32, 64, 64]),
        (256, 8, [8, 16, 32, 64, 64, 64]),
        (512, 8, [8, 16, 32, 64, 64, 64, 64]),
        (256, 4, [8, 16, 32, 64, 64, 64, 64]),
    ],
)
def test_widths(image_size, lowest_side, widths):
    assert level_widths(image_size, lowest_side, 8) == widths


@pytest.mark.parametrize(
    ("image_size", "base_width", "message"),
    [
        (100, 64, "image_size must be one of 64, 128, 256, 512 .* got 100"),
        (32, 64, "image_size .* got 32"),
        (1024, 64, "image_size .* got 1024"),
        (64, 6, "base_width must be a positive multiple of 4 .* got 6"),
        (64, 0, "base_width .* got 0"),
        (64, -4, "base_width .* got -4"),
    ],
)
def test_widths_refuse(image_size, base_width, message):
    with pytest.raises(ValueError, match=message):
        level_widths(image_size, 4, base_width)
