"""The generator: the seven configurations, every size, saving, masks and precision."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.generator import (
    attention_masks,
    get_generator,
    up_types_of,
    with_attention,
)
from facedancer.networks.layers import AFFA
from facedancer.networks.up_types import UP_TYPES
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.flags.fields import parse_flags

FLAGS = Path(__file__).parents[2] / "flags"
CONFIGURATION_C = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
ALL_AFFA = ("affa",) * 6
POLICIES = ["float32", "mixed_float16", "mixed_bfloat16"]


def small_generator(up_types=ALL_AFFA, **kwargs):
    return get_generator(up_types, image_size=64, base_width=8, **kwargs)


def affa_sides(generator):
    """AFFA layer's name -> side of its mask."""
    layers = [layer for layer in generator.layers if isinstance(layer, AFFA)]
    return {layer.name: layer.output[1].shape[1] for layer in layers}


@pytest.fixture
def batch(rng):
    target = rng.uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    return [target, rng.normal(size=(2, 512)).astype(np.float32)]


def test_configurations_stay_distinct_at_64():
    # A and B share one network: they differ by the IFSR loss.
    names = ["baseline_1", "baseline_2", "config_a", "config_c", "config_d", "config_e"]
    sizes = set()
    for name in names:
        config, _ = parse_flags(TrainConfig, [f"--flagfile={FLAGS / name}.cfg", "--data=shards"])
        sizes.add(
            small_generator(config.up_types, mapping_depth=config.mapping_depth).count_params()
        )
    assert len(sizes) == len(names)


@pytest.mark.parametrize(
    ("image_size", "up_types", "sides"),
    [
        (64, ALL_AFFA, {"8x8": 4, "16x16": 8, "32x32": 16, "64x64": 32, "final": 64}),
        (128, ALL_AFFA, {"16x16": 8, "32x32": 16, "64x64": 32, "128x128": 64, "final": 128}),
        (64, CONFIGURATION_C, {"16x16": 8, "32x32": 16, "64x64": 32}),
        (128, CONFIGURATION_C, {"32x32": 16, "64x64": 32, "128x128": 64}),
        (256, CONFIGURATION_C, {"64x64": 32, "128x128": 64, "256x256": 128}),
        (512, CONFIGURATION_C, {"128x128": 64, "256x256": 128, "512x512": 256}),
        (512, ("affa", *["concat"] * 5), {"16x16": 8, "32x32": 16}),
        (64, ("concat", "affa", "add", "concat", "no_skip"), {"16x16": 8}),
    ],
)
def test_up_types_count_from_the_top_resolution(image_size, up_types, sides):
    generator = get_generator(up_types, image_size=image_size, base_width=8)
    assert affa_sides(generator) == sides
    bottleneck = generator.get_layer("bottleneck_up_residual").output
    assert bottleneck.shape[1:] == (4 if image_size == 64 else 8,) * 2 + (64,)
    assert generator.output_shape == (None, image_size, image_size, 3)


@pytest.mark.parametrize("separable", [False, True])
@pytest.mark.parametrize("image_size", [64, 256])
def test_up_types_are_read_from_the_network(image_size, separable, set_policy, tmp_path):
    up_types = ["no_skip", "concat", "affa", "no_skip", "affa", "add"]
    set_policy("mixed_bfloat16")
    get_generator(up_types, 1, 16, image_size, 4, separable).save(tmp_path / "generator.keras")
    set_policy("float32")
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    assert up_types_of(loaded) == up_types[1 if image_size == 64 else 0 :]


def test_fusion_takes_the_encoder_feature_of_its_side():
    generator = small_generator()
    # The lowest takes the last halving block's output, not the bottleneck's; the top the stem's.
    made_into = {
        "8x8": "bottleneck_down_norm",
        "16x16": "down_4_norm",
        "32x32": "down_8_norm",
        "64x64": "down_16_norm",
        "final": "down_32_norm",
    }
    for affa, norm in made_into.items():
        z_a, h = generator.get_layer(affa).input
        assert z_a is generator.get_layer(norm).input
        assert z_a.shape == h.shape
    assert generator.get_layer("final").input[0] is generator.get_layer("stem").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"up_types": ["afa"] * 6},
            f"unknown up_type 'afa': choose from {', '.join(UP_TYPES)}$",
        ),
        ({"up_types": ["affa"] * 4}, "up_types must hold 5 or 6 names for this size, got 4"),
        ({"up_types": []}, "up_types must hold 5 or 6 names for this size, got 0"),
        ({"image_size": 96}, "image_size must be one of 64, 128, 256, 512"),
        ({"base_width": 10}, "base_width must be a positive multiple of 4"),
        ({"mapping_depth": -1}, "mapping_depth"),
    ],
)
def test_refuses_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_generator(**{"up_types": ALL_AFFA, "image_size": 64, "base_width": 8, **arguments})


