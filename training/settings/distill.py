"""The flags of a distillation."""

import dataclasses

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag, flag_field
from facedancer.utils.flags.shared import shared_flag

from .data import DataSettings
from .generator import GeneratorSettings
from .losses import LossSettings
from .supervised import SupervisedConfig


@dataclasses.dataclass(frozen=True)
class DistillConfig(GeneratorSettings, SupervisedConfig):
    """One training of a small generator that does as a large one does.

    Raises:
        UserError: a value is missing or out of its range.
    """

    teacher: str = flag_field(
        "", "generator to distil, in any form that holds its network", needed=True
    )
    encoder: str = shared_flag(
        "encoder", text="identity encoder that the teacher was trained with", needed=True
    )
    any_encoder: bool = shared_flag("any_encoder", group="run")
    base_width: int = changed_flag(GeneratorSettings, "base_width", default=32)
    separable: bool = changed_flag(GeneratorSettings, "separable", default=True)
    image_weight: float = flag_field(
        10.0, "weight of the mean distance to the teacher's picture", 0, group="losses"
    )
    feature_weight: float = flag_field(
        1.0,
        "weight of the cosine distances to the teacher's picture in the identity encoder's blocks",
        0,
        group="losses",
    )
    identity_weight: float = changed_flag(
        LossSettings,
        "identity_weight",
        default=2.0,
        text="weight of the cosine distance to the source's identity",
    )
    same_ratio: float = changed_flag(
        DataSettings, "same_ratio", text="share of targets that are their own source"
    )
    image_size: int = changed_flag(
        SupervisedConfig,
        "image_size",
        default=256,
        text="side of the crops, the same as the teacher's: 64, 128, 256 or 512",
        least=None,
        most=None,
    )
    batch_size: int = changed_flag(
        SupervisedConfig, "batch_size", default=10, text="pairs per step, over all replicas"
    )
    total_steps: int = changed_flag(SupervisedConfig, "total_steps", default=100_000)
    learning_rate: float = changed_flag(
        SupervisedConfig,
        "learning_rate",
        default=4e-4,
        text="peak learning rate of Adam; from there it falls to 0 along a cosine",
    )
    weight_decay: float = changed_flag(SupervisedConfig, "weight_decay", default=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("teacher", "encoder"):
            if not getattr(self, name):
                raise UserError(
                    f"--{name} is missing: distillation needs both --teacher and --encoder"
                )
