"""Flags of the networks of a swap, of their speed, and of the machines that work."""

import dataclasses

from facedancer.inference.core.boost_factor import AUTO, CHOICES
from facedancer.inference.core.precision import PRECISIONS
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

_NETWORKS = "networks"
_SPEED = "speed"


@dataclasses.dataclass(frozen=True)
class NetworkFlags:
    """The three networks of a swap."""

    generator: str = shared_flag(
        "generator",
        text=(
            "Generator: a .keras file, a published .h5, the folder of a run, a checkpoint or a "
            "SavedModel, or a LiteRT file. Default: the published one if model_zoo/ holds one "
            "with its encoder, else the small shipped one."
        ),
        group=_NETWORKS,
    )
    encoder: str = shared_flag(
        "encoder",
        text=(
            "Identity encoder that the generator was trained with: ArcFace-Res50.h5, a .keras or "
            ".weights.h5 file, a SavedModel folder, a LiteRT file, or untrained_small, the demo's "
            "stand-in. Default: the one that the generator records, if it is in model_zoo/."
        ),
        group=_NETWORKS,
    )
    any_encoder: bool = shared_flag("any_encoder", group=_NETWORKS)
    detector: str = shared_flag(
        "detector",
        default="",
        text=(
            "Face detector: RetinaFace-Res50.h5, a .keras or .weights.h5 file, a SavedModel "
            "folder or a LiteRT file. Default: the shipped one."
        ),
        group=_NETWORKS,
    )


@dataclasses.dataclass(frozen=True)
class SpeedFlags:
    """Settings of time and memory."""

    pixel_boost: str = flag_field(
        AUTO,
        "Swap a crop of 2 or 4 times the generator's side, in 4 or 16 interleaved parts: sharper, "
        "and 4 or 16 times the generator's work. auto: 2 for generators below 128 px, else 1.",
        choices=CHOICES,
        group=_SPEED,
    )

    precision: str = shared_flag(
        "precision",
        default="auto",
        text=(
            "Number format of the generator. auto: bfloat16 on processors that support it, else "
            "float32. int8: faster for films, but takes seconds to convert."
        ),
        choices=PRECISIONS,
        group=_SPEED,
    )
    batch_size: int = shared_flag(
        "batch_size",
        default=8,
        text="Faces per call of the generator; does not change the result.",
        group=_SPEED,
    )


@dataclasses.dataclass(frozen=True)
class EngineFlags:
    """The machines that swap a film."""

    engine: str = shared_flag(
        "engine",
        text="Where videos are swapped: in this process, or on a Ray cluster (docs/cluster.md).",
        group=_SPEED,
    )
    workers: int | None = shared_flag(
        "workers",
        text=(
            "For --engine=ray: number of parts to swap at the same time; default: one per machine."
        ),
        group=_SPEED,
    )
    address: str | None = shared_flag("address", group=_SPEED)
