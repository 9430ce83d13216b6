"""One pass through the discriminator gives both players what two would."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.adversarial import discriminator_fake_loss, generator_adversarial_loss
from facedancer.training.game import build_game
from facedancer.training.judgement import judge


@pytest.mark.parametrize(
    ("profile", "precision", "tolerance"),
    [
        ("paper", "float32", 1e-5),
        ("released", "float32", 1e-5),
        # float16 takes two passes, so rounding is all that differs.
        ("paper", "mixed_float16", 1e-2),
    ],
)
def test_it_equals_a_pass_for_each_player(small_config, strategies, profile, precision, tolerance):
    config = dataclasses.replace(small_config, loss_profile=profile, precision=precision)
    game = build_game(config, strategies(1))
    images = tf.random.stateless_uniform([4, 64, 64, 3], [1, 2], -1.0, 1.0)
    images *= tf.constant([0.1, 1.0, 2.0, 4.0])[:, None, None, None]
    network = game.discriminator.network
    # Some of the images are past the hinge, some are not.
    middle = float(tf.reduce_mean(network(images)))
    network.get_layer("logit").bias.assign([-1.0 - middle])

    def two_passes(images):
        variables = game.discriminator.variables
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(images)
            logits = network(images, training=True)
            pulled = game.generator.share(generator_adversarial_loss(logits, profile))
            fake = game.discriminator.share(discriminator_fake_loss(logits, profile))
        return logits, tape.gradient(pulled, images), tape.gradient(fake, variables)

    def run(work):
        function = tf.function(lambda part: strategies(1).run(work, args=(part,)), autograph=False)
        return tf.nest.flatten(function(images))

    wanted, found = run(two_passes), run(lambda part: tuple(judge(game, part)))
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
