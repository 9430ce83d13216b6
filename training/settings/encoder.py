"""The flags of a training of an identity encoder."""

import dataclasses

from facedancer.arcface_model.choices import BACKBONES, HEADS
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag, flag_field

from .data import DataSettings
from .supervised import SupervisedConfig


@dataclasses.dataclass(frozen=True)
class EncoderConfig(SupervisedConfig):
    """One training of an identity encoder. The defaults are the ArcFace paper's, but the steps.

    Raises:
        UserError: a value is missing or out of its range.
    """

    backbone: str = flag_field(
        "resnet50",
        "network: resnet50, as the published encoder; compact: small, of basic blocks; "
        "narrow_resnet34, narrow_resnet50: small, with ResNet's pooling, of basic blocks and of "
        "bottlenecks",
        choices=BACKBONES,
        group="networks",
    )
    init_encoder: str = flag_field(
        "",
        "begin with the weights of this encoder, the encoder.keras of a run with the same "
        "backbone and image size: for people who are hard to tell apart from nothing",
        group="run",
    )
    head: str = flag_field(
        "arcface",
        "margin head: arcface, an additive margin on the angle; cosface, on its cosine",
        choices=tuple(HEADS),
        group="losses",
    )
    margin: float = flag_field(
        0.5, "margin m: radians for arcface, a cosine for cosface", 0, 1.5, group="losses"
    )
    margin_warmup_steps: int = flag_field(
        0,
        "the margin grows from 0 over so many first steps; 0: whole from the first step, under "
        "which people who differ little may all end in one direction",
        0,
        group="losses",
    )
    scale: float = flag_field(
        64.0, "scale s that cosines are multiplied by for the softmax", 1, group="losses"
    )
    shape_label_weight: float = flag_field(
        0.0,
        "weight of the error of a linear layer that reads the label shape from the embedding, for "
        "rendered faces: the face's shape then counts; 0: off",
        0,
        group="losses",
    )
    sampling: str = changed_flag(
        DataSettings,
        "sampling",
        text="what is drawn equally often: each image, or each identity",
        choices=("image", "identity"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.head == "cosface" and self.margin >= 1:
            raise UserError(f"--margin={self.margin}: as a cosine, use less than 1; 0.35 is usual")
