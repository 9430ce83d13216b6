"""Mirroring and jitter: the same draws for the same step, others for another, ranges kept."""

import numpy as np
import tensorflow as tf

from facedancer.training.supervised.augmentation import jitter, mirror_some

FACES = tf.random.stateless_uniform([16, 24, 24, 3], [1, 2])


def step(number):
    return tf.constant(number, tf.int64)


def test_the_same_step_gives_the_same_pictures_and_another_step_others():
    first, again = jitter(FACES, 0.7, 3, step(5)), jitter(FACES, 0.7, 3, step(5))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - jitter(FACES, 0.7, 3, step(6))).max() > 0.1
    assert np.abs(first - jitter(FACES, 0.7, 4, step(5))).max() > 0.1


def test_strength_is_how_far_a_picture_is_changed():
    assert jitter(FACES, 0.0, 0, step(0)) is FACES
    weak, strong = (np.abs(jitter(FACES, s, 0, step(0)) - FACES).mean() for s in (0.1, 1.0))
    assert 0 < weak < strong


def test_range_is_kept_at_full_strength():
    black_and_white = tf.round(FACES)
    changed = jitter(black_and_white, 1.0, 0, step(0)).numpy()
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_a_plain_picture_stays_plain_but_for_the_patch():
    plain = jitter(tf.fill([64, 24, 24, 3], 0.5), 1.0, 0, step(2)).numpy()
    corner = plain[:, :1, :1]
    is_covered = (np.abs(plain - corner) > 1e-5).any((1, 2, 3))
    # One of two is covered at full strength; some patches are narrower than a pixel.
    assert 10 < is_covered.sum() < 50


def test_a_picture_is_moved_by_a_part_of_its_side_at_most():
    spot = np.zeros([32, 64, 64, 3], np.float32)
    spot[:, 31:33, 31:33] = 1
    moved = jitter(tf.constant(spot), 1.0, 0, step(0)).numpy().max(-1)
    places = np.array([np.unravel_index(picture.argmax(), picture.shape) for picture in moved])
    near = np.abs(places - 31.5).max(1) <= 0.06 * 64 + 1.5
    # A patch may be brighter than the spot, or lie on it.
    assert near.mean() > 0.5
    assert len(np.unique(places[near], axis=0)) > 4


def test_about_half_of_the_pictures_are_mirrored():
    mirrored, said = (tensor.numpy() for tensor in mirror_some(FACES, 0, step(0)))
    is_mirrored = np.array([(a != b).any() for a, b in zip(mirrored, FACES.numpy(), strict=True)])
    np.testing.assert_array_equal(said, is_mirrored)
    assert 3 <= is_mirrored.sum() <= 13
    np.testing.assert_array_equal(mirrored[is_mirrored], FACES.numpy()[is_mirrored, :, ::-1])
