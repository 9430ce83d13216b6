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
    name: str = flag_field(
        "", "name of the swapper in tables; empty: from its path", group="networks"
    )


@dataclasses.dataclass(frozen=True)
class TaskSettings(NetworkSettings):
    """The making of swaps, whatever is then measured: see `swaps.task.prepare`."""

    targets: str = shared_flag("targets")
    swapper: str = flag_field(
        "",
        "swapper to evaluate: a generator or a run's folder; a folder of results, P.png for pair "
        f"P of --pair_list; NAME:FILE, a published ONNX swapper of {', '.join(CONVENTIONS)}; or "
        f"{', '.join(TRIVIAL)}, which swap nothing",
        needed=True,
    )
    output: str = shared_flag("output", aliases=("out_dir",), needed=True)
    sources: str = shared_flag("sources", group=_DATA)
    image_size: int = shared_flag(
        "image_size",
        text="side of the crops of photographs, for swappers that take any size",
        least=32,
        group=_DATA,
    )
    pairs: int = shared_flag("pairs", group=_PAIRS)
    pair_list: str = shared_flag(
        "pair_list",
        text="pairs.json of an earlier evaluation, to use its pairs instead of --pairs",
        group=_PAIRS,
    )
    seed: int = shared_flag(
        "seed", text="random seed of the pairs and the confidence intervals", group=_PAIRS
    )


def _judge(role: str, words: str = "") -> str:
    return flag_field(
        SHIPPED[role],
        f"network that {words or f'measures {role}'}: FILE, NAME or NAME:FILE, of "
        f"{', '.join(ENCODERS[role])}; empty: do not measure it",
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
    features_encoder: str = _judge("features", "gives the features for FID")
    truths: str = flag_field(
        "",
        "folder with the right answers, P.png for pair P of --pair_list, and mask/P.png; "
        "lab/render_swaps.py renders them",
        group=_MEASURES,
    )
    flicker_frames: int = flag_field(
        16,
        "number of neighbouring frames of each target video for measuring temporal flicker; 0: do "
        "not measure it",
        least=0,
        group=_MEASURES,
    )
    runtime: bool = flag_field(True, "also measure a generator's time and memory", group=_MEASURES)
    write_inputs: bool = flag_field(
        False, "also write the crops of all pairs, for swapping by another system"
    )
    write_fakes: bool = flag_field(
        False, "also write swaps, originals, masks and a manifest, for fake detectors"
    )
    batch_size: int = shared_flag("batch_size", text="pairs per batch")


@dataclasses.dataclass(frozen=True)
class MarginSettings(TaskSettings):
    """One analysis of IFSR's margins."""

    swapper: str = changed_flag(TaskSettings, "swapper", needed=False)
    without_swapper: bool = flag_field(
        False, "estimate the margins from pictures of known people only, instead of with --swapper"
    )
    pairs: int = shared_flag("pairs", default=1_000, group=_PAIRS)
    analysed_encoder: str = flag_field(
        "", "identity encoder to analyse; empty: --encoder", group="networks"
    )
    blocks: tuple[str, ...] = flag_field(
        (),
        "encoder blocks to give a margin; empty: those with a margin in training, except blocks "
        "that identify people (error rate of 50 % or more)",
    )
    batch_size: int = shared_flag("batch_size", default=32, text="pairs per batch")


@dataclasses.dataclass(frozen=True)
class SensitivitySettings:
    """One measurement of what FID tells."""

    targets: str = shared_flag(
        "targets", text="faces to change: a folder of shards, or of photographs and videos"
    )
    output: str = shared_flag("output", aliases=("out_dir",), needed=True)
    features_encoder: str = changed_flag(EvaluationSettings, "features_encoder")
    pairs: int = shared_flag(
        "pairs", default=2_000, text="number of faces, half of them on each side; 0: all"
    )
    image_size: int = shared_flag(
        "image_size", text="side of the crops of photographs, in pixels", least=32
    )
    seed: int = shared_flag("seed", text="random seed of the choice of faces")
    batch_size: int = shared_flag("batch_size", text="faces per batch")
