"""The flags that say what is looked at while a swap training runs."""

import dataclasses

from facedancer.utils.flags.fields import flag_field

_GROUP = "watching"


@dataclasses.dataclass(frozen=True)
class WatchSettings:
    """The samples, the alarm and the profile of a swap training."""

    sample_every: int = flag_field(1_000, "steps between two sample grids", 1, group=_GROUP)
    sample_photographs: str = flag_field(
        "", "folder of photographs, eight of which the sample grids show too", group=_GROUP
    )
    alarm_after: int = flag_field(
        20_000,
        "steps by which the swap must be nearer to the source's identity, else ALARM",
        0,
        group=_GROUP,
    )
    profile_steps: int = flag_field(
        0,
        "steps to profile for TensorBoard, after the first ten of this start; 0: none",
        0,
        group=_GROUP,
    )
