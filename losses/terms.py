"""The terms of both players' objectives, a row each (paper eq. 7).

This is the one place: a row here is what is logged and what is minimised. Its flag, its field in
`LossWeights` and in `training.settings.train_config.TrainConfig`, and its log name follow from it.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import Any

from facedancer.utils.late_imports import function_at


@dataclasses.dataclass(frozen=True)
class Term:
    """One row of a player's objective.

    Attributes:
        name: logged as ``loss/PLAYER/NAME``; ``--NAME_weight`` sets the weight.
        weight: the default. Of a term that the paper does not have it is 0: an older run that is
            resumed, and the published configurations, then stay what they were.
        flag_help: what ``train.py --help`` says of the flag; None: there is no flag, the weight is
            fixed.
        compute: the player's facts -> float32 scalar over the global batch.
    """

    name: str
    weight: float
    flag_help: str | None
    compute: Callable[[Any], Any]  # Tensors, of which this file knows nothing: see `computed_by`.


class LogitTerm(Term):
    """A row that reads the logits of the swaps, and nothing else of the batch.

    ``compute`` takes a `Verdict`. Such rows stand apart since one pass through the discriminator
    serves both players: `training.gradients` sends their slopes back through it. A plain `Term`
    never sees these logits, so none can be left out of that pass.
    """


def computed_by(function: str, reads: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], Any]:
    """A row's ``compute`` by a function of this folder, imported when it is first called.

    The files of the losses import TensorFlow, and `--help`, which shows the rows, does not.

    Args:
        function: its file, a dot, its name.
        reads: the player's facts, see `losses.facts` -> the function's arguments.
    """
    return lambda facts: function_at(function, __package__)(*reads(facts))


GENERATOR_TERMS = (
    LogitTerm(
        "adversarial",
        1.0,
        "weight of the adversarial loss",
        computed_by(
            "adversarial.generator_adversarial_loss",
            lambda x: (x.logits, x.profile, x.replica_sum),
        ),
    ),
    Term(
        "identity",
        10.0,
        "weight of the identity loss, eq. 3",
        computed_by(
            "identity.identity_loss",
            lambda x: (x.wanted_embedding, x.changed_codes["embedding"], x.replica_sum),
        ),
    ),
    Term(
        "reconstruction",
        5.0,
        "weight of the reconstruction loss, eq. 4",
        computed_by(
            "reconstruction.reconstruction_loss",
            lambda x: (x.target, x.changed, x.same, x.profile, x.replica_sum),
        ),
    ),
    Term(
        "perceptual",
        0.2,
        "weight of the perceptual loss, eq. 5",
        computed_by(
            "perceptual.perceptual_loss",
            lambda x: (x.target, x.changed, x.same, x.extractor, x.profile, x.replica_sum),
        ),
    ),
    Term(
        "cycle",
        1.0,
        "weight of the cycle consistency loss, eq. 6",
        computed_by(
            "reconstruction.cycle_loss",
            lambda x: (x.target, x.cycled, x.replica_sum),
        ),
    ),
    Term(
        "ifsr",
        1.0,
        "weight of IFSR, eq. 2; 0: no IFSR (configuration A)",
        computed_by(
            "ifsr.ifsr_loss",
            lambda x: (
                x.target_codes,
                x.changed_codes,
                x.profile,
                x.margin_scale,
                x.replica_sum,
                x.margins,
                x.source_codes if x.is_relative else None,
            ),
        ),
    ),
    Term(
        "truth",
        0.0,
        "weight of the distance to known answers, see --truth_share; 5 weights them like same "
        "pairs (not in the paper)",
        computed_by(
            "truth.truth_loss",
            lambda x: (x.answer, x.changed, x.answered, x.extractor, x.profile, x.replica_sum),
        ),
    ),
    Term(
        "shape",
        0.0,
        "weight of the distance between the head shapes of swap and source, as --shape_regressor "
        "predicts them, beyond its own error (not in the paper)",
        computed_by("shape.shape_loss", lambda x: (*x.shapes(), x.replica_sum)),
    ),
    Term(
        "pose",
        0.0,
        "weight of the distance between the poses of swap and target, as --pose_regressor predicts "
        "them (not in the paper)",
        computed_by("pose.pose_loss", lambda x: (*x.poses(), x.replica_sum)),
    ),
    Term(
        "expression",
        0.0,
        "weight of the distance between the expressions of swap and target, as "
        "--expression_regressor embeds them (not in the paper)",
        # The same distance, of other embeddings.
        computed_by("identity.identity_loss", lambda x: (*x.expressions(), x.replica_sum)),
    ),
    Term(
        "second_identity",
        0.0,
        "weight of the identity loss by another network, --second_encoder, so that no single "
        "encoder decides (not in the paper)",
        computed_by(
            "identity.identity_loss",
            lambda x: (x.second_embeddings.wanted, x.second_embeddings.changed, x.replica_sum),
        ),
    ),
    Term(
        "target_identity",
        0.0,
        "weight of likeness to the target beyond the source's own, by --encoder and "
        "--second_encoder (not in the paper)",
        computed_by(
            "target_identity.target_identity_loss", lambda x: (x.all_embeddings, x.replica_sum)
        ),
    ),
    Term(
        "matching",
        0.0,
        "weight of weak feature matching between swap and target in the discriminator's later "
        "feature maps (SimSwap's, not in the paper)",
        computed_by("matching.matching_loss", lambda x: (*x.late_features(), x.replica_sum)),
    ),
    Term(
        "attributes",
        0.0,
        "weight of the distance between the attributes of swap and target, for generators that "
        "encode them separately (FaceShifter's, not in the paper)",
        computed_by("attributes.attributes_loss", lambda x: (*x.attributes(), x.replica_sum)),
    ),
)

DISCRIMINATOR_TERMS = (
    Term(
        "real",
        1.0,
        None,
        computed_by(
            "adversarial.discriminator_real_loss",
            lambda x: (x.real_logits, x.profile, x.replica_sum),
        ),
    ),
    LogitTerm(
        "fake",
        1.0,
        None,
        computed_by(
            "adversarial.discriminator_fake_loss",
            lambda x: (x.logits, x.profile, x.replica_sum),
        ),
    ),
    Term(
        "gradient_penalty",
        10.0,
        "weight of the discriminator's gradient penalty",
        # Measured before: its forward pass may serve the real term too.
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


def logit_terms(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The rows that read the logits of the swaps."""
    return tuple(term for term in terms if isinstance(term, LogitTerm))
