"""One pass over the map computes what the layers do, in values and gradients."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.cpu_form.one_pass import normalise_pictures

MAP = (3, 6, 4, 5)
EPSILON, SLOPE = 1e-3, 0.2


def by_parts(x, scale, offset):
    """The same in plain operations that TensorFlow differentiates as often as one likes."""
    mean = tf.reduce_mean(x, [1, 2], keepdims=True)
    variance = tf.reduce_mean(tf.square(x - mean), [1, 2], keepdims=True)
    normal = (x - mean) * tf.math.rsqrt(variance + EPSILON)
    return tf.nn.leaky_relu(normal * scale[:, None, None] + offset[:, None, None], SLOPE)


def in_one_pass(x, scale, offset):
    return normalise_pictures(x, scale, offset, EPSILON, SLOPE)


def draw(rng, pictures=3):
    x = rng.normal(2, 3, (pictures, *MAP[1:]))
    return [tf.constant(a, tf.float32) for a in (x, *rng.normal(size=(2, pictures, MAP[-1])))]


def value_and_gradients(form, inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = form(*inputs)
        loss = tf.reduce_sum(tf.sin(y))
    return [y, *tape.gradient(loss, inputs)]


@pytest.mark.parametrize("kind", ["eager", "graph", "open sizes", "XLA"])
def test_values_and_gradients(kind, rng):
    inputs = draw(rng)
    run = value_and_gradients
    if kind != "eager":
        run = tf.function(run, autograph=False, jit_compile=kind == "XLA")
    if kind == "open sizes":
        specs = [tf.TensorSpec([None, None, None, 5]), *[tf.TensorSpec([None, 5])] * 2]
        found = run.get_concrete_function(in_one_pass, specs)(*inputs)
    else:
        found = run(in_one_pass, inputs)
    for one, other in zip(found, value_and_gradients(by_parts, inputs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * np.abs(other).max())


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("pictures", [1, 3])
def test_second_derivatives_are_refused(pictures, compiled, rng):
    inputs = draw(rng, pictures)

    def penalty_gradient():
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            _, slope, *_ = value_and_gradients(in_one_pass, inputs)
            penalty = tf.reduce_sum(tf.square(slope))
        return outer.gradient(penalty, inputs)

    run = tf.function(penalty_gradient, autograph=False) if compiled else penalty_gradient
    with pytest.raises(NotImplementedError, match="no second derivatives: use the network itself"):
        run()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_picture_is_itself_in_every_batch(dtype, rng):
    x, *style = draw(rng)
    x = tf.cast(x, dtype)
    together = in_one_pass(x, *style)
    assert together.dtype == dtype
    for n in range(3):
        alone = in_one_pass(*(part[n : n + 1] for part in (x, *style)))
        np.testing.assert_array_equal(alone[0], together[n])
    assert in_one_pass(*(part[:0] for part in (x, *style))).shape == (0, *MAP[1:])


@pytest.mark.parametrize(
    ("dtype", "base", "step"), [("bfloat16", 16, 0.125), ("float16", 500, 0.5)]
)
def test_statistics_are_float32(dtype, base, step, rng):
    """A large mean: the map is exact in the low precision, but its mean and squares are not."""
    x = base + step * rng.integers(0, 8, (2, 32, 32, 4)).astype(np.float32)
    low = tf.cast(x, dtype)
    np.testing.assert_array_equal(tf.cast(low, tf.float32), x)
    ones, zeros = tf.ones([2, 4]), tf.zeros([2, 4])
    found = tf.cast(in_one_pass(low, ones, zeros), tf.float32)
    np.testing.assert_allclose(found, by_parts(tf.constant(x), ones, zeros), atol=0.01)


def test_gradients_in_16_bits_are_those_of_the_rounded_map(rng):
    x, scale, offset = draw(rng)
    low = tf.cast(x, tf.bfloat16)

    def gradients(form, image):
        with tf.GradientTape() as tape:
            tape.watch([image, scale, offset])
            y = tf.cast(form(image, scale, offset), tf.float32)
            loss = tf.reduce_sum(tf.square(y))
        return tape.gradient(loss, [image, scale, offset])

    found = gradients(in_one_pass, low)
    for one, other in zip(found, gradients(by_parts, tf.cast(low, tf.float32)), strict=True):
        error = tf.cast(one, tf.float32) - other
        assert np.sqrt(np.mean(np.square(error))) < 0.01 * np.std(other)
    assert [one.dtype for one in found] == [tf.bfloat16, tf.float32, tf.float32]
