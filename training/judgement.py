"""The discriminator's word on the swaps: one forward and one backward pass for both players.

The generator wants the slope of its adversarial term at each swap, the discriminator that of its
own term at its weights. Both run back through the same network from one logit an image, and what
comes back to an image is proportional to what its logit was given: a pass for the discriminator's
term, scaled image by image, is a pass for the generator's.
"""

from typing import NamedTuple

import tensorflow as tf

from facedancer.losses.facts import Verdict
from facedancer.losses.objective import logit_objectives

from .networks import Game
from .player import sum_over_replicas

# Where an image's logit is past the hinge, the discriminator's slope is 0 and cannot be scaled.
# This much of the generator's takes its place, so little that float32's rounding hides it, whatever
# the two weights are; the backward pass is linear, so its digits do not depend on how little.
_FLOOR = 2.0**-40


class Judgement(NamedTuple):
    """What both players need of D(X_c) on this replica.

    Attributes:
        verdict: the logits ``[B, 1]`` float32, as the objectives' rows read them.
        pull: the slope of the generator's share at the swaps, ``[B, S, S, 3]``.
        gradients: the slope of the discriminator's share at its variables, of its rows of fakes.
    """

    verdict: Verdict
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
    verdict = Verdict(logits, game.profile, sum_over_replicas)
    generator_slope, discriminator_slope = _logit_slopes(game, verdict)
    if player.loss_scale:
        # float16 has no room for such factors: two passes.
        pull = tape.gradient(logits, changed, generator_slope)
        return Judgement(verdict, pull, player.gradients(tape, logits, discriminator_slope))
    least = _FLOOR * tf.abs(generator_slope)
    seed = tf.where(tf.abs(discriminator_slope) < least, least, discriminator_slope)
    *gradients, slope = tape.gradient(logits, [*player.variables, changed], seed)
    factor = tf.math.divide_no_nan(generator_slope, seed)
    return Judgement(verdict, slope * factor[:, :, None, None], gradients)


def _logit_slopes(game: Game, verdict: Verdict) -> tuple[tf.Tensor, tf.Tensor]:
    """The slopes ``[B, 1]`` of both players' shares at the logits: 0 where no row reads them."""
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch(verdict.logits)
        generator, discriminator = logit_objectives(game.weights, verdict)
        shares = game.generator.share(generator), game.discriminator.share(discriminator)
    zero = tf.UnconnectedGradients.ZERO
    generator_slope, discriminator_slope = (
        tape.gradient(share, verdict.logits, unconnected_gradients=zero) for share in shares
    )
    return generator_slope, discriminator_slope