@pytest.mark.parametrize("policy", POLICIES)
def test_saved_generator_answers_bit_equal(policy, batch, set_policy, tmp_path):
    set_policy(policy)
    generator = small_generator(("affa", "add", "no_skip", "concat", "affa"), mapping_depth=2)
    expected = generator(batch).numpy()
    generator.save(tmp_path / "generator.keras")
    set_policy("float32")  # the file names the policy; the process that loads it need not
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    np.testing.assert_array_equal(loaded(batch), expected)


def test_attention_masks_of_a_built_and_a_loaded_generator(batch, tmp_path):
    generator = small_generator()
    masks = attention_masks(generator)(batch)
    shapes = {side: tuple(mask.shape) for side, mask in masks.items()}
    widths = {"4": 64, "8": 64, "16": 32, "32": 16, "64": 8}
    assert shapes == {side: (2, int(side), int(side), width) for side, width in widths.items()}

    generator.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    again = attention_masks(loaded)(batch)
    for side, mask in masks.items():
        assert 0 < np.min(mask) < np.max(mask) < 1
        np.testing.assert_array_equal(again[side], mask)


def test_picture_and_attention_in_one_call(batch):
    generator = small_generator(["no_skip"] * 3 + ["affa"] * 3)
    changed, attention = with_attention(generator)(batch)
    np.testing.assert_allclose(changed, generator(batch), atol=1e-5)
    assert attention.shape == changed.shape[:3] and attention.dtype == tf.float32
    masks = attention_masks(generator)(batch)
    side = changed.shape[1]
    by_hand = np.mean(
        [tf.image.resize(mask, [side, side]).numpy().mean(-1) for mask in masks.values()], axis=0
    )
    np.testing.assert_allclose(attention, by_hand, atol=1e-5)
    with pytest.raises(ValueError, match="no AFFA layer"):
        with_attention(small_generator(["concat"] * 6))


def test_attention_of_a_loaded_generator_whatever_numbers_its_layers_have(batch, tmp_path):
    generator = small_generator()
    generator.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras")
    expected = with_attention(generator)(batch)[1]
    # Keras numbers what has no name, `add_6`: a fresh process counts past a loaded layer's number.
    keras.backend.clear_session()
    for _ in range(20):
        attending = with_attention(loaded)
    attention = attending(batch)[1]
    np.testing.assert_allclose(attention, expected, atol=1e-6)


def test_attention_masks_need_affa():
    with pytest.raises(ValueError, match="no AFFA layer"):
        attention_masks(small_generator(["concat"] * 6))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_ends_in_float32(policy, batch, set_policy):
    reference = small_generator()
    set_policy(policy)
    generator = small_generator()
    generator.set_weights(reference.get_weights())
    low = tf.as_dtype(policy.removeprefix("mixed_"))
    assert generator.get_layer("up_64_residual").compute_dtype == low.name
    assert {mask.dtype for mask in attention_masks(generator)(batch).values()} == {tf.float32}
    result = generator(batch)
    assert result.dtype == tf.float32
    assert np.mean(tf.cast(tf.cast(result, low), tf.float32) != result) > 0.5
    expected = reference(batch).numpy()
    assert np.sqrt(np.mean((result - expected) ** 2)) < 0.03 * expected.std()


@pytest.mark.parametrize("policy", POLICIES)
def test_one_step_reaches_every_weight(policy, batch, set_policy):
    set_policy(policy)
    generator = small_generator()
    scale = 1024.0  # what a loss-scaling optimizer does, so that float16 does not underflow
    with tf.GradientTape() as tape:
        loss = scale * tf.reduce_mean(tf.abs(generator(batch, training=True) - batch[0]))
    variables = generator.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient), variable.path
