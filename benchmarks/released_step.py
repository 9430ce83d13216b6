"""The released code's schedule of work for one training step, from our own networks and losses.

It is the cost to beat, and lives here alone: `facedancer.training.gradients` computes the same loss
with less work. The identity encoder runs five times (source, target and changed for the identity;
target and changed again for IFSR), VGG16 on all pairs although only same pairs count, the generator
twice, the discriminator once on real and once on fake, R1 on every step. Two ordinary tapes record
all that is trainable, and Keras's optimizers apply the gradients.
"""

from collections.abc import Callable, Mapping

import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.adversarial import (
    discriminator_fake_loss,
    discriminator_real_loss,
    generator_adversarial_loss,
)
from facedancer.losses.distances import l1_distance
from facedancer.losses.gradient_penalty import gradient_penalty
from facedancer.losses.identity import identity_loss
from facedancer.losses.ifsr import ifsr_loss
from facedancer.losses.reconstruction import cycle_loss, reconstruction_loss
from facedancer.losses.reduction import flagged_mean
from facedancer.training.networks.trained import TrainedNetworks

PROFILE = "released"
_FEATURE_SCALE = 0.85

Batch = Mapping[str, tf.Tensor]


def make_released_step(networks: TrainedNetworks) -> Callable[[Batch], tf.Tensor]:
    """The released schedule as one compiled step: batch -> both players' losses ``[2]``.

    Args:
        networks: one replica's, in float32 and of the released profile, every term of it.
    """

    @tf.function
    def step(batch: Batch) -> tf.Tensor:
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            generator_loss, discriminator_loss = released_losses(networks, batch)
        for player, tape, loss in (
            (networks.generator, generator_tape, generator_loss),
            (networks.discriminator, discriminator_tape, discriminator_loss),
        ):
            variables = [variable.value for variable in player.network.trainable_variables]
            player.optimizer.apply(tape.gradient(loss, variables))
        return tf.stack([generator_loss, discriminator_loss])

    return step


def released_losses(networks: TrainedNetworks, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
    """Both players' losses of a batch as `facedancer.training.gradients.replica_gradients` has it.

    The values are those of our step's objectives; only the way to them differs.
    """
    target, source, same = batch["target"], batch["source"], batch["same"]
    generator, discriminator = networks.generator.network, networks.discriminator.network
    weights, encoder = networks.weights, networks.encoder

    source_identity = encode(encoder, source)["embedding"]
    target_identity = encode(encoder, target)["embedding"]
    changed = generator([target, source_identity], training=True)
    cycled = generator([changed, target_identity], training=True)
    changed_identity = encode(encoder, changed)["embedding"]
    target_maps, changed_maps = encode(encoder, target), encode(encoder, changed)
    fake_logits = discriminator(changed, training=True)

    generator_loss = (
        weights.adversarial * generator_adversarial_loss(fake_logits, PROFILE)
        + weights.identity * identity_loss(source_identity, changed_identity)
        + weights.reconstruction * reconstruction_loss(target, changed, same, PROFILE)
        + weights.perceptual * _perceptual_loss(networks, target, changed, same)
        + weights.cycle * cycle_loss(target, cycled)
        + weights.ifsr * ifsr_loss(target_maps, changed_maps, PROFILE, networks.ifsr_scale)
    )
    # The penalty's forward pass serves the real term too: the spec counts one.
    penalty, real_logits = gradient_penalty(discriminator, source, PROFILE)
    discriminator_loss = (
        discriminator_real_loss(real_logits, PROFILE)
        + discriminator_fake_loss(fake_logits, PROFILE)
        + weights.gradient_penalty * penalty
    )
    return generator_loss, discriminator_loss


def _perceptual_loss(
    networks: TrainedNetworks, target: tf.Tensor, changed: tf.Tensor, same: tf.Tensor
) -> tf.Tensor:
    maps = zip(networks.extractor(target), networks.extractor(changed), strict=True)
    values = _FEATURE_SCALE * tf.add_n([l1_distance(a, b) for a, b in maps])
    return flagged_mean(values, same, PROFILE)
