"""The flags of the losses: their form, a weight for each term, what the perceptual ones see."""

import dataclasses

from facedancer.arcface_model.choices import LOSS_REGRESSORS
from facedancer.losses.profiles import PROFILES
from facedancer.losses.terms import GENERATOR_TERMS, WEIGHED_TERMS, LossWeights
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.weights.published import download_command

_GROUP = "losses"
# One flag for each row of the objectives that has one: `losses.terms` is where they are added.
_WeightFlags = dataclasses.make_dataclass(
    "_WeightFlags",
    [
        (f"{name}_weight", float, flag_field(term.weight, term.flag_help, 0, group=_GROUP))
        for name, term in WEIGHED_TERMS.items()
    ],
    frozen=True,
)
# Of the generator's terms those that are about same pairs, or about the target.
_TEACH_NO_SWAP = {
    "reconstruction",
    "perceptual",
    "ifsr",
    "pose",
    "expression",
    "target_identity",
    "matching",
    "attributes",
}
# A term's weight and the network that it asks, neither without the other; and what makes one.
_PAIRED = {
    **{
        (f"{target}_weight", f"{target}_regressor"): (
            f"training/train_regressor.py --target={target} trains such a regressor"
        )
        for target in LOSS_REGRESSORS
    },
    ("second_identity_weight", "second_encoder"): (
        "training/train_encoder.py trains such an encoder"
    ),
}


@dataclasses.dataclass(frozen=True)
class LossSettings(_WeightFlags):
    """The objective. A class that takes this one calls `check_weights`.

    The losses' weights, ``adversarial_weight`` and so on, are the rows of `losses.terms`, the
    paper's eq. 7: each multiplies its raw term, and 0 leaves the term's work out.
    """

    loss_profile: str = flag_field(
        "paper",
        "form of the losses: as in the paper, or as in the released code",
        choices=PROFILES,
        group=_GROUP,
    )
    identity_of: str = flag_field(
        "source",
        "whose identity a swap should have where --truth_share gives the answer: the source's, or "
        "the answer's, in which hair and glasses are the target's (not in the paper)",
        choices=("source", "answer"),
        group=_GROUP,
    )
    encoder_gradient: str = flag_field(
        "full",
        "what the generator gets of the gradient of encoders and regressors: all of it; or grey, "
        "the same in all colours and smoothed, so that no stains and lines are learnt (not in the "
        "paper)",
        choices=("full", "grey"),
        group=_GROUP,
    )
    identity_mixing: float = flag_field(
        0.0,
        "moves the sources' identities by so much of the difference of two others, where no answer "
        "is known: a generator then learns to draw people unlike those of its data (not in the "
        "paper)",
        0,
        2,
        group=_GROUP,
    )
    encoder_jitter: float = flag_field(
        0.0,
        "strength, up to 1, of the random views in which encoders and regressors see a swap and "
        "its target: both moved, scaled, mirrored, recoloured and partly covered alike, so that no "
        "marks are learnt that please in one view (not in the paper)",
        0,
        1,
        group=_GROUP,
    )
    perceptual_features: str = flag_field(
        "auto",
        f"network of the perceptual loss: imagenet (VGG16, by {download_command('vgg16')}); a file "
        "of VGG16 weights; mobilenet_v2, the shipped stand-in; or auto, VGG16 if it is in "
        "model_zoo/, else mobilenet_v2",
        group="networks",
    )
    shape_regressor: str = flag_field(
        "",
        "for --shape_weight: regressor.keras from training/train_regressor.py --target=shape",
        group="networks",
    )
    pose_regressor: str = flag_field(
        "",
        "for --pose_weight: regressor.keras from training/train_regressor.py --target=pose",
        group="networks",
    )
    expression_regressor: str = flag_field(
        "",
        "for --expression_weight: regressor.keras from training/train_regressor.py "
        "--target=expression",
        group="networks",
    )
    second_encoder: str = flag_field(
        "",
        "for --second_identity_weight: another identity encoder's file; swapping does not need it",
        group="networks",
    )

    @property
    def loss_weights(self) -> LossWeights:
        """The weights of the loss terms by the terms' names."""
        return LossWeights(**{name: getattr(self, f"{name}_weight") for name in WEIGHED_TERMS})

    def check_weights(self) -> None:
        """Refuses weights that nothing can be learnt by.

        Raises:
            UserError: all that a swap could be learnt from weighs 0, or one of `_PAIRED` is given
                alone.
        """
        for (weight, network), maker in _PAIRED.items():
            if bool(getattr(self, weight)) != bool(getattr(self, network)):
                raise UserError(f"--{weight} and --{network} need each other: give both; {maker}")
        teachers = {term.name for term in GENERATOR_TERMS} - _TEACH_NO_SWAP
        if not any(getattr(self.loss_weights, name) for name in teachers):
            raise UserError(
                "these loss weights leave the generator nothing to learn a swap from: raise one, "
                "such as --identity_weight"
            )
