"""One training step of both players: each replica's gradients, and the step over all replicas."""

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.objective import discriminator_objective, generator_objective

from .game import Game
from .player import sum_over_replicas

Batch = Mapping[str, tf.Tensor]
Gradients = list[tf.Tensor]


def make_step_function(
    game: Game, strategy: tf.distribute.Strategy
) -> Callable[[Batch, tf.Tensor], dict[str, tf.Tensor]]:
    """The compiled step: (distributed batch, number of steps done) -> logged scalars.

    It updates both players once and returns, by log name, the raw loss terms of the global batch
    and the norm of both players' gradients.
    """

    # Nothing here needs AutoGraph, and its conversion takes a third of the tracing time.
    @tf.function(autograph=False)
    def step_function(batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        parts, generator_gradients, discriminator_gradients = strategy.run(
            lambda part: replica_gradients(game, part, step), args=(batch,)
        )
        # Every replica holds the same global value; take the first one's.
        scalars = {
            name: strategy.experimental_local_results(part)[0] for name, part in parts.items()
        }
        with strategy.scope():
            scalars["gradient_norm/generator"] = game.generator.update(generator_gradients)
            scalars["gradient_norm/discriminator"] = game.discriminator.update(
                discriminator_gradients
            )
        return scalars

    return step_function


def replica_gradients(
    game: Game, batch: Batch, step: tf.Tensor
) -> tuple[dict[str, tf.Tensor], Gradients, Gradients]:
    """One replica's work: raw loss terms of the global batch, and both players' summed gradients.

    Each loss is a scalar over the global batch, the same on every replica, so each replica
    differentiates its share, the loss divided by their number.

    Args:
        game: networks and rules.
        batch: this replica's part: ``target`` and ``source`` ``[B, S, S, 3]`` signed RGB, ``same``
            ``[B]`` float, 1 where both are one image.
        step: scalar integer, the number of steps done; it seeds the penalty's random numbers.
    """
    target, source, same = batch["target"], batch["source"], batch["same"]
    source_codes, target_codes = _encode_both(game.encoder, source, target)
    generator, discriminator = game.generator.network, game.discriminator.network

    # The tapes watch one player each: what the other's gradient would need is never recorded.
    with tf.GradientTape(watch_accessed_variables=False) as discriminator_tape:
        game.discriminator.watch(discriminator_tape)
        with tf.GradientTape(watch_accessed_variables=False) as generator_tape:
            game.generator.watch(generator_tape)
            changed = generator([target, source_codes["embedding"]], training=True)
            cycled = None
            if game.weights.cycle:
                cycled = generator([changed, target_codes["embedding"]], training=True)
            changed_logits = discriminator(changed, training=True)
            generator_loss, generator_parts = generator_objective(
                profile=game.profile,
                weights=game.weights,
                target=target,
                changed=changed,
                cycled=cycled,
                same=same,
                source_codes=source_codes,
                target_codes=target_codes,
                changed_codes=encode(game.encoder, changed),
                changed_logits=changed_logits,
                extractor=game.extractor,
                margin_scale=game.ifsr_scale,
                replica_sum=sum_over_replicas,
            )
            generator_share = game.generator.share(generator_loss)
        discriminator_loss, discriminator_parts = discriminator_objective(
            profile=game.profile,
            weights=game.weights,
            discriminator=discriminator,
            real=source,
            fake=tf.stop_gradient(changed),
            fake_logits=changed_logits,
            mix=_replica_mix(tf.shape(source)[0], game.seed, step),
            loss_scale=game.discriminator.scale,
            replica_sum=sum_over_replicas,
        )
        discriminator_share = game.discriminator.share(discriminator_loss)

    return (
        {**generator_parts, **discriminator_parts},
        game.generator.gradients(generator_tape, generator_share),
        game.discriminator.gradients(discriminator_tape, discriminator_share),
    )


def _encode_both(
    encoder: keras.Model, source: tf.Tensor, target: tf.Tensor
) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
    codes = encode(encoder, tf.concat([source, target], 0))
    count = tf.shape(source)[0]
    source_codes = {name: value[:count] for name, value in codes.items()}
    target_codes = {name: value[count:] for name, value in codes.items()}
    return source_codes, target_codes


def _replica_mix(count: tf.Tensor, seed: int, step: tf.Tensor) -> tf.Tensor:
    """This replica's slice of the global batch's ``[B]`` uniform numbers in [0, 1)."""
    context = tf.distribute.get_replica_context()
    numbers = tf.random.stateless_uniform(
        [context.num_replicas_in_sync * count], [seed, tf.cast(step, tf.int32)]
    )
    first = context.replica_id_in_sync_group * count
    return numbers[first : first + count]
