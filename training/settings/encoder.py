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
        "network: resnet50, the published encoder's; compact, small, of basic blocks; "
        "narrow_resnet34, narrow_resnet50, small, with ResNet's pooling, of basic blocks or "
        "bottlenecks",
        choices=BACKBONES,
        group="networks",
    )
    init_encoder: str = flag_field(
        "",
        "start from the weights of this encoder.keras, with the same --backbone and --image_size. "
        "Use it if training from random weights does not learn to tell people apart",
        group="run",
    )
    mirrored: bool = flag_field(
        False,
        "write an encoder that sums the embeddings of a face and of its mirror image: it tells "
        "people apart better, at twice the cost; for encoders that judge swaps",
        group="networks",
    )
    head: str = flag_field(
        "arcface",
        "margin head: arcface, an additive margin on the angle; cosface, on its cosine",
        choices=tuple(HEADS),
        group="losses",
    )
    margin: float = flag_field(
        0.5, "margin m: in radians for arcface, as a cosine for cosface", 0, 1.5, group="losses"
    )
    margin_warmup_steps: int = flag_field(
        0,
        "steps over which the margin grows from 0. With 0, the full margin from the first step "
        "may collapse all embeddings into one direction if people look alike",
        0,
        group="losses",
    )
    scale: float = flag_field(64.0, "scale s of the cosines before the softmax", 1, group="losses")
    shape_label_weight: float = flag_field(
        0.0,
        "weight of the error of a linear layer that predicts the label shape from the embedding, "
        "for rendered faces; makes the face's shape count; 0: none",
        0,
        group="losses",
    )
    sampling: str = changed_flag(
        DataSettings,
        "sampling",
        text="draw each image or each identity with equal frequency",
        choices=("image", "identity"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.head == "cosface" and self.margin >= 1:
            raise UserError(
                f"--margin={self.margin}: a cosine margin must be below 1; 0.35 is usual"
            )
