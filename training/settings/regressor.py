"""The flags of a training of a pose, gaze or shape regressor, or an expression embedder."""

import dataclasses

from facedancer.arcface_model.choices import TARGETS
from facedancer.utils.flags.fields import flag_field

from .supervised import SupervisedConfig


@dataclasses.dataclass(frozen=True)
class RegressorConfig(SupervisedConfig):
    """One training of a network that predicts a face's pose, gaze, shape or expression.

    Raises:
        UserError: a value is missing or out of its range.
    """

    target: str = flag_field(
        "pose",
        "what to predict: pose, yaw, pitch and roll in the crop; gaze, yaw and pitch of the eyes "
        "in the head; shape, 68 landmarks of the head at rest; expression, the activations of 52 "
        "units",
        choices=tuple(TARGETS),
        group="networks",
    )
