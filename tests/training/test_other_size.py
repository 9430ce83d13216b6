"""A generator of one size that begins with the weights of another."""

import keras
import numpy as np

from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator

UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")


def build(side):
    return get_generator(UP_TYPES, mapping_depth=1, mapping_size=16, image_size=side, base_width=8)


def test_128_px_begin_with_the_weights_of_64(tmp_path):
    keras.utils.set_random_seed(3)
    small, large = build(64), build(128)
    small.save(tmp_path / "generator.keras")
    weights = load_keras_generator(tmp_path / "generator.keras").get_weights()
    assert [value.shape for value in weights] == [w.shape for w in large.get_weights()]
    large.set_weights(weights)
    # All but one stage see the same: a smooth picture of twice the side comes out alike.
    rows, columns = np.mgrid[:128, :128] / 127.0
    picture = np.stack([rows, columns, 1 - rows], -1)[None].astype(np.float32) - 0.5
    identity = np.random.default_rng(0).standard_normal((1, 512)).astype(np.float32)
    half = picture.reshape(1, 64, 2, 64, 2, 3).mean((2, 4))
    of_large = np.asarray(large([picture, identity]))
    of_small = np.asarray(small([half, identity]))
    assert of_large.shape == (1, 128, 128, 3)
    shrunk = of_large.reshape(1, 64, 2, 64, 2, 3).mean((2, 4))
    assert np.corrcoef(shrunk.ravel(), of_small.ravel())[0, 1] > 0.5
