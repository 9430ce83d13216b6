"""The flags of a training of a pose, gaze or shape regressor, or an expression embedder."""

import dataclasses

from facedancer.arcface_model.choices import TARGETS
from facedancer.utils.flags.fields import flag_field

from .supervised import SupervisedConfig


@dataclasses.dataclass(frozen=True)
class RegressorConfig(SupervisedConfig):
    """One training of a network that tells a face's turn, gaze, shape or expression.

    Raises:
        UserError: a value is missing or out of its range.
    """

    target: str = flag_field(
        "pose",
        "what is learnt: pose, that is yaw, pitch and roll in the crop; gaze, the eyes' yaw and "
        "pitch in the head; shape, 68 landmarks of the head at rest; or expression, the "
        "activations of 52 units",
        choices=tuple(TARGETS),
        group="networks",
    )
