"""The discriminator: size, parameters, precision, saving, and the gradients of its penalty."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.discriminator import get_discriminator, late_features

POLICIES = ["float32", "mixed_float16", "mixed_bfloat16"]


@pytest.fixture
def images(rng):
    return rng.uniform(-1, 1, (3, 64, 64, 3)).astype(np.float32)


def test_parameters():
    discriminator = get_discriminator()
    assert discriminator.count_params() == 23_972_353
    assert discriminator.input_shape == (None, 256, 256, 3)


@pytest.mark.parametrize(("image_size", "blocks"), [(64, 4), (128, 5), (256, 6), (512, 7)])
def test_blocks_lead_down_to_4(image_size, blocks):
    discriminator = get_discriminator(image_size, base_width=8)
    sides = [layer.output.shape[1] for layer in discriminator.layers if "residual_2" in layer.name]
    assert sides == [image_size >> level for level in range(1, blocks + 1)]
    assert sides[-1] == 4
    assert discriminator.output_shape == (None, 1)


@pytest.mark.parametrize(
    ("arguments", "message"), [((96, 8), "image_size must be"), ((64, 2), "base_width must be")]
)
def test_refuses_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_discriminator(*arguments)


@pytest.mark.parametrize("policy", POLICIES)
def test_saved_discriminator_answers_bit_equal_float32_logits(policy, images, set_policy, tmp_path):
    set_policy(policy)
    discriminator = get_discriminator(64, 8)
    logits = discriminator(images)
    assert logits.shape == (3, 1)
    assert logits.dtype == tf.float32
    if policy != "float32":
        low = policy.removeprefix("mixed_")
        assert np.any(tf.cast(tf.cast(logits, low), tf.float32) != logits)
    discriminator.save(tmp_path / "discriminator.keras")
    set_policy("float32")
    loaded = keras.saving.load_model(tmp_path / "discriminator.keras")
    np.testing.assert_array_equal(loaded(images), logits)


@pytest.mark.parametrize("policy", POLICIES)
def test_gradients_of_logits_and_of_their_gradient(policy, images, set_policy):
    set_policy(policy)
    discriminator = get_discriminator(64, 8)
    real = tf.constant(images)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            inner.watch(real)
            total = tf.reduce_sum(discriminator(real, training=True))
        slope = inner.gradient(total, real)
        penalty = tf.reduce_mean(tf.reduce_sum(tf.square(slope), [1, 2, 3]))
    variables = discriminator.trainable_variables
    for loss in (total, penalty):
        for variable, gradient in zip(variables, outer.gradient(loss, variables), strict=True):
            if loss is penalty and gradient is None:
                assert variable.path == "logit/bias"  # drops out of the slope
                continue
            assert np.isfinite(gradient).all(), variable.path
            if loss is total:
                assert np.any(gradient), variable.path


def test_the_later_half_of_the_blocks_is_told_apart(images):
    discriminator = get_discriminator(64, base_width=8)
    maps = late_features(discriminator)(images)
    assert [one.shape[1] for one in maps] == [8, 4]
    # The head takes the last one: what it tells is the logit.
    x = maps[-1]
    for name in ("head", "logit"):
        x = discriminator.get_layer(name)(keras.layers.LeakyReLU(0.2)(x) if name == "logit" else x)
    np.testing.assert_allclose(tf.reshape(x, [3, 1]), discriminator(images), atol=1e-5)
