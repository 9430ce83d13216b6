"""The same face after real edits is near, another face is far; and no near pair is missed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.dataset.cleaning.perceptual_hash import (
    MAX_LOW_DISTANCE,
    near_pairs,
    perceptual_hash,
)
from facedancer.dataset.cleaning.settings import MAX_DISTANCE
from facedancer.utils.images import encode_image, read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"


def distances(one, other):
    """Bits that differ: of all, and of the lowest frequencies."""
    bits = np.bitwise_count(perceptual_hash(one) ^ perceptual_hash(other))
    return int(bits.sum()), int(bits[0])


def shifted(image, x, y):
    size = image.shape[1::-1]
    return cv2.warpAffine(image, np.float32([[1, 0, x], [0, 1, y]]), size, borderMode=1)


def compressed(image, quality):
    data = np.frombuffer(encode_image(image, ".jpg", quality), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def resized(image, scale):
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


EDITS = {
    "jpeg 50": lambda image: compressed(image, 50),
    "jpeg 20": lambda image: compressed(image, 20),
    "half": lambda image: resized(image, 0.5),
    "half and back": lambda image: resized(resized(image, 0.5), 2),
    "112 px": lambda image: resized(image, 112 / 256),
    "brighter": lambda image: cv2.convertScaleAbs(image, alpha=1.15),
    "darker": lambda image: cv2.convertScaleAbs(image, alpha=0.8),
    "grey": lambda image: np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, -1),
    "1 px": lambda image: shifted(image, 1, 0),
    "2 px": lambda image: shifted(image, 0, 2),
    "1 px both ways": lambda image: shifted(image, -1, 1),
}


@pytest.fixture(scope="module")
def faces():
    """The sample photographs' faces, aligned, 256 px."""
    from facedancer.retinaface.detector import load_detector
    from facedancer.utils.alignment import align_face

    detector = load_detector()
    images = [read_image(path) for path in sorted(PHOTOS.glob("*/*.[jp]*g"))]
    return [align_face(image, detector.detect(image)[0].landmarks, 256)[0] for image in images]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_near(faces, edit):
    for face in faces:
        all_bits, low_bits = distances(face, EDITS[edit](face))
        assert all_bits <= MAX_DISTANCE
        assert low_bits <= MAX_LOW_DISTANCE


def test_another_face_a_mirrored_one_and_a_flat_one_are_far(faces):
    one, other = faces
    for stranger in (other, EDITS["jpeg 50"](other), one[:, ::-1].copy(), np.full_like(one, 90)):
        assert distances(one, stranger)[0] > 2 * MAX_DISTANCE


def test_a_hash_is_255_bits_and_that_of_flat_colour_is_empty():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    hashed = perceptual_hash(noise)
    assert (hashed.shape, hashed.dtype) == ((4,), np.uint64)
    assert 100 < np.bitwise_count(hashed).sum() < 155
    assert not perceptual_hash(np.full((64, 64, 3), 200, np.uint8)).any()


def planted(count, flips, seed=0):
    """``count`` hashes, skewed as faces' are; the last tenth are copies but for ``flips`` bits."""
    rng = np.random.default_rng(seed)
    often = np.clip(0.5 + rng.normal(0, 0.15, 256), 0.05, 0.95)
    bits = rng.random((count, 256)) < often
    for row in range(count - count // 10, count):
        bits[row] = bits[rng.integers(0, count // 2)]
        bits[row, rng.choice(256, rng.integers(1, flips + 1), replace=False)] ^= True
    return np.unique(np.packbits(bits, axis=1).view(np.uint64), axis=0)


@pytest.mark.parametrize("block", [1 << 22, 999])
def test_no_near_pair_is_missed(monkeypatch, block):
    monkeypatch.setattr("facedancer.dataset.cleaning.perceptual_hash._BLOCK", block)
    hashes = planted(2000, flips=40)
    found = {}
    for one, other, distance in near_pairs(hashes, MAX_DISTANCE):
        found |= dict(zip(zip(one.tolist(), other.tolist(), strict=True), distance, strict=True))
    expected = {}
    for one in range(len(hashes)):
        bits = np.bitwise_count(hashes[one] ^ hashes[one + 1 :])
        near = (bits.sum(1) <= MAX_DISTANCE) & (bits[:, 0] <= MAX_LOW_DISTANCE)
        expected |= {(one, one + 1 + int(n)): bits[n].sum() for n in np.flatnonzero(near)}
    assert len(expected) > 50
    assert found == expected
