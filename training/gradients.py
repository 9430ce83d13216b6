"""What one replica does with its part of a batch: all losses, and both players' gradients."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.facts import GeneratorFacts
from facedancer.losses.objective import discriminator_objective, generator_objective

from .judgement import judge
from .networks import Game
from .player import sum_over_replicas

Batch = Mapping[str, tf.Tensor]
Gradients = list[tf.Tensor]


def replica_gradients(
    game: Game, batch: Batch, step: tf.Tensor, number: tf.Tensor
) -> tuple[dict[str, tf.Tensor], dict[str, Gradients]]:
    """One replica's work: raw loss terms of the global batch, and each player's summed gradients.

    Each loss is a scalar over the global batch, the same on every replica, so each replica
    differentiates its share, the loss divided by their number.

    Args:
        game: networks and rules.
        batch: this replica's part: ``target`` and ``source`` ``[B, S, S, 3]`` signed RGB, ``same``
            ``[B]`` float, 1 where both are one image.
        step: scalar int64, the number of steps done; it decides whether the penalty is taken.
        number: scalar int64, the number of batches done; it seeds the penalty's random numbers.
    """
    target, source, same = batch["target"], batch["source"], batch["same"]
    source_codes, target_codes = _encode_both(game.encoder, source, target)
    generator = game.generator.network

    # The tapes watch one player each: what the other's gradient would need is never recorded.
    with tf.GradientTape(watch_accessed_variables=False) as generator_tape:
        game.generator.watch(generator_tape)
        changed = generator([target, source_codes["embedding"]], training=True)
        with generator_tape.stop_recording():
            judgement = judge(game, changed)
        facts = GeneratorFacts(
            profile=game.profile,
            target=target,
            changed=changed,
            cycle=lambda: generator([changed, target_codes["embedding"]], training=True),
            same=same,
            source_codes=source_codes,
            target_codes=target_codes,
            changed_codes=encode(game.encoder, changed),
            extractor=game.extractor,
            margin_scale=game.ifsr_scale,
            margins=game.ifsr_margins,
            replica_sum=sum_over_replicas,
        )
        generator_loss, generator_parts = generator_objective(
            game.weights, judgement.verdict, facts
        )
        generator_share = game.generator.share(generator_loss)
    generator_gradients = game.generator.gradients(
        generator_tape, [generator_share, changed], [tf.ones([]), judgement.pull]
    )

    # The penalty's passes keep the most. They wait, and take over the memory of all the above.
    with tf.control_dependencies([*generator_gradients, *judgement.gradients]):
        real = tf.identity(source)
    with tf.GradientTape(watch_accessed_variables=False) as discriminator_tape:
        game.discriminator.watch(discriminator_tape)
        discriminator_loss, discriminator_parts = discriminator_objective(
            game.weights,
            judgement.verdict,
            discriminator=game.discriminator.network,
            real=real,
            fake=tf.stop_gradient(changed),
            mix=_replica_mix(tf.shape(source)[0], game.seed, number),
            loss_scale=game.discriminator.scale,
            penalty_every=game.penalty_every,
            penalty_due=penalty_due(game, step),
        )
        discriminator_share = game.discriminator.share(discriminator_loss)
    real_gradients = game.discriminator.gradients(discriminator_tape, discriminator_share)
    discriminator_gradients = [
        fake + real for fake, real in zip(judgement.gradients, real_gradients, strict=True)
    ]

    gradients = {
        "generator": game.generator.sum_gradients(generator_gradients),
        "discriminator": game.discriminator.sum_gradients(discriminator_gradients),
    }
    return {**generator_parts, **discriminator_parts}, gradients


def penalty_due(game: Game, step: tf.Tensor) -> tf.Tensor:
    """Whether step ``step``, counted from 0, takes the gradient penalty."""
    return tf.equal(step % game.penalty_every, 0)


def _encode_both(
    encoder: keras.Model, source: tf.Tensor, target: tf.Tensor
) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
    codes = encode(encoder, tf.concat([source, target], 0))
    count = tf.shape(source)[0]
    source_codes = {name: value[:count] for name, value in codes.items()}
    target_codes = {name: value[count:] for name, value in codes.items()}
    return source_codes, target_codes


def _replica_mix(count: tf.Tensor, seed: int, number: tf.Tensor) -> tf.Tensor:
    """This replica's slice of the global batch's ``[B]`` uniform numbers in [0, 1)."""
    context = tf.distribute.get_replica_context()
    numbers = tf.random.stateless_uniform(
        [context.num_replicas_in_sync * count], [seed, tf.cast(number, tf.int32)]
    )
    first = context.replica_id_in_sync_group * count
    return numbers[first : first + count]
