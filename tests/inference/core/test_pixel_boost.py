"""Pixel boost: interleaved parts go through the generator and come back to their places."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.inference.core import pixel_boost
from facedancer.inference.core.boost_factor import choose_factor
from facedancer.inference.core.pixel_boost import boosted
from facedancer.networks.loading.generator import Generator
from facedancer.utils.errors import UserError

SIDE = 8


def add_first_number(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
    assert target.shape[1:] == (SIDE, SIDE, 3)
    return target + identity[:, 0, None, None, None]


def attend(target: tf.Tensor, identity: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return add_first_number(target, identity), tf.reduce_mean(target, -1)


GENERATOR = Generator(SIDE, "test", add_first_number, attend)


def faces(count: int, factor: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    side = factor * SIDE
    target = rng.uniform(-1, 1, (count, side, side, 3)).astype(np.float32)
    return target, rng.normal(size=(count, 512)).astype(np.float32)


@pytest.mark.parametrize("factor", [2, 4])
def test_every_pixel_comes_back_to_its_place(factor, monkeypatch):
    monkeypatch.setattr(pixel_boost, "_softened", lambda images, factor: images)
    larger = boosted(GENERATOR, factor)
    assert larger.image_size == factor * SIDE
    assert larger.description == f"test, pixel boost {factor}"
    target, identity = faces(3, factor)
    expected = target + identity[:, 0, None, None, None]
    np.testing.assert_array_equal(larger(target, identity), expected)
    changed, mask = larger.attend(target, identity)
    np.testing.assert_array_equal(changed, expected)
    np.testing.assert_allclose(mask, target.mean(-1), atol=1e-6)


def test_a_face_does_not_depend_on_others():
    """Not on the faces in its call, nor on how many calls they take."""
    target, identity = faces(9, 4)
    larger = boosted(GENERATOR, 4)
    together = larger(target, identity).numpy()
    for number in (0, 8):
        alone = larger(target[number : number + 1], identity[number : number + 1])
        np.testing.assert_array_equal(alone[0], together[number])
    assert larger.least_batch == 1


def test_the_parts_are_soft():
    """Every second pixel of a fine pattern is a picture that no area average gives."""
    stripes = np.zeros((1, 16, 16, 3), np.float32)
    stripes[:, :, ::2] = 1.0
    changed = boosted(GENERATOR, 2)(stripes, np.zeros((1, 512), np.float32)).numpy()
    assert np.ptp(changed[:, :, 3:-3]) < 0.5
    np.testing.assert_allclose(changed.mean(), 0.5, atol=1e-3)
    flat = np.full((1, 16, 16, 3), 0.3, np.float32)
    np.testing.assert_allclose(
        boosted(GENERATOR, 2)(flat, np.zeros((1, 512), np.float32)), flat, atol=1e-6
    )


def test_no_boost_is_the_generator_itself():
    assert boosted(GENERATOR, 1) is GENERATOR
    without = Generator(SIDE, "test", add_first_number)
    assert boosted(without, 2).attend is None


def test_small_generators_alone_are_boosted_by_default():
    assert [choose_factor("auto", side) for side in (64, 128, 256)] == [2, 1, 1]
    assert choose_factor("4", 256) == 4
    with pytest.raises(UserError, match="no pixel boost '3': use one of auto, 1, 2, 4"):
        choose_factor("3", 64)
