"""Conventions of published ONNX swappers, by name; `--help` shows the names.

The conventions are those by which these files are used in public programs: where the face lies in
their pictures, how pixels and identities are scaled, and which encoder an identity is by. None of
the files is part of this project; their licences are their authors'.
"""

import dataclasses
import enum

# Places of the five landmarks in a picture of side 1.
# ArcFace's of 112 px, 8 pixels further right, in a picture of 128.
_ARCFACE_128 = (
    (0.36167656, 0.40387734),
    (0.63696719, 0.40235469),
    (0.50019687, 0.56044219),
    (0.38710391, 0.72160547),
    (0.61507734, 0.72034453),
)
_ARCFACE_EVEN = (
    (0.35473214, 0.45658929),
    (0.64526786, 0.45658929),
    (0.50000000, 0.61154464),
    (0.37913393, 0.77687500),
    (0.62086607, 0.77687500),
)
_FFHQ = (
    (0.37691676, 0.46864664),
    (0.62285697, 0.46912813),
    (0.50123859, 0.61331904),
    (0.39308822, 0.72541100),
    (0.61150205, 0.72490465),
)
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_NONE = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class Source(enum.Enum):
    """The form in which a swapper takes the source."""

    RAW = "the identity as the encoder gives it"
    UNIT = "the identity, of length 1"
    MATRIX = "the identity through the file's own last matrix, over the identity's length"
    PICTURE = "the source's picture, 0 to 1"


@dataclasses.dataclass(frozen=True)
class Convention:
    """One kind of published swapper.

    Attributes:
        side: of its pictures, in pixels; where the file fixes another one, that is taken.
        places: of the landmarks in the target's picture, ``[5, 2]`` in parts of its side.
        scaling: mean and deviation of the target's RGB in 0..1, which are taken off and divided by.
        is_scaled_back: whether the answer is scaled so as well; else it lies in 0..1.
        source: what is given of the source.
        encoder_scaling: of the identity encoder's picture of 112 px, likewise.
        source_places: of the landmarks in the source's picture, where one is given.
    """

    side: int
    places: tuple[tuple[float, float], ...]
    scaling: tuple[tuple[float, ...], tuple[float, ...]]
    is_scaled_back: bool
    source: Source
    encoder_scaling: tuple[tuple[float, ...], tuple[float, ...]] = _HALF
    source_places: tuple[tuple[float, float], ...] = _FFHQ


CONVENTIONS: dict[str, Convention] = {
    "inswapper": Convention(128, _ARCFACE_128, _NONE, False, Source.MATRIX),
    "simswap": Convention(
        256, _ARCFACE_EVEN, _IMAGENET, False, Source.UNIT, encoder_scaling=_IMAGENET
    ),
    "simswap_512": Convention(512, _ARCFACE_EVEN, _NONE, False, Source.UNIT),
    "hyperswap": Convention(256, _ARCFACE_128, _HALF, True, Source.UNIT),
    "uniface": Convention(256, _FFHQ, _HALF, True, Source.PICTURE),
    "ghost": Convention(256, _ARCFACE_EVEN, _HALF, True, Source.RAW),
}
