"""The flags of a distillation."""

import dataclasses

from facedancer.networks.up_types import UP_TYPES
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.pairing import ANY_ENCODER_HELP

from .supervised import SupervisedConfig


@dataclasses.dataclass(frozen=True)
class DistillConfig(SupervisedConfig):
    """One training of a small generator that does as a large one does.

    Raises:
        UserError: a value is missing or out of its range.
    """

    teacher: str = flag_field(
        "", "the generator to learn from, in any form that holds its network", needed=True
    )
    encoder: str = flag_field(
        "",
        "the identity encoder that the teacher was trained with",
        aliases=("arcface_path",),
        needed=True,
    )
    any_encoder: bool = flag_field(False, ANY_ENCODER_HELP, group="run")
    up_types: tuple[str, ...] = flag_field(
        ("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        f"fusion of each decoder stage, the lowest resolution first, of {', '.join(UP_TYPES)}",
        group="networks",
    )
    mapping_depth: int = flag_field(
        4, "layers of the mapping network; 0: none", 0, group="networks"
    )
    mapping_size: int = flag_field(512, "width of the mapping network", 1, group="networks")
    base_width: int = flag_field(
        32, "channels at the top resolution; all other widths follow", 1, group="networks"
    )
    separable: bool = flag_field(True, "depthwise-separable 3x3 convolutions", group="networks")
    image_weight: float = flag_field(
        10.0, "of the mean distance to the teacher's picture", 0, group="losses"
    )
    feature_weight: float = flag_field(
        1.0,
        "of the cosine distances to its picture in the identity encoder's blocks",
        0,
        group="losses",
    )
    identity_weight: float = flag_field(
        2.0, "of the cosine distance to the source's identity", 0, group="losses"
    )
    same_ratio: float = flag_field(
        0.2, "share of targets that are their own source", 0, 1, group="data"
    )
    image_size: int = flag_field(
        256, "side of the crops, the teacher's own: 64, 128, 256 or 512", group="networks"
    )
    batch_size: int = flag_field(10, "pairs a step, over all replicas", 2, group="optimisation")
    total_steps: int = flag_field(
        100_000, "steps of the whole run, resumed parts included", 1, group="optimisation"
    )
    learning_rate: float = flag_field(
        4e-4,
        "Adam's at its highest; from there it falls to 0 as a cosine",
        1e-12,
        group="optimisation",
    )
    weight_decay: float = flag_field(
        0.0, "of all kernels, through the gradient", 0, group="optimisation"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("teacher", "encoder"):
            if not getattr(self, name):
                raise UserError(f"--{name} is missing: distilling learns from both")
