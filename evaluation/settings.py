"""The flags that say what is swapped, on what, by which system, and what is measured.

`--help` shows them, so nothing here imports TensorFlow.
"""

import dataclasses

from facedancer.utils.flags.fields import changed_flag, flag_field
from facedancer.utils.flags.pairing import PairingSettings
from facedancer.utils.flags.shared import shared_flag

from .conventions import CONVENTIONS
from .encoders.registry import ENCODERS, SHIPPED
from .trivial import TRIVIAL

_DATA, _PAIRS, _MEASURES = "data", "pairs", "measures"


@dataclasses.dataclass(frozen=True)
class NetworkSettings(PairingSettings):
    """The flags that go with a swapper."""

    encoder: str = shared_flag("encoder")
    name: str = flag_field("", "what tables call the swapper; empty: by its path", group="networks")


@dataclasses.dataclass(frozen=True)
class TaskSettings(NetworkSettings):
    """The making of swaps, whatever is then measured: see `swaps.task.prepare`."""

    targets: str = shared_flag("targets")
    swapper: str = flag_field(
        "",
        "a generator or a run's folder; a folder of results, P.png for pair P of --pair_list; "
        f"NAME:FILE, a published ONNX swapper, one of {', '.join(CONVENTIONS)}; or "
        f"{', '.join(TRIVIAL)}, which swap nothing",
        needed=True,
    )
    output: str = shared_flag("output", aliases=("out_dir",), needed=True)
    sources: str = shared_flag("sources", group=_DATA)
    image_size: int = shared_flag(
        "image_size",
        text="side of photographs' crops, where the swapper takes any",
        least=32,
        group=_DATA,
    )
    pairs: int = shared_flag("pairs", group=_PAIRS)
    pair_list: str = shared_flag(
        "pair_list", text="a pairs.json written before, in place of --pairs", group=_PAIRS
    )
    seed: int = shared_flag("seed", text="of the pairs and of the intervals", group=_PAIRS)


def _judge(role: str) -> str:
    return flag_field(
        SHIPPED[role],
        f"what measures {role}: FILE, NAME or NAME:FILE, of {', '.join(ENCODERS[role])}; empty: "
        "nothing",
        group=_MEASURES,
    )


@dataclasses.dataclass(frozen=True)
class AttributeSettings:
    """The networks that measure what a swap should keep."""

    pose_encoder: str = _judge("pose")
    gaze_encoder: str = _judge("gaze")
    shape_encoder: str = _judge("shape")
    expression_encoder: str = _judge("expression")


@dataclasses.dataclass(frozen=True)
class EvaluationSettings(TaskSettings, AttributeSettings):
    """One evaluation; a field ``ROLE_encoder`` for each role of `encoders.registry`."""

    identity_encoder: str = _judge("identity")
    judges: tuple[str, ...] = shared_flag("judges", group=_MEASURES)
    features_encoder: str = _judge("features")
    truths: str = flag_field(
        "",
        "folder of right answers, P.png of pair P of --pair_list, and mask/P.png; "
        "lab/render_swaps.py draws them",
        group=_MEASURES,
    )
    flicker_frames: int = flag_field(
        16,
        "neighbouring frames of each target video by which flicker is measured; 0: it is not",
        least=0,
        group=_MEASURES,
    )
    runtime: bool = flag_field(True, "measure time and memory of a generator too", group=_MEASURES)
    write_inputs: bool = flag_field(
        False, "write every pair's crops too, for another system to swap"
    )
    write_fakes: bool = flag_field(
        False, "write swaps, originals, masks and a manifest too, for fake detectors"
    )
    batch_size: int = shared_flag("batch_size", text="pairs at a time")


@dataclasses.dataclass(frozen=True)
class MarginSettings(TaskSettings):
    """One analysis of IFSR's margins."""

    swapper: str = changed_flag(TaskSettings, "swapper", needed=False)
    without_swapper: bool = flag_field(
        False,
        "estimate the margins from pictures alone whose people are known, in place of --swapper",
    )
    pairs: int = shared_flag("pairs", default=1_000, group=_PAIRS)
    analysed_encoder: str = flag_field(
        "", "the identity encoder to analyse; empty: --encoder", group="networks"
    )
    blocks: tuple[str, ...] = flag_field(
        (),
        "which of its blocks get a margin; empty: those that training has one for, without those "
        "that tell who someone is (an error rate of 50 % or more)",
    )
    batch_size: int = shared_flag("batch_size", default=32, text="pairs at a time")


@dataclasses.dataclass(frozen=True)
class SensitivitySettings:
    """One measurement of what FID tells."""

    targets: str = shared_flag(
        "targets", text="folder of shards, or of photographs and videos: the faces to change"
    )
    output: str = shared_flag("output", aliases=("out_dir",), needed=True)
    features_encoder: str = changed_flag(EvaluationSettings, "features_encoder")
    pairs: int = shared_flag(
        "pairs", default=2_000, text="faces, half of them on either side; 0: all"
    )
    image_size: int = shared_flag("image_size", text="side of photographs' crops", least=32)
    seed: int = shared_flag("seed", text="of the choice of faces")
    batch_size: int = shared_flag("batch_size", text="faces at a time")
