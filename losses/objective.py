"""The whole objective of both players: every term, its weight, their sum (paper eq. 7).

This is the one place: a row here is what is logged and what is minimised. Its flag, its field in
`LossWeights` and in `training.settings.train_config.TrainConfig`, and its log name follow from it.
"""

import dataclasses
import math
from collections.abc import Callable

import tensorflow as tf

from .adversarial import (
    discriminator_fake_loss,
    discriminator_real_loss,
    generator_adversarial_loss,
)
from .facts import DiscriminatorFacts, GeneratorFacts, Verdict
from .gradient_penalty import gradient_penalty, penalised_images
from .identity import identity_loss
from .ifsr import ifsr_loss
from .perceptual import perceptual_loss
from .profiles import is_released
from .reconstruction import cycle_loss, reconstruction_loss
from .terms import LogitTerm, Term, logit_terms, weighted_sum
from .truth import truth_loss

GENERATOR_TERMS = (
    LogitTerm(
        "adversarial",
        1.0,
        "weight of the adversarial term",
        lambda x: generator_adversarial_loss(x.logits, x.profile, x.replica_sum),
    ),
    Term(
        "identity",
        10.0,
        "weight of the identity term, eq. 3",
        lambda x: identity_loss(
            x.source_codes["embedding"], x.changed_codes["embedding"], x.replica_sum
        ),
    ),
    Term(
        "reconstruction",
        5.0,
        "weight of the reconstruction term, eq. 4",
        lambda x: reconstruction_loss(x.target, x.changed, x.same, x.profile, x.replica_sum),
    ),
    Term(
        "perceptual",
        0.2,
        "weight of the perceptual term, eq. 5",
        lambda x: perceptual_loss(
            x.target, x.changed, x.same, x.extractor, x.profile, x.replica_sum
        ),
    ),
    Term(
        "cycle",
        1.0,
        "weight of the cycle term, eq. 6",
        lambda x: cycle_loss(x.target, x.cycled, x.replica_sum),
    ),
    Term(
        "ifsr",
        1.0,
        "weight of IFSR, eq. 2; 0: none (configuration A)",
        lambda x: ifsr_loss(
            x.target_codes,
            x.changed_codes,
            x.profile,
            x.margin_scale,
            x.replica_sum,
            x.margins,
            x.source_codes if x.is_relative else None,
        ),
    ),
    Term(
        "truth",
        0.0,
        "weight of the distance to known answers, see --truth_share (not in the paper; 5 weighs "
        "them as its same pairs)",
        lambda x: truth_loss(
            x.answer, x.changed, x.answered, x.extractor, x.profile, x.replica_sum
        ),
    ),
)

DISCRIMINATOR_TERMS = (
    Term(
        "real",
        1.0,
        None,
        lambda x: discriminator_real_loss(x.real_logits, x.profile, x.replica_sum),
    ),
    LogitTerm(
        "fake",
        1.0,
        None,
        lambda x: discriminator_fake_loss(x.logits, x.profile, x.replica_sum),
    ),
    Term(
        "gradient_penalty",
        10.0,
        "weight of the discriminator's penalty",
        lambda x: x.penalty,
    ),
)

# The rows that have a flag, by name.
WEIGHED_TERMS = {
    term.name: term
    for term in (*GENERATOR_TERMS, *DISCRIMINATOR_TERMS)
    if term.flag_help is not None
}


class _Checked:
    def __post_init__(self) -> None:
        for name, weight in dataclasses.asdict(self).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight of {name} must be finite and not negative: {weight}")


LossWeights = dataclasses.make_dataclass(
    "LossWeights",
    [(name, float, term.weight) for name, term in WEIGHED_TERMS.items()],
    bases=(_Checked,),
    frozen=True,
    namespace={
        "__doc__": "The weight of each row that has a flag; 0 leaves the term out, work included.",
        "__module__": __name__,
    },
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
    return weighted_sum("generator", GENERATOR_TERMS, weights, verdict, facts)


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
    return weighted_sum("discriminator", DISCRIMINATOR_TERMS, weights, verdict, facts)


def logit_objectives(weights: LossWeights, verdict: Verdict) -> tuple[tf.Tensor, tf.Tensor]:
    """The generator's and the discriminator's rows of the swaps' logits, each player's summed.

    It is the share of both objectives that is differentiated back through D(X_c).
    """
    generator, _ = weighted_sum("generator", logit_terms(GENERATOR_TERMS), weights, verdict)
    discriminator, _ = weighted_sum(
        "discriminator", logit_terms(DISCRIMINATOR_TERMS), weights, verdict
    )
    return generator, discriminator
