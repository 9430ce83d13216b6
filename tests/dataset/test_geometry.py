"""Random moves of a face: how far, mirrored or not, and that 0 is nothing."""

import numpy as np
import tensorflow as tf

from facedancer.dataset.geometry import move

SIDE = 64


def spot(x, y):
    """A picture with one bright place."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18.0)
    return tf.constant(np.repeat(light[..., None], 3, -1), tf.float32)


def places(image, strength=1.0, count=60):
    """Places of the light after each of some moves: ``[count, 2]``, x and y."""
    act = tf.function(lambda key: move(image, strength, key), autograph=False)
    moved = np.stack([act(tf.constant([3, n], tf.int64)) for n in range(count)])[..., 0]
    weight = moved / moved.sum((1, 2), keepdims=True)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.stack([(weight * columns).sum((1, 2)), (weight * rows).sum((1, 2))], 1)


def test_none_is_the_very_image():
    image = spot(20, 20)
    assert move(image, 0.0, tf.constant([1, 2], tf.int64)) is image


def test_the_middle_stays_within_the_shift():
    found = places(spot(31.5, 31.5)) - 31.5
    assert np.abs(found).max() < 0.03 * SIDE * 1.2
    assert found.std() > 0.5


def test_every_other_picture_is_mirrored():
    x = places(spot(16, 31.5))[:, 0]
    is_mirrored = x > 31.5
    assert 15 < is_mirrored.sum() < 45
    # 15.5 left of the middle, scaled by up to 8 % and shifted by up to 3 % of the side.
    assert np.abs(np.where(is_mirrored, 63 - x, x) - 16).max() < 4


def test_faces_turn_a_little_to_both_sides():
    y = places(spot(10, 31.5))[:, 1] - 31.5
    assert y.min() < -1 and y.max() > 1 and np.abs(y).max() < 6


def test_the_same_key_moves_all_pictures_alike():
    one, other = places(spot(20, 30), count=5), places(spot(24, 30), count=5)
    assert np.allclose(np.linalg.norm(one - other, axis=1), 4, atol=0.5)
