"""Instance normalisation against Keras's, and its second derivative against differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import Upsample

# A small map, as the discriminator's deepest ones are: an error there is of the order 1 / pixels.
MAP = (2, 4, 4, 3)


@pytest.mark.parametrize("compiled", [True, False])
def test_values_and_gradients_are_those_of_keras(compiled, rng):
    x, weights = rng.normal(2, 3, MAP).astype(np.float32), rng.normal(size=(2, 3))
    ours, theirs = InstanceNorm(), keras.layers.GroupNormalization(groups=-1, epsilon=1e-3)
    for layer in (ours, theirs):
        layer.build(MAP)
        layer.set_weights(list(weights.astype(np.float32)))

    def look(layer):
        image, variables = tf.constant(x), [weight.value for weight in layer.weights]
        with tf.GradientTape() as tape:
            tape.watch(image)
            y = layer(image)
            loss = tf.reduce_sum(tf.sin(y))
        return [y, *tape.gradient(loss, [image, *variables])]

    if compiled:
        look = tf.function(look, autograph=False)
    for ours_has, theirs_has in zip(look(ours), look(theirs), strict=True):
        np.testing.assert_allclose(ours_has, theirs_has, rtol=1e-5, atol=1e-5)


def slope(x, factor):
    """The derivative of sum(factor sin(normalised x)) + sum(x^2) / 2, in float64."""
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    inverse = 1 / np.sqrt(variance + 1e-3)
    normal = (x - mean) * inverse
    pull = np.cos(normal) * factor
    along = (pull * normal).mean((1, 2), keepdims=True)
    return inverse * (pull - pull.mean((1, 2), keepdims=True) - normal * along) + x


@pytest.mark.parametrize("compiled", [True, False])
def test_second_derivative_is_that_of_differences(compiled, rng):
    x, factor = rng.normal(size=MAP), rng.normal(size=MAP)
    expected = np.zeros(MAP)
    for index in np.ndindex(MAP):
        step = np.zeros(MAP)
        step[index] = 1e-5
        above, below = (np.square(slope(x + sign * step, factor)).sum() for sign in (1, -1))
        expected[index] = (above - below) / 2e-5

    layer = InstanceNorm()
    layer.build(MAP)

    def second(image):
        with tf.GradientTape() as outer:
            outer.watch(image)
            with tf.GradientTape() as inner:
                inner.watch(image)
                waves = tf.reduce_sum(tf.sin(layer(image)) * tf.constant(factor, tf.float32))
                value = waves + tf.reduce_sum(tf.square(image)) / 2
            penalty = tf.reduce_sum(tf.square(inner.gradient(value, image)))
        return outer.gradient(penalty, image)

    if compiled:
        second = tf.function(second, autograph=False)
    found = second(tf.constant(x, tf.float32))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_scale_and_shift_are_float32_inside_a_network(policy, set_policy, rng):
    """A model's own policy must not round its layers' weights; the result is in its precision."""
    set_policy(policy)
    inputs = keras.Input(MAP[1:])
    model = keras.Model(inputs, InstanceNorm()(inputs))
    seen = []
    layer = model.layers[-1]
    original = layer.call
    layer.call = lambda x: seen.append(layer.gamma.value.dtype) or original(x)
    assert model(rng.normal(size=MAP).astype(np.float32)).dtype == policy.removeprefix("mixed_")
    assert seen == [tf.float32]


def test_upsampling_is_rounded_once_under_a_mixed_policy(set_policy, rng):
    x = tf.cast(rng.normal(size=MAP), tf.bfloat16)
    expected = keras.layers.UpSampling2D(interpolation="bilinear")(tf.cast(x, tf.float32))
    set_policy("mixed_bfloat16")
    result = Upsample()(x)
    assert result.dtype == tf.bfloat16
    np.testing.assert_array_equal(
        tf.cast(result, tf.float32), tf.cast(expected.numpy(), tf.bfloat16)
    )
