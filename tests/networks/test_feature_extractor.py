"""The frozen feature extractors: what they compute, and what they refuse."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks import feature_extractor
from facedancer.networks.feature_extractor import get_feature_extractor
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, uint8_to_signed

PHOTOGRAPH = Path(__file__).parents[2] / "assets/photos/eileen_collins/astronaut.png"

# By torch 2.13 from the source's own float32 weights, batch norms not folded, for every fourth
# pixel of the photograph: shape, mean |x|, x in the middle, in a corner, at the lower border.
MOBILENET_V2_BY_TORCH = [
    ((1, 64, 64, 16), 0.66328, [0.6898, 1.0335, 1.4307]),
    ((1, 32, 32, 24), 0.87911, [1.8974, 2.9221, -0.0736]),
    ((1, 16, 16, 32), 0.86427, [0.7699, 2.3070, -1.1913]),
    ((1, 8, 8, 96), 0.61278, [0.4883, -1.4909, -0.1765]),
    ((1, 4, 4, 320), 0.22263, [-0.0185, 0.1144, -0.3200]),
]


@pytest.fixture(scope="module")
def photograph():
    return uint8_to_signed(read_image(PHOTOGRAPH)[::4, ::4])[None]


@pytest.fixture(scope="module")
def vgg16():
    """VGG16 with random weights: an oracle of everything but the weights' origin."""
    keras.utils.set_random_seed(0)
    return keras.applications.VGG16(include_top=False, weights=None)


@pytest.fixture(scope="module")
def vgg16_file(vgg16, tmp_path_factory):
    return write_published_format(tmp_path_factory.mktemp("vgg16") / "notop.h5", vgg16.layers)


def write_published_format(path, layers):
    """The HDF5 layout of the files that Keras publishes, which Keras 3 reads but does not write."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{part}_1:0" for part in ("W", "b")[: len(layer.weights)]]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group[name] = value
    return path


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_mobilenet_v2_equals_torch(profile, photograph):
    extractor = get_feature_extractor("mobilenet_v2", profile)
    assert not extractor.trainable_variables
    for found, (shape, magnitude, values) in zip(
        extractor(photograph), MOBILENET_V2_BY_TORCH, strict=True
    ):
        _, height, width, channels = shape
        assert found.shape == shape
        # Ours are stored in float16, which moves the features by 0.15 to 0.6 per cent.
        np.testing.assert_allclose(np.abs(found).mean(), magnitude, rtol=5e-3)
        places = [
            (0, height // 2, width // 2, 0),
            (0, 0, 0, channels // 2),
            (0, height - 1, width // 4, channels - 1),
        ]
        np.testing.assert_allclose([found[p] for p in places], values, atol=0.03 * magnitude)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_bfloat16", 0.1), ("mixed_float16", 0.02)]
)
def test_mobilenet_v2_follows_the_policy(policy, tolerance, photograph):
    expected = get_feature_extractor("mobilenet_v2", "paper")(photograph)
    default = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        found = get_feature_extractor("mobilenet_v2", "paper")(photograph)
    finally:
        keras.config.set_dtype_policy(default)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == policy.removeprefix("mixed_")
        error = np.abs(tf.cast(a, tf.float32) - b).mean()
        assert error < tolerance * np.abs(b).mean()


def test_vgg16_paper_taps_before_down_sampling_of_preprocessed_images(
    vgg16, vgg16_file, photograph
):
    found = get_feature_extractor(str(vgg16_file), "paper")(photograph)
    preprocessed = keras.applications.vgg16.preprocess_input((photograph.numpy() + 1) * 127.5)
    names = ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"]
    expect_taps(vgg16, names, preprocessed, found, sides=[128, 64, 32, 16, 8])


def test_vgg16_released_taps_pooled_maps_of_signed_images(vgg16, vgg16_file, photograph):
    found = get_feature_extractor(str(vgg16_file), "released")(photograph)
    names = [f"block{i}_pool" for i in range(1, 6)]
    expect_taps(vgg16, names, photograph, found, sides=[64, 32, 16, 8, 4])


def expect_taps(vgg16, names, images, found, sides):
    taps = keras.Model(vgg16.input, [vgg16.get_layer(name).output for name in names])
    for a, b, side in zip(found, taps(images), sides, strict=True):
        assert a.shape[1:3] == (side, side)
        assert np.any(b)
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * np.abs(b).max())


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg16"])
def test_images_learn_and_the_extractor_does_not(name, photograph, request):
    path = str(request.getfixturevalue("vgg16_file")) if name == "vgg16" else name
    extractor = get_feature_extractor(path, "paper")
    assert not extractor.trainable_variables
    with tf.GradientTape() as tape:
        tape.watch(photograph)
        deepest = tf.reduce_mean(tf.abs(extractor(photograph)[-1]))
    slope = tape.gradient(deepest, photograph)
    assert np.isfinite(slope).all()
    assert np.any(slope)


def test_a_wrong_file_is_refused(tmp_path, vgg16):
    text = tmp_path / "text.h5"
    text.write_text("not HDF5")
    part = write_published_format(tmp_path / "part.h5", vgg16.layers[:5])
    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)
    for path, message in (
        (text, "neither a Keras nor an HDF5 file"),
        (part, r"is not a feature extractor \(0 of the file's 6 weights"),
        (other, "is not a feature extractor"),
    ):
        with pytest.raises(UserError, match=message):
            get_feature_extractor(str(path), "paper")
    with pytest.raises(UserError, match="no such feature extractor: vgg61; give imagenet"):
        get_feature_extractor("vgg61", "paper")
    with pytest.raises(ValueError, match="'leaked': one of paper, released"):
        get_feature_extractor("mobilenet_v2", "leaked")


def test_a_keras_3_weights_file(vgg16, photograph, tmp_path):
    path = tmp_path / "vgg16.weights.h5"
    vgg16.save_weights(path)
    found = get_feature_extractor(str(path), "released")(photograph)
    names = [f"block{i}_pool" for i in range(1, 6)]
    expect_taps(vgg16, names, photograph, found, sides=[64, 32, 16, 8, 4])


def test_imagenet_is_the_file_in_model_zoo(vgg16_file, photograph, monkeypatch, tmp_path):
    monkeypatch.setattr(feature_extractor, "VGG16_WEIGHTS", vgg16_file)
    found = get_feature_extractor("imagenet", "paper")(photograph)
    expected = get_feature_extractor(str(vgg16_file), "paper")(photograph)
    np.testing.assert_array_equal(found[-1], expected[-1])
    monkeypatch.setattr(feature_extractor, "VGG16_WEIGHTS", tmp_path / "missing.h5")
    with pytest.raises(UserError, match="missing.h5; .*model_zoo/download.py vgg16"):
        get_feature_extractor("imagenet", "paper")
