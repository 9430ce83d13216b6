"""The encoder that sees a face and its mirror image: what it gives, and that it is an encoder."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.folding import fold_normalisations
from facedancer.arcface_model.interface import block_names, has_interface, input_side
from facedancer.arcface_model.low_precision import in_bfloat16
from facedancer.arcface_model.mirrored import with_mirror
from facedancer.utils.weights.half_precision import pack

SIDE = 32


@pytest.fixture(scope="module")
def plain():
    backbone = get_backbone("compact", SIDE)
    backbone(faces(8), training=True)
    return finished("compact", SIDE, backbone)


@pytest.fixture(scope="module")
def mirrored(plain):
    return with_mirror(plain)


def faces(count=3):
    return np.random.default_rng(0).uniform(0, 1, (count, SIDE, SIDE, 3)).astype(np.float32)


def test_its_embedding_is_the_sum_of_both_and_its_blocks_are_the_faces(plain, mirrored):
    expected, other = (plain(view, training=False) for view in (faces(), faces()[:, :, ::-1]))
    codes = mirrored(faces(), training=False)
    both = expected["embedding"] + other["embedding"]
    np.testing.assert_allclose(codes["embedding"], both, rtol=1e-5, atol=1e-5)
    for name in block_names(plain):
        np.testing.assert_allclose(codes[name], expected[name], rtol=1e-5, atol=1e-5)
    assert np.abs(other["embedding"] - expected["embedding"]).max() > 0.1


def test_it_is_an_encoder_in_a_file_of_either_precision(plain, mirrored, tmp_path):
    assert has_interface(mirrored)
    assert input_side(mirrored) == SIDE
    mirrored.save(tmp_path / "encoder.keras")
    pack(tmp_path / "encoder.keras", tmp_path / "half.keras")
    signed = faces() * 2 - 1
    expected = encode(mirrored, signed)["embedding"]
    for name, tolerance in (("encoder.keras", 1e-5), ("half.keras", 0.05)):
        found = encode(load_encoder(tmp_path / name), signed)["embedding"]
        np.testing.assert_allclose(found, expected, atol=tolerance)
    # A training may begin with it: its weights are the network's, in the same order.
    weights = load_encoder(tmp_path / "encoder.keras").get_weights()
    for found, one in zip(weights, plain.get_weights(), strict=True):
        np.testing.assert_array_equal(found, one)


def test_a_training_can_take_it_too(mirrored):
    expected = mirrored(faces(), training=False)["embedding"].numpy()
    for prepare, least in ((fold_normalisations, 0.99999), (in_bfloat16, 0.99)):
        prepared = prepare(mirrored)
        images = tf.constant(faces())
        with tf.GradientTape() as tape:
            tape.watch(images)
            found = tf.cast(prepared(images, training=False)["embedding"], tf.float32)
        assert np.corrcoef(found.numpy().ravel(), expected.ravel())[0, 1] > least
        assert np.abs(tape.gradient(found, images)).max() > 0
    assert keras.config.dtype_policy().name == "float32"
