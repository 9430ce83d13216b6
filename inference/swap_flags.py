"""Flags that the swap commands share, by the groups of `--help`: one table, hence one long file."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from facedancer.inference.blending.colour import COLOURS, ColourMatch
from facedancer.inference.blending.detail import DEFAULT_DETAIL, DETAILS, Detail
from facedancer.inference.blending.masks import DEFAULT_MASK, MASKS, Mask
from facedancer.inference.blending.paste import DEFAULT_MODE, MODES, Mode
from facedancer.inference.blending.regions import REGIONS, Region
from facedancer.inference.default_networks import (
    AS_USUAL,
    OFF,
    ON,
    PLAIN,
    SHIPPED,
)
from facedancer.inference.faces.choosing import ALL, WHICH
from facedancer.inference.faces.strength import LEAST_STRENGTH, MOST_STRENGTH
from facedancer.inference.network_flags import NetworkFlags, SpeedFlags
from facedancer.inference.video.encoding import AUTO, CODECS, PRESETS
from facedancer.inference.video.excerpt import LEAST_SCALE, MOST_SCALE
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

WHAT = "what and who"
_FACES = "which faces"
_BLENDING = "blending"
_VIDEO = "video"
_MARKING = "marking"


def _listed(registered: Mapping[str, Mask | ColourMatch | Mode | Region | Detail]) -> str:
    return "; ".join(f"{name}, {one.words}" for name, one in registered.items())


@dataclasses.dataclass(frozen=True)
class DetectionFlags:
    """Settings of the search for faces."""

    min_score: float = shared_flag(
        "min_score", text="Leave faces with a lower detection score unchanged.", group=_FACES
    )
    detect_size: int = flag_field(
        640,
        "Longest side for detection; larger pictures are reduced to it. In videos, faces smaller "
        "than about 1/35 of it are missed: raise it for small faces.",
        least=64,
        group=_FACES,
    )


@dataclasses.dataclass(frozen=True)
class FaceFlags(DetectionFlags):
    """Whom to swap, where a picture shows several people."""

    which: str = flag_field(
        ALL,
        "Faces to swap if there are several. In a video, largest and nth follow the person chosen "
        "when first seen.",
        choices=WHICH,
        group=_FACES,
    )
    nth: int = flag_field(
        1,
        "For --which=nth: position of the face, counted from the left, from 1.",
        least=1,
        group=_FACES,
    )
    track: tuple[int, ...] = flag_field(
        (),
        "In a video, swap only the tracks with these numbers; inference/list_tracks.py shows them.",
        group=_FACES,
    )
    reference: tuple[Path, ...] = flag_field(
        (),
        "Swap only this person: photographs, a folder of photographs, or a saved identity.",
        group=_FACES,
    )
    match_threshold: float | None = flag_field(
        None,
        "Least cosine similarity at which a face counts as the wanted person: for --reference, "
        "--mapping, and recognition in videos. Default: 0.5 with dlib's encoder, else 0.3.",
        least=-1,
        most=1,
        group=_FACES,
    )
    min_face: float = shared_flag(
        "min_face",
        text="Leave faces unchanged whose box has a shorter side below this, in pixels.",
        aliases=("min_size",),
        group=_FACES,
    )


@dataclasses.dataclass(frozen=True)
class BlendingFlags:
    """The way in which faces are put back."""

    mask: str = flag_field(
        DEFAULT_MASK,
        f"Area that is taken from the new face: {_listed(MASKS)}; or an ONNX segmentation file.",
        group=_BLENDING,
    )
    colour_match: str = flag_field(
        AS_USUAL,
        f"Transfer the old face's colours to the new face: {_listed(COLOURS)}; {AS_USUAL}: "
        f"{SHIPPED.usual.colour} for the generator that ships, {PLAIN.colour} for others.",
        choices=(AS_USUAL, *COLOURS),
        group=_BLENDING,
    )
    texture: str = flag_field(
        AS_USUAL,
        "Fit the skin of the source's photograph into the new face, in the target's light; "
        f"{AS_USUAL}: {SHIPPED.usual.texture} for the generator that ships, {PLAIN.texture} "
        "for others.",
        choices=(AS_USUAL, ON, OFF),
        group=_BLENDING,
    )
    blend: str = flag_field(
        DEFAULT_MODE,
        f"Blending at the faces' edges: {_listed(MODES)}.",
        choices=tuple(MODES),
        group=_BLENDING,
    )
    super_resolution: str = flag_field(
        "", "ONNX network that enlarges the new face before it is pasted back.", group=_BLENDING
    )
    keep: tuple[str, ...] = flag_field(
        (), f"Parts of the old face to keep: {_listed(REGIONS)}.", group=_BLENDING
    )
    mask_padding: tuple[float, ...] = flag_field(
        (0.0, 0.0, 0.0, 0.0),
        "Cut the mask off at the top, right, bottom and left, in percent of its height and width, "
        "to keep a fringe or a beard.",
        group=_BLENDING,
    )
    detail: str = flag_field(
        DEFAULT_DETAIL,
        f"Fine detail for faces larger than the generator's crop: {_listed(DETAILS)}.",
        choices=tuple(DETAILS),
        group=_BLENDING,
    )


@dataclasses.dataclass(frozen=True)
class ExcerptFlags:
    """A part of a video, its rate and size."""

    start: str = flag_field(
        "",
        "First moment of the video to swap: seconds (90.5), 1:30.5, or a frame number (2250f).",
        group=_VIDEO,
    )
    end: str = flag_field(
        "", "Where to stop, in the same form; this frame is excluded.", group=_VIDEO
    )
    fps: float | None = flag_field(
        None, "Frame rate of the result; default: each frame keeps its own time.", group=_VIDEO
    )
    scale: float = flag_field(
        1.0, "Resize the frames by this factor.", least=LEAST_SCALE, most=MOST_SCALE, group=_VIDEO
    )


@dataclasses.dataclass(frozen=True)
class VideoFlags(ExcerptFlags):
    """The form of videos."""

    steady: bool = flag_field(
        False,
        "Reduce temporal flicker: filter what the swap adds, along the motion of the face.",
        group=_VIDEO,
    )

    codec: str = flag_field(
        AUTO, "Video codec; auto: H.264, or VP9 in WebM.", choices=(AUTO, *CODECS), group=_VIDEO
    )
    crf: int | None = flag_field(
        None,
        "Video quality, 0 (best) to 51, or 63 with --codec=libvpx-vp9; default: no visible loss.",
        group=_VIDEO,
    )
    preset: str = flag_field(
        AUTO,
        'Encoding preset: slower ones make smaller files. auto: "faster" for H.264, else "medium".',
        choices=(AUTO, *PRESETS),
        group=_VIDEO,
    )


@dataclasses.dataclass(frozen=True)
class MarkingFlags:
    """Marks that say that a result is synthetic."""

    mark: bool = shared_flag(
        "mark",
        text="Mark results as synthetic by a watermark, XMP and C2PA. The report records --nomark.",
        group=_MARKING,
    )
    label: bool = flag_field(
        False, "Also write a visible AI MODIFIED on the result.", group=_MARKING
    )
    tag: int = flag_field(
        0, "Number of your own to store in the watermark.", least=0, most=65535, group=_MARKING
    )


@dataclasses.dataclass(frozen=True)
class SignerFlags:
    """Whoever signs results."""

    c2pa_cert: str = flag_field(
        "",
        "Your certificate chain for C2PA signatures, PEM; default: a self-made one.",
        group=_MARKING,
    )
    c2pa_key: str = flag_field("", "Private key of --c2pa_cert, PEM.", group=_MARKING)


@dataclasses.dataclass(frozen=True)
class SourceFlags:
    """The form of a source's photographs."""

    align_source: bool = flag_field(
        True,
        "Detect and align the face in source photographs; no: they are aligned crops already.",
        group=WHAT,
    )


