"""One replica's part of a step: all losses of its part of a batch, and both players' gradients.

The discriminator judges the swaps once for both players. The generator wants the slope of its
adversarial term at each swap, the discriminator that of its own term at its weights. Both run back
through the same network from one logit an image, and what comes back to an image is proportional to
what its logit was given: a pass for the discriminator's term, scaled image by image, is a pass for
the generator's.
"""

import functools
from typing import NamedTuple

import keras
import tensorflow as tf

from facedancer.arcface_model.choices import LOSS_REGRESSORS
from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.face_regressor import SHAPE, SHAPE_ERROR, regress
from facedancer.losses.facts import GeneratorFacts, Verdict
from facedancer.losses.grey_gradient import grey_gradient
from facedancer.losses.objective import (
    discriminator_objective,
    generator_objective,
    logit_objectives,
)

from .asked_identities import (
    Batch,
    encode_each,
    given_codes,
    known_pictures,
    mixed_codes,
    second_embeddings,
    wanted_embedding,
)
from .encoder_view import encoder_view
from .networks.player import sum_over_replicas
from .networks.trained import TrainedNetworks

Gradients = list[tf.Tensor]

# Mean cosine of the swaps to their sources, which an adaptive margin scale follows.
SCALE_COSINE = "ifsr/cosine"

# Where an image's logit is past the hinge, the discriminator's slope is 0 and cannot be scaled.
# This much of the generator's takes its place, so little that float32's rounding hides it, whatever
# the two weights are; the backward pass is linear, so its digits do not depend on how little.
_FLOOR = 2.0**-40


def replica_gradients(
    networks: TrainedNetworks, batch: Batch, step: tf.Tensor, number: tf.Tensor
) -> tuple[dict[str, tf.Tensor], dict[str, Gradients]]:
    """One replica's work: raw loss terms of the global batch, and each player's summed gradients.

    Each loss is a scalar over the global batch, the same on every replica, so each replica
    differentiates its share, the loss divided by their number.

    Args:
        networks: with their rules.
        batch: this replica's part: ``target`` and ``source`` ``[B, S, S, 3]`` signed RGB, ``same``
            ``[B]`` float, 1 where both are one image. Where answers are known, ``answer`` and
            ``answered`` too, and of a generator that is given labels ``code`` and ``own_code``, see
            `make_dataset`.
        step: scalar int64, the number of steps done; it decides whether the penalty is taken.
        number: scalar int64, the number of batches done; it seeds the penalty's random numbers.
    """
    target, source, same = batch["target"], batch["source"], batch["same"]
    encode_all = networks.compiled(functools.partial(encode, networks.encoder))
    view = functools.partial(
        encoder_view, strength=networks.encoder_jitter, seed=networks.seed, number=number
    )
    # Encoders and regressors see the target in the views in which they see the swaps.
    batch = {**batch, "target": view(target)}
    known = known_pictures(networks, batch)
    source_codes, target_codes, *answer_codes = encode_each(encode_all, known)
    source_codes = mixed_codes(networks, batch, source_codes)
    generator = networks.compiled(networks.generator.form)

    # The tapes watch one player each: what the other's gradient would need is never recorded.
    with tf.GradientTape(watch_accessed_variables=False) as generator_tape:
        networks.generator.watch(generator_tape)
        changed = generator([target, given_codes(source_codes, batch.get("code"))], training=True)
        with generator_tape.stop_recording():
            judgement = judge(networks, changed)
        seen = view(grey_gradient(changed) if networks.grey_encoder_gradient else changed)
        facts = GeneratorFacts(
            profile=networks.profile,
            target=target,
            changed=changed,
            cycle=lambda: generator(
                [changed, given_codes(target_codes, batch.get("own_code"))], training=True
            ),
            same=same,
            source_codes=source_codes,
            target_codes=target_codes,
            changed_codes=encode_all(seen),
            extractor=networks.extractor,
            margin_scale=networks.margin_scale,
            margins=networks.ifsr_margins,
            is_relative=networks.ifsr_is_relative,
            answer=batch.get("answer"),
            answered=batch.get("answered"),
            shapes=lambda: _shapes(networks, source, seen),
            poses=lambda: _kept(networks, "pose", batch["target"], seen),
            expressions=lambda: _kept(networks, "expression", batch["target"], seen),
            wanted=wanted_embedding(batch, source_codes, target_codes, *answer_codes),
            second=second_embeddings(networks, batch, seen),
            late_features=lambda: _of_both(networks, networks.late_features, target, changed),
            attributes=lambda: _of_both(networks, networks.attributes, target, changed),
            replica_sum=sum_over_replicas,
        )
        generator_loss, generator_parts = generator_objective(
            networks.weights, judgement.verdict, facts
        )
        generator_share = networks.generator.share(generator_loss)
    generator_parts |= _scale_parts(networks, facts)
    generator_gradients = networks.generator.gradients(
        generator_tape, [generator_share, changed], [tf.ones([]), judgement.pull]
    )

    # The penalty's passes keep the most. They wait, and take over the memory of all the above.
    with tf.control_dependencies([*generator_gradients, *judgement.gradients]):
        real = tf.identity(source)
    with tf.GradientTape(watch_accessed_variables=False) as discriminator_tape:
        networks.discriminator.watch(discriminator_tape)
        discriminator_loss, discriminator_parts = discriminator_objective(
            networks.weights,
            judgement.verdict,
            discriminator=networks.compiled(networks.discriminator.form),
            penalised=networks.compiled(networks.discriminator.network),
            real=real,
            fake=tf.stop_gradient(changed),
            mix=_replica_mix(tf.shape(source)[0], networks.seed, number),
            loss_scale=networks.discriminator.scale,
            penalty_every=networks.penalty_every,
            penalty_due=penalty_due(networks, step),
        )
        discriminator_share = networks.discriminator.share(discriminator_loss)
    real_gradients = networks.discriminator.gradients(discriminator_tape, discriminator_share)
    discriminator_gradients = [
        fake + real for fake, real in zip(judgement.gradients, real_gradients, strict=True)
    ]

    gradients = {
        "generator": networks.generator.sum_gradients(generator_gradients),
        "discriminator": networks.discriminator.sum_gradients(discriminator_gradients),
    }
    return {**generator_parts, **discriminator_parts}, gradients


