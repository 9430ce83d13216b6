"""The flags of the protocol for photographs. `--help` shows them, so TensorFlow stays out."""

import dataclasses

from facedancer.utils.flags.fields import flag_field

from ..encoders.registry import ENCODERS
from ..settings import AttributeSettings, NetworkSettings


@dataclasses.dataclass(frozen=True)
class PhotographSettings(NetworkSettings, AttributeSettings):
    """One judgement of a swapper on photographs."""

    targets: str = flag_field(
        "",
        "folder of photographs and videos, a sub-folder a person; each is swapped with each",
        needed=True,
    )
    swapper: str = flag_field("", "a generator or a run's folder", needed=True)
    output: str = flag_field("", "folder of what is written", needed=True)
    judges: tuple[str, ...] = flag_field(
        ("faceres", "dlib"),
        f"identity encoders: FILE, NAME or NAME:FILE each, of {', '.join(ENCODERS['identity'])}; "
        "none by which the swapper learnt",
        group="measures",
    )