@dataclasses.dataclass(frozen=True)
class WhatFlags(SourceFlags):
    """The inputs of a swap, and where its results go."""

    source: tuple[Path, ...] = shared_flag(
        "source",
        text=(
            "Photographs of the source person, whose identity the faces get; a folder of them; a "
            "saved identity, NAME.identity; or nobody, to anonymise."
        ),
        group=WHAT,
    )
    output: str = shared_flag(
        "output",
        default="results",
        text="Output file if one file is swapped, else output folder; names are kept.",
        aliases=("img_output", "vid_output"),
        group=WHAT,
    )
    seed: int = shared_flag(
        "seed", text="For --source=nobody: each seed gives another invented identity.", group=WHAT
    )
    strength: float | None = flag_field(
        None,
        "How far to move from the face's own identity (0) to the source's (1); above 1 "
        f"exaggerates; default: {SHIPPED.usual.strength:g} for the generator that ships, "
        f"{PLAIN.strength:g} for others.",
        least=LEAST_STRENGTH,
        most=MOST_STRENGTH,
        group=WHAT,
    )
    likeness: bool = flag_field(
        False,
        "For videos too, report the cosine of each swapped face to source and target (slower).",
        group=WHAT,
    )
    compare: bool = flag_field(
        False, "Write still pictures before and after, side by side.", group=WHAT
    )


# In the order in which `--help` lists them.
@dataclasses.dataclass(frozen=True)
class SwapFlags(
    WhatFlags,
    FaceFlags,
    BlendingFlags,
    VideoFlags,
    MarkingFlags,
    SignerFlags,
    NetworkFlags,
    TrustSettings,
    SpeedFlags,
):
    """All that the swap commands have in common."""
