"""Tests what the stand-in promises: always the same weights, and embeddings that spread."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.small_encoder import get_small_encoder
from facedancer.utils.alignment import align_face
from facedancer.utils.images import read_image, uint8_to_signed

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
# Two persons; their landmarks as the detector finds them, to the pixel.
FACES = {
    "eileen_collins/astronaut.png": [(204, 100), (247, 103), (223, 129), (202, 138), (244, 140)],
    "grace_hopper/grace_hopper.jpg": [(218, 187), (303, 186), (259, 247), (231, 273), (299, 272)],
}


@pytest.fixture(scope="module")
def encoder():
    return get_small_encoder()


@pytest.fixture(scope="module")
def crops():
    return [
        align_face(read_image(PHOTOS / name), np.array(landmarks, np.float32), 112)[0]
        for name, landmarks in FACES.items()
    ]


def embeddings(encoder, images):
    """Unit vectors, ``[B, 512]``."""
    raw = encode(encoder, uint8_to_signed(np.stack(images)))["embedding"].numpy()
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def shifted(crop):
    return cv2.warpAffine(crop, np.float32([[1, 0, 1], [0, 1, 1]]), (112, 112), borderMode=1)


def rotated(crop):
    turn = cv2.getRotationMatrix2D((55.5, 55.5), 3, 1.0)
    return cv2.warpAffine(crop, turn, (112, 112), borderMode=1)


def darkened(crop):
    return (crop * 0.8).astype(np.uint8)


def compressed(crop):
    return cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], 1)


def test_persons_differ(encoder, crops):
    first, second = embeddings(encoder, crops)
    assert first @ second < 0.7


@pytest.mark.parametrize("augment", [shifted, rotated, darkened, compressed])
def test_small_changes_move_little(encoder, crops, augment):
    before = embeddings(encoder, crops)
    after = embeddings(encoder, [augment(crop) for crop in crops])
    assert (before * after).sum(axis=1).min() > 0.95


def test_entries_are_of_unit_scale(encoder, crops):
    raw = encode(encoder, uint8_to_signed(np.stack(crops)))["embedding"].numpy()
    assert 0.8 < raw.std() < 1.2


@pytest.mark.parametrize(
    ("path", "sum_of_magnitudes", "first"),
    [
        ("conv1_conv/kernel", 88.540288, -0.0928433),
        ("conv4_block6_1_conv/kernel", 605.901847, 0.0988150),
        ("embedding/kernel", 11310.946903, 0.0714636),
    ],
)
def test_weights_never_change(encoder, path, sum_of_magnitudes, first):
    """Generators trained with the stand-in rely on these very weights."""
    values = {v.path: v.numpy().astype(np.float64) for v in encoder.weights}[path]
    assert np.abs(values).sum() == pytest.approx(sum_of_magnitudes, rel=1e-6)
    assert values.flat[0] == pytest.approx(first, rel=1e-5)
