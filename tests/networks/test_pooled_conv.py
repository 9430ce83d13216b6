"""`PooledConv` is a convolution and the pooling after it, in values and in gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.pooled_conv import PooledConv


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


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_its_kernel_is_rounded_once(dtype, rng):
    layer = PooledConv(1, 3, dtype=f"mixed_{dtype}")
    layer.build((1, 8, 8, 1))
    # Twenty-two bits: the mean of four is exact in float32, neither they nor it in 16 bits.
    kernel = rng.integers(-(2**21), 2**21, (3, 3, 1, 1)).astype(np.float64) / 2**21
    layer.set_weights([kernel, np.zeros(1)])
    wide = sum(np.pad(kernel[..., 0, 0], ((y, 1 - y), (x, 1 - x))) for y in (0, 1) for x in (0, 1))
    expected = tf.cast(tf.constant(wide / 4, tf.float64), dtype)
    # An impulse shows single weights, so nothing but the kernel itself is rounded. The windows 1
    # and 2 begin at the pixels 1 and 3.
    found = np.zeros((4, 4))
    for y in (0, 1):
        for x in (0, 1):
            impulse = np.zeros((1, 8, 8, 1), np.float32)
            impulse[0, 3 + y, 3 + x] = 1
            found[y::2, x::2] = tf.cast(layer(impulse), tf.float32)[0, 2:0:-1, 2:0:-1, 0]
    np.testing.assert_array_equal(found, tf.cast(expected, tf.float32))


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
