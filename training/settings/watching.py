"""The flags that say what is looked at while a swap training runs."""

import dataclasses

from facedancer.utils.flags.fields import flag_field

_GROUP = "watching"


@dataclasses.dataclass(frozen=True)
class WatchSettings:
    """The samples, the alarm and the profile of a swap training."""

    sample_every: int = flag_field(1_000, "steps between sample grids", 1, group=_GROUP)
    sample_photographs: str = flag_field(
        "", "folder of photographs; the sample grids also show eight of them", group=_GROUP
    )
    alarm_after: int = flag_field(
        20_000,
        "steps after which ALARM is logged if the swap equals the target, or is not closer to the "
        "source's identity than to the target's",
        0,
        group=_GROUP,
    )
    profile_steps: int = flag_field(
        0,
        "number of steps to profile for TensorBoard, from the eleventh of this start on; 0: none",
        0,
        group=_GROUP,
    )
