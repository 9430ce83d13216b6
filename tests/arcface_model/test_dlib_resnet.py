"""dlib's network: the same answers as dlib's own, the chip in our crop, gradients, 16 bits."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.dlib_resnet import (
    CHIP_LEFT,
    CHIP_SIDE,
    CHIP_TOP,
    CROP_SIDE,
    DLIB_SIZE,
    SCALE,
    get_dlib_encoder,
)
from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.interface import (
    block_names,
    check_blocks,
    dtype_policy,
    has_interface,
)
from facedancer.evaluation.encoders.packaged import DLIB
from facedancer.utils.alignment import similarity_transform, template
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

HERE = Path(__file__).parent
# Of the mean face of dlib's 68 points: the eyes' middles, the nose's tip, the mouth's corners.
MEAN_FACE = [
    *((0.2254918, 0.2159903), (0.7547613, 0.2159903)),
    *((0.490127, 0.515625), (0.254149, 0.780233), (0.726104, 0.780233)),
]
PADDING = 0.25


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(DLIB)


@pytest.fixture(scope="module")
def crops():
    """Crops that hold the recorded chips, and dlib's answers."""
    chips = runpy.run_path(HERE / "record_dlib.py")["chips"]()
    crops = np.full((len(chips), CROP_SIDE, CROP_SIDE, 3), 99, np.uint8)
    seen = CROP_SIDE - CHIP_TOP
    crops[:, CHIP_TOP:, CHIP_LEFT : CHIP_LEFT + CHIP_SIDE] = chips[:, :seen]
    return uint8_to_signed(crops), np.load(HERE / "dlib_answers.npy")


def test_answers_are_dlibs_own(encoder, crops):
    images, answers = crops
    embedding = encode(encoder, images)["embedding"].numpy()
    with np.load(DLIB.with_name("centre.npz")) as stored:
        own = embedding[:, :DLIB_SIZE] / SCALE + stored["mean"]
    np.testing.assert_allclose(own, answers, atol=1e-3)
    assert not embedding[:, DLIB_SIZE:].any()


def test_the_chip_lies_where_dlib_cuts_it():
    chip = (np.array(MEAN_FACE) + PADDING) / (1 + 2 * PADDING) * CHIP_SIDE - 0.5
    matrix = similarity_transform(template(CROP_SIDE), chip)
    centre = np.full(2, (CHIP_SIDE - 1) / 2)
    cut = centre + (CHIP_LEFT, CHIP_TOP)
    # At the chip's middle, within 0.7 px; and of the same size and upright.
    np.testing.assert_allclose(matrix[:, :2] @ cut + matrix[:, 2], centre, atol=0.7)
    np.testing.assert_allclose(matrix[:, :2], np.eye(2), atol=0.006)


def test_interface(encoder, crops):
    assert has_interface(encoder) and not encoder.trainable_variables
    missing = {"conv4_block4_out", "conv4_block5_out", "conv4_block6_out"}
    assert set(block_names(encoder)) == set(BLOCK_NAMES) - missing
    sides = {"conv2": 35, "conv3": 17, "conv4": 8, "conv5": 4}
    for name, features in encode(encoder, crops[0][:1]).items():
        if name != "embedding":
            assert features.shape[1] == sides[name.split("_")[0]]
    with pytest.raises(UserError, match="--flag names conv4_block6_out, which the encoder"):
        check_blocks(encoder, ["conv2_block1_out", "conv4_block6_out"], "--flag")


def test_gradients_reach_the_picture(encoder):
    images = tf.random.stateless_uniform([1, 64, 64, 3], [1, 2], -1.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(images)
        codes = encode(encoder, images)
        loss = tf.reduce_sum(codes["embedding"]) + tf.reduce_sum(codes["conv3_block4_out"])
    gradient = tape.gradient(loss, images).numpy()
    assert np.isfinite(gradient).all()
    # All that the chip shows, and nothing else.
    shown = np.abs(gradient[0]).sum(-1) > 0
    assert shown[16:, 8:56].all() and not shown[:10].any()


def test_in_16_bits(encoder, crops):
    with dtype_policy("mixed_bfloat16"):
        half = get_dlib_encoder()
    half.set_weights(encoder.get_weights())
    exact, rounded = (encode(one, crops[0])["embedding"].numpy() for one in (encoder, half))
    assert rounded.dtype == np.float32
    cosines = np.sum(exact * rounded, 1) / np.linalg.norm(exact, axis=1)
    np.testing.assert_array_less(0.995, cosines / np.linalg.norm(rounded, axis=1))