def _scale_parts(networks: TrainedNetworks, facts: GeneratorFacts) -> dict[str, tf.Tensor]:
    """The margin scale and what moves it, by log name; nothing where it stays."""
    if not networks.adaptive_scale:
        return {}
    embeddings = (codes["embedding"] for codes in (facts.source_codes, facts.changed_codes))
    cosine = networks.adaptive_scale.cosine(*embeddings, facts.same, facts.replica_sum)
    return {SCALE_COSINE: cosine, "ifsr/scale": facts.margin_scale}


def penalty_due(networks: TrainedNetworks, step: tf.Tensor) -> tf.Tensor:
    """True if step ``step``, counted from 0, takes the gradient penalty."""
    return tf.equal(step % networks.penalty_every, 0)


class Judgement(NamedTuple):
    """D(X_c) on this replica, as both players need it.

    Attributes:
        verdict: the logits ``[B, 1]`` float32, as the objectives' rows read them.
        pull: the slope of the generator's share at the swaps, ``[B, S, S, 3]``.
        gradients: the slope of the discriminator's share at its variables, of its rows of fakes.
    """

    verdict: Verdict
    pull: tf.Tensor
    gradients: list[tf.Tensor]


def judge(networks: TrainedNetworks, changed: tf.Tensor) -> Judgement:
    """Judges the swaps; the shares are scaled as `Player.share` scales them.

    Args:
        networks: with their rules.
        changed: the swaps, ``[B, S, S, 3]`` signed; to be called outside of the players' tapes.
    """
    player = networks.discriminator
    # Persistent for float16 alone; in a graph it costs nothing.
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        player.watch(tape)
        tape.watch(changed)
        logits = networks.compiled(player.form)(changed, training=True)
    verdict = Verdict(logits, networks.profile, sum_over_replicas)
    generator_slope, discriminator_slope = _logit_slopes(networks, verdict)
    if player.loss_scale:
        # float16 has no room for such factors: two passes.
        pull = tape.gradient(logits, changed, generator_slope)
        return Judgement(verdict, pull, player.gradients(tape, logits, discriminator_slope))
    least = _FLOOR * tf.abs(generator_slope)
    seed = tf.where(tf.abs(discriminator_slope) < least, least, discriminator_slope)
    *gradients, slope = tape.gradient(logits, [*player.variables, changed], seed)
    factor = tf.math.divide_no_nan(generator_slope, seed)
    return Judgement(verdict, slope * factor[:, :, None, None], gradients)


def _logit_slopes(networks: TrainedNetworks, verdict: Verdict) -> tuple[tf.Tensor, tf.Tensor]:
    """The slopes ``[B, 1]`` of both players' shares at the logits: 0 where no row reads them."""
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch(verdict.logits)
        generator, discriminator = logit_objectives(networks.weights, verdict)
        shares = networks.generator.share(generator), networks.discriminator.share(discriminator)
    zero = tf.UnconnectedGradients.ZERO
    generator_slope, discriminator_slope = (
        tape.gradient(share, verdict.logits, unconnected_gradients=zero) for share in shares
    )
    return generator_slope, discriminator_slope


def _shapes(
    networks: TrainedNetworks, source: tf.Tensor, changed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The source's and the swap's shape, and how far off such an answer is: see `shape_loss`."""
    tell = networks.compiled(functools.partial(regress, networks.regressors["shape"]))
    known, found = tell(source), tell(changed)
    return known[SHAPE], found[SHAPE], known[SHAPE_ERROR]


def _kept(
    networks: TrainedNetworks, what: str, target: tf.Tensor, changed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Asks a regressor what the target shows, and the swap, which should keep it."""
    tell = networks.compiled(functools.partial(regress, networks.regressors[what]))
    return tuple(tell(image)[LOSS_REGRESSORS[what]] for image in (target, changed))


def _of_both(
    networks: TrainedNetworks, network: keras.Model, target: tf.Tensor, changed: tf.Tensor
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """A network's maps of the target, and those of the swap."""
    tell = networks.compiled(lambda image: keras.tree.flatten(network(image, training=True)))
    return tell(target), tell(changed)


def _replica_mix(count: tf.Tensor, seed: int, number: tf.Tensor) -> tf.Tensor:
    """This replica's slice of the global batch's ``[B]`` uniform numbers in [0, 1)."""
    context = tf.distribute.get_replica_context()
    numbers = tf.random.stateless_uniform(
        [context.num_replicas_in_sync * count], [seed, tf.cast(number, tf.int32)]
    )
    first = context.replica_id_in_sync_group * count
    return numbers[first : first + count]
