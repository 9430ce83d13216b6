"""`PooledConv` is a convolution and the pooling after it, in values and in gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.pooled_conv import PooledConv
from facedancer.utils.processor import processor_has_bfloat16


@pytest.mark.parametrize(("side", "kernel"), [(8, 3), (2, 3), (6, 1), (8, 5)])
def test_it_is_the_convolution_then_the_mean(side, kernel, rng):
    images = tf.constant(rng.normal(size=(2, side, side, 3)), tf.float32)
    pooled = PooledConv(4, kernel)
    plain = keras.layers.Conv2D(4, kernel, padding="same")
    pooled.build(images.shape)
    plain.build(images.shape)
    weights = [rng.normal(size=weight.shape).astype(np.float32) for weight in pooled.weights]
    pooled.set_weights(weights)
    plain.set_weights(weights)

    def outcome(layers):
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = images
            for layer in layers:
                result = layer(result)
            loss = tf.reduce_sum(tf.sin(result))
        return [result, *tape.gradient(loss, [images, *(w.value for w in layers[0].weights)])]

    ours = outcome([pooled])
    assert ours[0].shape == (2, side // 2, side // 2, 4)
    for one, other in zip(ours, outcome([plain, keras.layers.AveragePooling2D(2)]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_means_are_rounded_once_in_bfloat16(rng):
    layer = PooledConv(1, 1, dtype="mixed_bfloat16")
    layer.build((1, 8, 8, 1))
    layer.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    images = tf.cast(rng.normal(8, 2, (1, 8, 8, 1)), tf.bfloat16)
    means = tf.nn.avg_pool2d(tf.cast(images, tf.float32), 2, 2, "VALID")
    expected = tf.cast(means, tf.bfloat16)
    # A processor that only emulates bfloat16 rounds its sums too: each by half of 1/128.
    rtol = 0.0 if processor_has_bfloat16() else 2**-6
    ours = (tf.cast(one, tf.float32) for one in (layer(images), expected))
    np.testing.assert_allclose(*ours, rtol=rtol)


def test_it_saves_under_a_policy_and_loads(tmp_path, rng):
    layers = [keras.Input((8, 8, 3)), PooledConv(4, 3, dtype="mixed_bfloat16", name="halving")]
    model = keras.Sequential(layers)
    images = rng.normal(size=(1, 8, 8, 3)).astype(np.float32)
    before = model(images)
    assert before.dtype == tf.bfloat16
    assert [w.dtype for w in model.weights] == ["float32"] * 2
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.layers[0].name == "halving"
    np.testing.assert_array_equal(tf.cast(again(images), tf.float32), tf.cast(before, tf.float32))
