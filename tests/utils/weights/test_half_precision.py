import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.small_encoder import get_small_encoder
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.half_precision import pack


@pytest.fixture
def generator(tmp_path):
    keras.utils.set_random_seed(0)
    model = get_generator(["affa"] * 5 + ["concat"], 1, 16, image_size=64, base_width=4)
    model.save(tmp_path / "generator.keras")
    return model


def test_a_generator_is_half_as_large_and_answers_alike(generator, tmp_path):
    packed = tmp_path / "packed" / "generator.keras"
    pack(tmp_path / "generator.keras", packed)
    with zipfile.ZipFile(tmp_path / "generator.keras") as before, zipfile.ZipFile(packed) as after:
        assert before.namelist() == after.namelist()
    loaded = load_keras_generator(packed)
    for ours, theirs in zip(generator.weights, loaded.weights, strict=True):
        assert theirs.dtype == "float32"
        half = ours.numpy().astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(theirs.numpy(), half)
    size = 4 * generator.count_params()
    saved = (tmp_path / "generator.keras").stat().st_size - packed.stat().st_size
    assert saved > 0.45 * size
    swapped = load_generator(packed)(tf.zeros([1, 64, 64, 3]), tf.ones([1, 512]))
    assert swapped.dtype == tf.float32


def test_an_encoder_is_read_as_ever(tmp_path):
    get_small_encoder().save(tmp_path / "encoder.keras")
    pack(tmp_path / "encoder.keras", tmp_path / "half.keras")
    images = tf.random.stateless_uniform([2, 64, 64, 3], (0, 0), -1.0, 1.0)
    before, after = (
        encode(load_encoder(tmp_path / name), images)["embedding"].numpy()
        for name in ("encoder.keras", "half.keras")
    )
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(before, after, atol=0.01 * np.abs(before).max())


def test_the_same_weights_give_the_same_bytes(generator, tmp_path):
    for name in ("a", "b"):
        pack(tmp_path / "generator.keras", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_weights_beyond_float16_are_refused(generator, tmp_path):
    variable = generator.weights[0]
    variable.assign(tf.fill(variable.shape, 1e5))
    generator.save(tmp_path / "large.keras")
    with pytest.raises(UserError, match="values outside the range of float16"):
        pack(tmp_path / "large.keras", tmp_path / "packed" / "generator.keras")
    assert not (tmp_path / "packed").exists()
