"""Ends a run whose numbers are no longer finite, and says which and when."""

import math

from facedancer.utils.errors import UserError

from ..step import Report


class TrainingDiverged(UserError):
    """A loss or a gradient is NaN or infinite; the message names it and the step."""


def refuse_divergence(report: Report) -> None:
    """Reads a report, and with it waits for its step.

    Raises:
        TrainingDiverged: the report's last step was not sound. A `step.StepFunction` did not apply
            it; a `supervised.step.SupervisedStep` did: its weights are not to be saved.
    """
    if report.is_sound.numpy():
        return
    broken = sorted(name for name, value in report.values().items() if not math.isfinite(value))
    raise TrainingDiverged(
        f"{', '.join(broken)} not finite at step {int(report.step)}; the last checkpoint stands: "
        "go on from it with --resume and a lower --learning_rate, or another --seed"
    )
