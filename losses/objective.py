"""The whole objective of both players: their terms, weighed and summed (paper eq. 7)."""

import dataclasses
from collections.abc import Callable, Iterable

import tensorflow as tf

from .facts import DiscriminatorFacts, GeneratorFacts, Verdict
from .gradient_penalty import gradient_penalty, penalised_images
from .profiles import is_released
from .terms import (
    DISCRIMINATOR_TERMS,
    GENERATOR_TERMS,
    LogitTerm,
    LossWeights,
    Term,
    logit_terms,
)


def generator_objective(
    weights: LossWeights, verdict: Verdict, facts: GeneratorFacts
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Lists the terms that the generator minimises.

    Args:
        weights: of the terms; what only serves a term of weight 0 may be None.
        verdict: what the rows of the swaps' logits read.
        facts: what the others read.

    Returns:
        The weighted sum, and the raw terms by log name (``loss/generator/identity``, ...), all
        float32 scalars over the global batch.
    """
    return _weighted_sum("generator", GENERATOR_TERMS, weights, verdict, facts)


def discriminator_objective(
    weights: LossWeights,
    verdict: Verdict,
    *,
    discriminator: Callable[..., tf.Tensor],
    penalised: Callable[..., tf.Tensor] | None = None,
    real: tf.Tensor,
    fake: tf.Tensor,
    mix: tf.Tensor | None = None,
    loss_scale: tf.Tensor | float = 1.0,
    penalty_every: int = 1,
    penalty_due: tf.Tensor | None = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Lists the terms that the discriminator minimises.

    Args:
        weights: of the terms.
        verdict: what the rows of the swaps' logits read; the generator's objective needs it too,
            so it comes in. Its profile and sum over the replicas are the whole objective's.
        discriminator: ``[B, S, S, 3]`` signed -> ``[B, 1]`` logits; called with ``training=True``.
        penalised: the same as the penalty calls it, which needs second derivatives; None: itself.
        real: the source images, ``[B, S, S, 3]`` signed.
        fake: the swaps X_c, the same shape and range; constants of the gradient.
        mix: ``[B]`` uniform in [0, 1), for the paper's penalty; released has no use for it.
        loss_scale: the optimizer's current loss scale under float16, else 1.
        penalty_every: the penalty is taken in one of so many steps, that many times heavier: lazy
            regularisation (Karras et al., "Analyzing and Improving the Image Quality of StyleGAN",
            2020, appendix B).
        penalty_due: whether this step is one of them, scalar bool; read where the above is not 1.

    Returns:
        The weighted sum, and the raw terms by log name (``loss/discriminator/real``, ...), all
        float32 scalars over the global batch.
    """
    profile, replica_sum = verdict.profile, verdict.replica_sum
    penalised = penalised or discriminator
    real_logits, penalty = None, None
    if weights.gradient_penalty:
        images = penalised_images(real, fake, profile, mix)
        due = penalty_due if penalty_every > 1 else None
        penalty, logits = gradient_penalty(
            penalised, images, profile, loss_scale, replica_sum, due, discriminator
        )
        # R1 is taken at the real images themselves, so its forward pass serves the real term too.
        real_logits = logits if is_released(profile) else None
    if real_logits is None:
        real_logits = discriminator(real, training=True)
    facts = DiscriminatorFacts(profile, real, fake, real_logits, penalty, replica_sum)
    weights = dataclasses.replace(
        weights, gradient_penalty=penalty_every * weights.gradient_penalty
    )
    return _weighted_sum("discriminator", DISCRIMINATOR_TERMS, weights, verdict, facts)


def logit_objectives(weights: LossWeights, verdict: Verdict) -> tuple[tf.Tensor, tf.Tensor]:
    """The generator's and the discriminator's rows of the swaps' logits, each player's summed.

    It is the share of both objectives that is differentiated back through D(X_c).
    """
    generator, _ = _weighted_sum("generator", logit_terms(GENERATOR_TERMS), weights, verdict)
    discriminator, _ = _weighted_sum(
        "discriminator", logit_terms(DISCRIMINATOR_TERMS), weights, verdict
    )
    return generator, discriminator


def _weighted_sum(
    player: str,
    terms: Iterable[Term],
    weights: object,
    verdict: object,
    facts: object = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Sums an objective's rows; one of weight 0 is not computed.

    Args:
        player: ``generator`` or ``discriminator``, for the log names.
        terms: the rows.
        weights: has an attribute for each row with a flag.
        verdict: what a `LogitTerm` reads.
        facts: what any other `Term` reads.

    Returns:
        The weighted sum, and the raw terms by log name, all float32 scalars.
    """
    parts, weighted = {}, []
    for term in terms:
        weight = term.weight if term.flag_help is None else getattr(weights, term.name)
        if weight:
            value = term.compute(verdict if isinstance(term, LogitTerm) else facts)
            parts[f"loss/{player}/{term.name}"] = value
            weighted.append(weight * value)
    return tf.add_n(weighted) if weighted else tf.zeros([]), parts
