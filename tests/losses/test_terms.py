"""Each term against a NumPy computation of its own, written from the formula, in both profiles."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.adversarial import (
    discriminator_fake_loss,
    discriminator_real_loss,
    generator_adversarial_loss,
)
from facedancer.losses.identity import identity_loss
from facedancer.losses.ifsr import ifsr_distances, ifsr_loss
from facedancer.losses.margins import MARGINS, format_margins, parse_margins
from facedancer.losses.perceptual import perceptual_loss
from facedancer.losses.reconstruction import cycle_loss, reconstruction_loss
from facedancer.utils.errors import UserError

PROFILES = ("paper", "released")
LOGITS = np.array([[-30.0], [-1.5], [0.0], [0.7], [2.0], [40.0]])


def images(seed, batch=4):
    return np.random.default_rng(seed).uniform(-1, 1, (batch, 8, 8, 3)).astype(np.float32)


def per_image_l1(a, b):
    return np.abs(a.astype(np.float64) - b).reshape(len(a), -1).mean(1)


def cosine(a, b):
    a, b = a.reshape(-1).astype(np.float64), b.reshape(-1).astype(np.float64)
    return a @ b / np.sqrt(a @ a * (b @ b))


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16, tf.float16])
@pytest.mark.parametrize(
    ("loss", "profile", "formula"),
    [
        (generator_adversarial_loss, "paper", lambda d: -d),
        (generator_adversarial_loss, "released", lambda d: np.logaddexp(0, -d)),
        (discriminator_real_loss, "paper", lambda d: np.maximum(0, 1 - d)),
        (discriminator_real_loss, "released", lambda d: np.logaddexp(0, -d)),
        (discriminator_fake_loss, "paper", lambda d: np.maximum(0, 1 + d)),
        (discriminator_fake_loss, "released", lambda d: np.logaddexp(0, d)),
    ],
)
def test_adversarial(loss, profile, formula, dtype):
    logits = tf.cast(LOGITS, dtype)
    found = loss(logits, profile)
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, formula(logits.numpy().astype(float)).mean(), rtol=1e-5)


@pytest.mark.parametrize(
    ("profile", "same", "formula"),
    [
        ("paper", [1, 0, 0, 1], lambda d: (d[0] + d[3]) / 2),
        ("released", [1, 0, 0, 1], lambda d: (d[0] + d[3]) / 2.001 / 2),
        ("paper", [0, 0, 0, 0], lambda d: 0),
        ("released", [0, 0, 0, 0], lambda d: 0),
    ],
)
def test_reconstruction(profile, same, formula):
    target, changed = images(0), images(1)
    found = reconstruction_loss(target, changed, tf.constant(same, tf.float32), profile)
    np.testing.assert_allclose(found, formula(per_image_l1(target, changed)), rtol=1e-5)


def test_released_reconstruction_is_clipped_after_halving():
    target, flags = tf.zeros([1, 4, 4, 3]), tf.ones([1])
    for distance, expected in [(8.0, 8 / 1.001 / 2), (12.0, 5.0)]:
        found = reconstruction_loss(target, target + distance, flags, "released")
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(reconstruction_loss(target, target + 12, flags, "paper"), 12)


def test_cycle():
    target, cycled = images(0), images(1)
    found = cycle_loss(target, tf.cast(cycled, tf.float32))
    np.testing.assert_allclose(found, per_image_l1(target, cycled).mean(), rtol=1e-5)


def test_identity():
    source, changed = np.random.default_rng(0).normal(size=(2, 4, 16)).astype(np.float32)
    expected = np.mean([1 - cosine(a, b) for a, b in zip(source, changed, strict=True)])
    np.testing.assert_allclose(identity_loss(source, changed), expected, rtol=1e-5)
    np.testing.assert_allclose(identity_loss(source, 3 * source), 0, atol=1e-6)


def feature_maps(noise, batch=3):
    """Codes of two pictures whose cosine distances lie on both sides of the margins."""
    rng = np.random.default_rng(0)
    target, changed = {}, {}
    for block in MARGINS:
        target[block] = rng.normal(size=(batch, 4, 4, 8)).astype(np.float32)
        strength = noise * rng.uniform(0, 1, (batch, 1, 1, 1))
        difference = strength * rng.normal(size=target[block].shape)
        changed[block] = (target[block] + difference).astype(np.float32)
    return target, changed


def test_margins_are_the_released_ones():
    # Deepest first: 0-based blocks 12 to 2 of the encoder's 3 + 4 + 6 + 3.
    blocks = [f"conv{2 + s}_block{b + 1}_out" for s, n in enumerate((3, 4, 6, 3)) for b in range(n)]
    assert list(MARGINS) == blocks[2:13][::-1]
    assert list(MARGINS.values()) == [
        0.121357, 0.128827, 0.117972, 0.109391, 0.097296, 0.089046,
        0.044928, 0.048719, 0.047487, 0.047970, 0.035144,
    ]  # fmt: skip


@pytest.mark.parametrize("scale", [0.6, 1.2])
@pytest.mark.parametrize("profile", PROFILES)
def test_ifsr(profile, scale):
    target, changed = feature_maps(noise=0.8)
    distances = np.array(
        [
            [1 - cosine(a, b) for a, b in zip(target[block], changed[block], strict=True)]
            for block in MARGINS
        ]
    )
    margins = scale * np.array(list(MARGINS.values()))
    beyond = distances - margins[:, None]
    # Both sides of the hinge, within a block too: otherwise the profiles would not differ.
    assert np.any((beyond < 0).any(1) & (beyond > 0).any(1))
    if profile == "paper":
        expected = np.maximum(beyond, 0).mean(1).sum()
    else:
        expected = np.maximum(beyond.mean(1), 0).sum()
    np.testing.assert_allclose(ifsr_loss(target, changed, profile, scale), expected, rtol=1e-4)
    np.testing.assert_allclose(ifsr_distances(target, changed), distances.T, atol=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
def test_ifsr_with_margins_of_one_s_own(profile):
    target, changed = feature_maps(noise=0.8)
    block = "conv3_block1_out"
    d = [1 - cosine(a, b) for a, b in zip(target[block], changed[block], strict=True)]
    margin = float(np.median(d)) / 2
    hinges = [max(value - 2 * margin, 0) for value in d]
    assert max(hinges) > 0
    expected = np.mean(hinges) if profile == "paper" else max(np.mean(d) - 2 * margin, 0)
    found = ifsr_loss(target, changed, profile, 2.0, margins={block: margin})
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_margins_as_text():
    assert parse_margins(format_margins(MARGINS), MARGINS) == MARGINS
    for entries, message in [
        (["conv1=0.1"], "no such block for a margin: 'conv1=0.1'"),
        (["conv3_block1_out"], "is not a margin"),
        (["conv3_block1_out=2.5"], "is 0 to 2"),
        (["conv3_block1_out=nan"], "is 0 to 2"),
        (["conv3_block1_out=0.1", "conv3_block1_out=0.1"], "two margins"),
    ]:
        with pytest.raises(UserError, match=message):
            parse_margins(entries, MARGINS)


@pytest.mark.parametrize("profile", PROFILES)
def test_ifsr_pulls_only_beyond_the_margin(profile):
    for noise, pulls in [(0.1, False), (2.0, True)]:
        target, changed = feature_maps(noise)
        changed = {block: tf.constant(features) for block, features in changed.items()}
        with tf.GradientTape() as tape:
            tape.watch(changed)
            loss = ifsr_loss(target, changed, profile)
        # A maximum, not the minimum that eq. 2 prints: never negative, 0 within the margin.
        assert (loss > 0) == pulls
        slopes = tape.gradient(loss, changed).values()
        assert any(np.any(slope) for slope in slopes) == pulls


class Extractor:
    """Five maps of an image, and a count of the images that passed."""

    def __init__(self):
        self.passed = []

    def __call__(self, batch):
        self.passed.append(batch.shape[0])
        return [tf.nn.avg_pool2d(batch, side, side, "VALID") * side for side in (1, 2, 3, 4, 8)]


@pytest.mark.parametrize("profile", PROFILES)
def test_perceptual(profile):
    target, changed, extractor = images(0, batch=5), images(1, batch=5), Extractor()
    same = tf.constant([0.0, 1.0, 0.0, 1.0, 1.0])
    found = perceptual_loss(target, changed, same, extractor, profile)
    assert extractor.passed == [3, 3], "only same pairs go through the extractor"
    distances = sum(
        per_image_l1(a.numpy(), b.numpy())
        for a, b in zip(Extractor()(target), Extractor()(changed), strict=True)
    )
    total = distances[[1, 3, 4]].sum()
    expected = {"paper": total / 3, "released": 0.85 * total / 3.001}[profile]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("profile", PROFILES)
def test_perceptual_within_a_function_of_unknown_batch(profile):
    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3])] * 2 + [tf.TensorSpec([None])])
    def loss_and_gradient(target, changed, same):
        with tf.GradientTape() as tape:
            tape.watch(changed)
            loss = perceptual_loss(target, changed, same, Extractor(), profile)
        return loss, tf.convert_to_tensor(tape.gradient(loss, changed))

    target, changed = images(0), images(1)
    for same, rows_that_learn in [
        ([0, 0, 0, 0], []),
        ([0, 0, 1, 0], [2]),
        ([1, 1, 1, 1], [0, 1, 2, 3]),
    ]:
        loss, slope = loss_and_gradient(target, changed, tf.constant(same, tf.float32))
        assert (loss > 0) == bool(rows_that_learn)
        assert np.isfinite(slope).all()
        assert np.flatnonzero(np.any(slope, axis=(1, 2, 3))).tolist() == rows_that_learn


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16])
@pytest.mark.parametrize("profile", PROFILES)
def test_half_precision_inputs_give_float32_losses(profile, dtype):
    a, b = tf.cast(images(0), dtype), tf.cast(images(1), dtype)
    target, changed = feature_maps(noise=2.0)
    target, changed = (
        {block: tf.cast(features, dtype) for block, features in codes.items()}
        for codes in (target, changed)
    )
    same = tf.constant([1, 0, 1, 0])
    computed = {
        "reconstruction": lambda cast: reconstruction_loss(cast(a), cast(b), same, profile),
        "perceptual": lambda cast: perceptual_loss(cast(a), cast(b), same, Extractor(), profile),
        "cycle": lambda cast: cycle_loss(cast(a), cast(b)),
        "identity": lambda cast: identity_loss(cast(a), cast(b)),
        "ifsr": lambda cast: ifsr_loss(
            *({k: cast(v) for k, v in codes.items()} for codes in (target, changed)), profile
        ),
    }
    for name, loss in computed.items():
        found = loss(tf.identity)
        assert found.dtype == tf.float32, name
        # The extractor itself runs in the images' precision.
        tolerance = 1e-2 if name == "perceptual" else 1e-5
        expected = loss(lambda x: tf.cast(x, tf.float32))
        np.testing.assert_allclose(found, expected, rtol=tolerance, err_msg=name)
