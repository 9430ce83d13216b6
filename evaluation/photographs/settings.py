"""The flags of the protocol for photographs. `--help` shows them, so TensorFlow stays out."""

import dataclasses

from facedancer.inference.swap_flags import BlendingFlags, WhatFlags
from facedancer.utils.flags.fields import changed_flag, flag_field
from facedancer.utils.flags.shared import shared_flag

from ..encoders.registry import ENCODERS
from ..settings import AttributeSettings, NetworkSettings, TaskSettings


@dataclasses.dataclass(frozen=True)
class PhotographSettings(NetworkSettings, AttributeSettings):
    """One judgement of a swapper on photographs."""

    targets: str = shared_flag(
        "targets",
        text=(
            "folder of photographs and videos, with one sub-folder per person; each is swapped "
            "with each"
        ),
    )
    swapper: str = changed_flag(TaskSettings, "swapper", text="generator or run folder to judge")
    others: tuple[str, ...] = flag_field(
        (), "further generators to judge next to it, each with the encoder that it records"
    )
    strength: float | None = changed_flag(
        WhatFlags,
        "strength",
        text=(
            "strength of the swaps that are judged, from the face's own identity (0) to the "
            "source's (1) and beyond; default: the generator's usual one; if this or the colours "
            "are not plain, the plain swaps get a row of their own"
        ),
        group=None,
    )
    colour_match: str = changed_flag(
        BlendingFlags, "colour_match", text="how their colours are matched", group=None
    )
    texture: str = changed_flag(
        BlendingFlags,
        "texture",
        text="whether the skin of the source's photograph is fitted in",
        group=None,
    )
    output: str = shared_flag("output", needed=True)
    shape_encoder: str = changed_flag(AttributeSettings, "shape_encoder", default="face_mesh")
    judges: tuple[str, ...] = shared_flag(
        "judges",
        default=("faceres", "dlib"),
        text=(
            "identity encoders that judge: FILE, NAME or NAME:FILE each, of "
            f"{', '.join(ENCODERS['identity'])}; not one that the swapper was trained with"
        ),
    )
