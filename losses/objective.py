"""The whole objective of both players: every term, its weight, their sum (paper eq. 7)."""

import dataclasses
import math
from collections.abc import Callable, Mapping

import tensorflow as tf

from .adversarial import (
    discriminator_fake_loss,
    discriminator_real_loss,
    generator_adversarial_loss,
)
from .gradient_penalty import gradient_penalty, penalised_images
from .identity import identity_loss
from .ifsr import MARGIN_SCALE, MARGINS, ifsr_loss
from .perceptual import Extractor, perceptual_loss
from .profiles import is_released
from .reconstruction import cycle_loss, reconstruction_loss
from .reduction import ReplicaSum

# The name a term is logged under, its weight, and how to compute it.
_Term = tuple[str, float, Callable[[], tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class LossWeights:
    """The weight of each term; 0 leaves the term out, work included. Defaults: the paper's."""

    adversarial: float = 1.0
    identity: float = 10.0
    reconstruction: float = 5.0
    perceptual: float = 0.2
    cycle: float = 1.0
    ifsr: float = 1.0
    gradient_penalty: float = 10.0

    def __post_init__(self) -> None:
        for name, weight in dataclasses.asdict(self).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight of {name} must be finite and not negative: {weight}")


def generator_objective(
    *,
    profile: str,
    weights: LossWeights,
    target: tf.Tensor,
    changed: tf.Tensor,
    cycled: tf.Tensor | None,
    same: tf.Tensor,
    source_codes: Mapping[str, tf.Tensor],
    target_codes: Mapping[str, tf.Tensor],
    changed_codes: Mapping[str, tf.Tensor],
    changed_logits: tf.Tensor,
    extractor: Extractor | None,
    margin_scale: float = MARGIN_SCALE,
    margins: Mapping[str, float] = MARGINS,
    replica_sum: ReplicaSum = tf.identity,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """What the generator minimises.

    Args:
        profile: ``paper`` or ``released``.
        weights: of the terms; what only serves a term of weight 0 may be None.
        target: X_t, ``[B, S, S, 3]`` signed.
        changed: X_c, the swap; the same shape and range.
        cycled: G(X_c, I(X_t)); the same shape and range.
        same: ``[B]``, 1 where X_t = X_s, else 0.
        source_codes: the identity encoder's outputs for X_s; ``"embedding"`` is read.
        target_codes: the same for X_t; the blocks of ``margins`` are read.
        changed_codes: the same for X_c; both are read.
        changed_logits: D(X_c), ``[B, 1]``.
        extractor: feature maps for the perceptual term.
        margin_scale: s of eq. 2.
        margins: m_i of eq. 2 by block.
        replica_sum: adds up over the replicas.

    Returns:
        The weighted sum, and the raw terms by log name (``loss/generator/identity``, ...), all
        float32 scalars over the global batch.
    """
    terms: list[_Term] = [
        (
            "loss/generator/adversarial",
            weights.adversarial,
            lambda: generator_adversarial_loss(changed_logits, profile, replica_sum),
        ),
        (
            "loss/generator/identity",
            weights.identity,
            lambda: identity_loss(
                source_codes["embedding"], changed_codes["embedding"], replica_sum
            ),
        ),
        (
            "loss/generator/reconstruction",
            weights.reconstruction,
            lambda: reconstruction_loss(target, changed, same, profile, replica_sum),
        ),
        (
            "loss/generator/perceptual",
            weights.perceptual,
            lambda: perceptual_loss(target, changed, same, extractor, profile, replica_sum),
        ),
        ("loss/generator/cycle", weights.cycle, lambda: cycle_loss(target, cycled, replica_sum)),
        (
            "loss/generator/ifsr",
            weights.ifsr,
            lambda: ifsr_loss(
                target_codes, changed_codes, profile, margin_scale, replica_sum, margins
            ),
        ),
    ]
    return _weighted_sum(terms)


def discriminator_objective(
    *,
    profile: str,
    weights: LossWeights,
    discriminator: Callable[..., tf.Tensor],
    real: tf.Tensor,
    fake: tf.Tensor,
    fake_logits: tf.Tensor,
    mix: tf.Tensor | None = None,
    loss_scale: tf.Tensor | float = 1.0,
    replica_sum: ReplicaSum = tf.identity,
    penalty_every: int = 1,
    penalty_due: tf.Tensor | None = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """What the discriminator minimises.

    Args:
        profile: ``paper`` or ``released``.
        weights: only ``gradient_penalty`` is read; the adversarial terms weigh 1.
        discriminator: ``[B, S, S, 3]`` signed -> ``[B, 1]`` logits; called with ``training=True``.
        real: the source images, ``[B, S, S, 3]`` signed.
        fake: the swaps X_c, the same shape and range; constants of the gradient.
        fake_logits: D(X_c), ``[B, 1]``: the generator's objective needs them too, so they come in.
        mix: ``[B]`` uniform in [0, 1), for the paper's penalty; released has no use for it.
        loss_scale: the optimizer's current loss scale under float16, else 1.
        replica_sum: adds up over the replicas.
        penalty_every: the penalty is taken in one of so many steps, that many times heavier: lazy
            regularisation (Karras et al., "Analyzing and Improving the Image Quality of StyleGAN",
            2020, appendix B).
        penalty_due: whether this step is one of them, scalar bool; read where the above is not 1.

    Returns:
        The weighted sum, and the raw terms by log name (``loss/discriminator/real``, ...), all
        float32 scalars over the global batch.
    """
    real_logits, penalty = None, None
    if weights.gradient_penalty:
        images = penalised_images(real, fake, profile, mix)
        due = penalty_due if penalty_every > 1 else None
        penalty, logits = gradient_penalty(
            discriminator, images, profile, loss_scale, replica_sum, due
        )
        # R1 is taken at the real images themselves, so its forward pass serves the real term too.
        real_logits = logits if is_released(profile) else None
    if real_logits is None:
        real_logits = discriminator(real, training=True)
    terms: list[_Term] = [
        (
            "loss/discriminator/real",
            1.0,
            lambda: discriminator_real_loss(real_logits, profile, replica_sum),
        ),
        (
            "loss/discriminator/fake",
            1.0,
            lambda: discriminator_fake_loss(fake_logits, profile, replica_sum),
        ),
        (
            "loss/discriminator/gradient_penalty",
            weights.gradient_penalty * penalty_every,
            lambda: penalty,
        ),
    ]
    return _weighted_sum(terms)


def _weighted_sum(terms: list[_Term]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    parts = {name: compute() for name, weight, compute in terms if weight}
    weighted = [weight * parts[name] for name, weight, _ in terms if weight]
    return tf.add_n(weighted) if weighted else tf.zeros([]), parts
