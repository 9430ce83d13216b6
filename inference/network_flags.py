"""Flags of the networks of a swap, of their speed, and of the machines that work."""

import dataclasses

from facedancer.inference.core.precision import PRECISIONS
from facedancer.utils.flags.shared import shared_flag

_NETWORKS = "networks"
_SPEED = "speed"


@dataclasses.dataclass(frozen=True)
class NetworkFlags:
    """The three networks of a swap."""

    generator: str = shared_flag(
        "generator",
        text=(
            "The generator: a .keras file, a published .h5, the folder of a run, of one of its "
            "checkpoints or of a SavedModel, or a LiteRT file; default: the published one if "
            "model_zoo/ holds one with its encoder, else a small one that ships."
        ),
        group=_NETWORKS,
    )
    encoder: str = shared_flag(
        "encoder",
        text=(
            "The identity encoder that the generator was trained with: ArcFace-Res50.h5, a .keras "
            "or .weights.h5 file, a SavedModel folder, a LiteRT file, or untrained_small, the "
            "demo's stand-in; default: the one that the generator records, if it lies in "
            "model_zoo/."
        ),
        group=_NETWORKS,
    )
    any_encoder: bool = shared_flag("any_encoder", group=_NETWORKS)
    detector: str = shared_flag(
        "detector",
        default="",
        text=(
            "The detector: RetinaFace-Res50.h5, a .keras or .weights.h5 file, a SavedModel folder "
            "or a LiteRT file; default: the one that ships."
        ),
        group=_NETWORKS,
    )


@dataclasses.dataclass(frozen=True)
class SpeedFlags:
    """Settings of time and memory."""

    precision: str = shared_flag(
        "precision",
        default="auto",
        text=(
            "What the generator multiplies: auto is bfloat16 on processors that have it, else "
            "float32; int8 is faster, but takes seconds to convert, for films."
        ),
        choices=PRECISIONS,
        group=_SPEED,
    )
    batch_size: int = shared_flag(
        "batch_size",
        default=8,
        text="Faces in one call of the generator; the result does not depend on it.",
        group=_SPEED,
    )


@dataclasses.dataclass(frozen=True)
class EngineFlags:
    """The machines that swap a film."""

    engine: str = shared_flag(
        "engine",
        text="Who swaps videos: this process, or a Ray cluster, see docs/cluster.md.",
        group=_SPEED,
    )
    workers: int | None = shared_flag(
        "workers", text="For --engine=ray: parts that are swapped at once.", group=_SPEED
    )
    address: str | None = shared_flag("address", group=_SPEED)
