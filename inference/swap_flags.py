"""Flags that the swap commands share, by the groups of `--help`: one table, hence one long file."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from facedancer.inference.blending.colour import COLOURS, DEFAULT_COLOUR, ColourMatch
from facedancer.inference.blending.detail import DEFAULT_DETAIL, DETAILS, Detail
from facedancer.inference.blending.masks import DEFAULT_MASK, MASKS, Mask
from facedancer.inference.blending.paste import DEFAULT_MODE, MODES, Mode
from facedancer.inference.blending.regions import REGIONS, Region
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
        "min_score", text="Leave faces alone that the detector is less sure of.", group=_FACES
    )
    detect_size: int = flag_field(
        640,
        "Pictures with a longer side are reduced to this before detection; in videos, faces less "
        "than about 1/35 of it high are missed.",
        least=64,
        group=_FACES,
    )


@dataclasses.dataclass(frozen=True)
class FaceFlags(DetectionFlags):
    """Whom to swap, where a picture shows several people."""

    which: str = flag_field(
        ALL,
        "Of several faces: all, the largest, or the nth; in a video whoever that is when first "
        "seen.",
        choices=WHICH,
        group=_FACES,
    )
    nth: int = flag_field(
        1, "For --which=nth: counted from the left, from 1.", least=1, group=_FACES
    )
    track: tuple[int, ...] = flag_field(
        (),
        "In a video, the tracks that alone are swapped, by the numbers that inference/"
        "list_tracks.py shows.",
        group=_FACES,
    )
    reference: tuple[Path, ...] = flag_field(
        (),
        "Photographs of the person who alone is swapped, a folder of them, or a saved identity.",
        group=_FACES,
    )
    match_threshold: float = flag_field(
        0.3,
        "Least cosine of a face and a reference for them to be one person.",
        least=-1,
        most=1,
        group=_FACES,
    )
    min_face: float = shared_flag(
        "min_face",
        text="Leave faces alone whose box has a shorter side, in pixels.",
        aliases=("min_size",),
        group=_FACES,
    )


@dataclasses.dataclass(frozen=True)
class BlendingFlags:
    """The way in which faces are put back."""

    mask: str = flag_field(
        DEFAULT_MASK,
        f"How much of the new face is taken where: {_listed(MASKS)}; or an ONNX segmentation file.",
        group=_BLENDING,
    )
    colour_match: str = flag_field(
        DEFAULT_COLOUR,
        f"Give the new face the colours of the old one: {_listed(COLOURS)}.",
        choices=tuple(COLOURS),
        group=_BLENDING,
    )
    blend: str = flag_field(
        DEFAULT_MODE,
        f"How the faces' edges run into each other: {_listed(MODES)}.",
        choices=tuple(MODES),
        group=_BLENDING,
    )
    super_resolution: str = flag_field(
        "", "An ONNX network that enlarges the new face.", group=_BLENDING
    )
    keep: tuple[str, ...] = flag_field(
        (), f"What of the old face stays: {_listed(REGIONS)}.", group=_BLENDING
    )
    mask_padding: tuple[float, ...] = flag_field(
        (0.0, 0.0, 0.0, 0.0),
        "What is taken off the mask above, to the right, below and to the left, in per cent of its "
        "height and width.",
        group=_BLENDING,
    )
    detail: str = flag_field(
        DEFAULT_DETAIL,
        f"Fine detail of faces that are larger than the generator's crop: {_listed(DETAILS)}.",
        choices=tuple(DETAILS),
        group=_BLENDING,
    )


@dataclasses.dataclass(frozen=True)
class ExcerptFlags:
    """A part of a video, its rate and size."""

    start: str = flag_field(
        "",
        "Where in a video to begin: seconds (90.5), 1:30.5, or a frame's number (2250f).",
        group=_VIDEO,
    )
    end: str = flag_field("", "Where to end, likewise; this frame is out.", group=_VIDEO)
    fps: float | None = flag_field(
        None, "Frames a second of the result; default: every frame at its own time.", group=_VIDEO
    )
    scale: float = flag_field(
        1.0,
        "By how much the result's frames are larger.",
        least=LEAST_SCALE,
        most=MOST_SCALE,
        group=_VIDEO,
    )


@dataclasses.dataclass(frozen=True)
class VideoFlags(ExcerptFlags):
    """The form of videos."""

    steady: bool = flag_field(
        False,
        "Filter what the swap adds along the face's motion, against flicker.",
        group=_VIDEO,
    )

    codec: str = flag_field(
        AUTO, "Of videos: H.264; VP9 in WebM.", choices=(AUTO, *CODECS), group=_VIDEO
    )
    crf: int | None = flag_field(
        None,
        "Quality of videos, 0 (best) to 51; default: one at which no loss is seen.",
        group=_VIDEO,
    )
    preset: str = flag_field(
        AUTO,
        "Of videos: the slower, the smaller the file; H.264 is written faster, others medium.",
        choices=(AUTO, *PRESETS),
        group=_VIDEO,
    )


@dataclasses.dataclass(frozen=True)
class MarkingFlags:
    """Marks that say that a result is synthetic."""

    mark: bool = shared_flag(
        "mark",
        text="Mark results as synthetic: watermark, XMP, C2PA. --nomark is written in the report.",
        group=_MARKING,
    )
    label: bool = flag_field(False, "Also write AI MODIFIED where it can be seen.", group=_MARKING)
    tag: int = flag_field(
        0, "A number of your own within the watermark.", least=0, most=65535, group=_MARKING
    )


@dataclasses.dataclass(frozen=True)
class SignerFlags:
    """Whoever signs results."""

    c2pa_cert: str = flag_field(
        "", "Your certificate chain, PEM; default: one made here.", group=_MARKING
    )
    c2pa_key: str = flag_field("", "Its private key, PEM.", group=_MARKING)


@dataclasses.dataclass(frozen=True)
class SourceFlags:
    """The form of a source's photographs."""

    align_source: bool = flag_field(
        True, "Find and align the source's face; no: the picture is such a crop.", group=WHAT
    )


@dataclasses.dataclass(frozen=True)
class WhatFlags(SourceFlags):
    """The inputs of a swap, and where its results go."""

    source: tuple[Path, ...] = shared_flag(
        "source",
        text=(
            "Photographs of the person whose identity the faces get, or a folder of them, or a "
            "saved identity, NAME.identity; or nobody, to anonymise."
        ),
        group=WHAT,
    )
    output: str = shared_flag(
        "output",
        default="results",
        text="A file, if one file is swapped; else a folder, where names are kept.",
        aliases=("img_output", "vid_output"),
        group=WHAT,
    )
    seed: int = shared_flag(
        "seed", text="For --source=nobody: another seed, another nobody.", group=WHAT
    )
    strength: float = flag_field(
        1.0,
        "How far faces go from their own identity (0) to the source's (1); above 1 beyond it.",
        least=LEAST_STRENGTH,
        most=MOST_STRENGTH,
        group=WHAT,
    )
    likeness: bool = flag_field(
        False,
        "Tell in the report of videos, too, whom each face looks like after its swap.",
        group=WHAT,
    )
    compare: bool = flag_field(
        False, "Write pictures before and after, side by side; not videos.", group=WHAT
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
