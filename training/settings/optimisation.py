"""The flags that say how a swap training steps: its rate, its batches, its running mean."""

import dataclasses

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field

_GROUP = "optimisation"


@dataclasses.dataclass(frozen=True)
class OptimisationSettings:
    """The steps of a swap training. A class that takes this one calls `check_ema`."""

    learning_rate_decay: float = flag_field(
        0.97,
        "factor applied to the learning rate every --learning_rate_decay_steps",
        1e-12,
        1,
        group=_GROUP,
    )
    learning_rate_decay_steps: int = flag_field(
        100_000, "steps for one factor of --learning_rate_decay; applied smoothly", 1, group=_GROUP
    )
    accumulate: int = flag_field(
        1,
        "batches to accumulate gradients over for one step: a larger batch in the same memory",
        1,
        group=_GROUP,
    )
    penalty_every: int = flag_field(
        1,
        "compute the gradient penalty only every N steps, with N times the weight; 16 saves time",
        1,
        group=_GROUP,
    )
    ema: float = flag_field(
        0.0,
        "decay of a running average of the generator's weights, which samples, validation and "
        "saved generators then use; 0: none",
        0,
        group=_GROUP,
    )
    steps_per_call: int = flag_field(
        1, "steps that the device makes before it returns to the host", 1, group=_GROUP
    )
    jit_compile: str = flag_field(
        "auto",
        "compile the networks with XLA; auto: if there is a GPU",
        choices=("auto", "on", "off"),
        group="networks",
    )
    strategy: str = flag_field(
        "mirrored",
        "devices: mirrored, all GPUs of this machine; multi_worker, several machines (TF_CONFIG)",
        choices=("mirrored", "multi_worker"),
        group="run",
    )

    def check_ema(self) -> None:
        """Refuses a running average that would never move.

        Raises:
            UserError: its decay is 1 or more.
        """
        if self.ema >= 1:
            raise UserError(f"--ema must be below 1 (0.999 is usual), not {self.ema}")
