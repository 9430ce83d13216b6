"""The loss of known answers, and that nothing of it is there without them."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.truth import truth_loss


def extractor(images):
    return [tf.nn.avg_pool2d(images, side, side, "VALID") * side for side in (1, 2, 4)]


def images(seed):
    return np.random.default_rng(seed).uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("profile", "scale", "offset"), [("paper", 1, 0), ("released", 0.85, 1e-3)]
)
def test_it_is_l1_and_features_of_the_answered_pairs(profile, scale, offset):
    answer, changed = images(0), images(1)
    found = truth_loss(answer, changed, tf.constant([0.0, 1.0, 0.0, 1.0]), extractor, profile)
    rows = [1, 3]
    pixels = np.abs(answer - changed).mean((1, 2, 3))[rows].mean()
    features = sum(
        np.abs(a - b).mean((1, 2, 3))[rows].sum()
        for a, b in zip(extractor(answer), extractor(changed), strict=True)
    )
    expected = pixels + 0.04 * scale * features / (2 + offset)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert truth_loss(answer, changed, tf.zeros([4]), extractor, profile) == 0


def test_only_answered_swaps_are_pulled():
    answer, changed = images(0), tf.constant(images(1))
    with tf.GradientTape() as tape:
        tape.watch(changed)
        loss = truth_loss(answer, changed, tf.constant([0.0, 0.0, 1.0, 0.0]), extractor, "paper")
    slope = tf.convert_to_tensor(tape.gradient(loss, changed))
    assert np.any(slope, axis=(1, 2, 3)).tolist() == [False, False, True, False]
