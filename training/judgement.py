"""The discriminator's word on the swaps: one forward and one backward pass for both players.

The generator wants the slope of its adversarial term at each swap, the discriminator that of its
own term at its weights. Both run back through the same network from one logit an image, and what
comes back to an image is proportional to what its logit was given: a pass for the discriminator's
term, scaled image by image, is a pass for the generator's.
"""

from typing import NamedTuple

import tensorflow as tf

from facedancer.losses.adversarial import discriminator_fake_loss, generator_adversarial_loss

from .game import Game
from .player import sum_over_replicas

# Where an image's logit is past the hinge, the discriminator's slope is 0 and cannot be scaled.
# This much of the generator's takes its place, so little that float32's rounding hides it.
_FLOOR = 2.0**-24


class Judgement(NamedTuple):
    """What both players need of D(X_c) on this replica.

    Attributes:
        logits: ``[B, 1]`` float32.
        pull: the slope of the generator's share at the swaps, ``[B, S, S, 3]``.
        gradients: the slope of the discriminator's share at its variables, of its term of fakes.
    """

    logits: tf.Tensor
    pull: tf.Tensor
    gradients: list[tf.Tensor]


def judge(game: Game, changed: tf.Tensor) -> Judgement:
    """Judges the swaps; the shares are scaled as `Player.share` scales them.

    Args:
        game: networks and rules.
        changed: the swaps, ``[B, S, S, 3]`` signed; to be called outside of the players' tapes.
    """
    player = game.discriminator
    # Persistent for float16 alone; in a graph it costs nothing.
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        player.watch(tape)
        tape.watch(changed)
        logits = player.network(changed, training=True)
    generator_slope, discriminator_slope = _logit_slopes(game, logits)
    if player.loss_scale:
        # float16 has no room for such factors: two passes.
        pull = tape.gradient(logits, changed, generator_slope)
        return Judgement(logits, pull, player.gradients(tape, logits, discriminator_slope))
    least = _FLOOR * tf.abs(generator_slope)
    seed = tf.maximum(discriminator_slope, least)
    *gradients, slope = tape.gradient(logits, [*player.variables, changed], seed)
    factor = tf.math.divide_no_nan(generator_slope, seed)
    return Judgement(logits, slope * factor[:, :, None, None], gradients)


def _logit_slopes(game: Game, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The slopes ``[B, 1]`` of both players' shares at the logits."""
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch(logits)
        adversarial = generator_adversarial_loss(logits, game.profile, sum_over_replicas)
        fake = discriminator_fake_loss(logits, game.profile, sum_over_replicas)
        generator_share = game.generator.share(game.weights.adversarial * adversarial)
        discriminator_share = game.discriminator.share(fake)
    return tape.gradient(generator_share, logits), tape.gradient(discriminator_share, logits)
