"""One pass through the discriminator gives both players what two would."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses import objective
from facedancer.losses.adversarial import discriminator_fake_loss, generator_adversarial_loss
from facedancer.losses.facts import Verdict
from facedancer.losses.terms import LogitTerm
from facedancer.training.gradients import judge
from facedancer.training.networks.trained import build_networks


def tilt(verdict):
    """A row whose slope differs from image to image, in its sign too."""
    return tf.reduce_sum(tf.constant([[0.1], [-0.2], [0.0], [-0.4]]) * verdict.logits)


@pytest.mark.parametrize(
    ("profile", "precision", "more_rows", "is_tiny", "tolerance"),
    [
        ("paper", "float32", False, False, 1e-5),
        ("released", "float32", False, True, 1e-5),
        ("paper", "float32", True, True, 1e-5),
        # float16 takes two passes, so rounding is all that differs.
        ("paper", "mixed_float16", True, True, 1e-2),
    ],
)
def test_it_equals_a_pass_for_each_player(
    request,
    small_config,
    strategies,
    monkeypatch,
    profile,
    precision,
    more_rows,
    is_tiny,
    tolerance,
):
    if is_tiny:
        request.getfixturevalue("tiny_networks")
    if more_rows:
        for table in ("GENERATOR_TERMS", "DISCRIMINATOR_TERMS"):
            row = LogitTerm("tilt", 1.0, None, tilt)
            monkeypatch.setattr(objective, table, (*getattr(objective, table), row))
    config = dataclasses.replace(small_config, loss_profile=profile, precision=precision)
    networks = build_networks(config, strategies(1))
    images = tf.random.stateless_uniform([4, 64, 64, 3], [1, 2], -1.0, 1.0)
    images *= tf.constant([0.1, 1.0, 2.0, 4.0])[:, None, None, None]
    network = networks.discriminator.network
    # Some of the images are past the hinge, some are not.
    middle = float(tf.reduce_mean(network(images)))
    network.get_layer("logit").bias.assign([-1.0 - middle])

    def two_passes(images):
        variables = networks.discriminator.variables
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(images)
            logits = networks.discriminator.form(images, training=True)
            pulled = generator_adversarial_loss(logits, profile)
            fake = discriminator_fake_loss(logits, profile)
            if more_rows:
                pulled, fake = (term + tilt(Verdict(logits, profile)) for term in (pulled, fake))
            pulled, fake = networks.generator.share(pulled), networks.discriminator.share(fake)
        return logits, tape.gradient(pulled, images), tape.gradient(fake, variables)

    def judged(images):
        judgement = judge(networks, images)
        return judgement.verdict.logits, judgement.pull, judgement.gradients

    def run(work):
        function = tf.function(lambda part: strategies(1).run(work, args=(part,)), autograph=False)
        return tf.nest.flatten(function(images))

    wanted, found = run(two_passes), run(judged)
    logits = wanted[0].numpy()
    assert (logits < -1).any()
    assert (logits > -1).any()
    # A bias before a normalisation has a slope of rounding alone: the largest weight's counts.
    largest = [np.abs(wanted[1]).max()] * 2 + [max(np.abs(x).max() for x in wanted[2:])] * (
        len(wanted) - 2
    )
    for one, other, scale in zip(found, wanted, largest, strict=True):
        assert np.isfinite(other).all()
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)
    # Every image is pulled, those past the hinge too.
    assert (tf.reduce_max(tf.abs(found[1]), [1, 2, 3]).numpy() > 0).all()
