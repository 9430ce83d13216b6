"""Faces of all sizes: each is taken from a look in which the network reads it well.

A face of 60 to 340 pixels in the network's picture is read best. A larger one, which fills the
picture, is found with a high score and landmarks far off, or in parts; a smaller one is read
coarsely, or missed. docs/detector.md has the measurements. So every picture is also looked at much
reduced, and large faces are taken from there; small ones from where it is enlarged, if it is.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from .face import Face

# Pixels, of the longer side of a face's box in the network's picture; from there on another look
# reads it better. That look reduces by the factor.
_LARGE = 340.0
_FACTOR = 4
# A smaller one is read better where the picture is enlarged.
_SMALL = 60.0
# Of a face's side. A box in it that is not nearly as large is another face, or a part of this one.
_NEARLY = 0.5
# A score that is lower by more counts as less sure.
_LESS = 0.02


def coarser_sizes(
    size: tuple[int, int], picture: tuple[int, ...]
) -> Iterator[tuple[tuple[int, int], float]]:
    """The sizes at which a picture is looked at again, for its large faces.

    Args:
        size: height and width of the first look.
        picture: height and width of the picture itself.

    Yields:
        Height and width, and from how many of the picture's pixels on a face's longer side makes
        it one for this look. The next size is for the largest of these. There is none where the
        picture is too small to hold a large face.
    """
    while max(size) >= _LARGE:
        least = _LARGE * max(picture[:2]) / max(size)
        size = (max(1, size[0] // _FACTOR), max(1, size[1] // _FACTOR))
        yield size, least


def with_large(found: Sequence[Face], coarse: Sequence[Face], least: float) -> list[Face]:
    """Joins what two looks at one picture found.

    Args:
        found: in the finer look, in the picture's pixels.
        coarse: in the coarser one, likewise.
        least: from which size on the coarser look is the one that counts.

    Returns:
        The faces, best first. A large one of the coarser look replaces the readings of the same
        face, and parts of it that score less; where a smaller face within it is surer, there is no
        large one.
    """
    faces = list(found)
    for large in coarse:
        if side(large) < least:
            continue
        within = [one for one in faces if is_within(one, large) or is_within(large, one)]
        smaller = [one for one in within if side(one) < _NEARLY * side(large)]
        if any(one.score > large.score + _LESS for one in smaller):
            continue
        kept = [one for one in smaller if one.score >= large.score - _LESS]
        faces = [one for one in faces if one in kept or one not in within] + [large]
    return sorted(faces, key=lambda face: -face.score)


def with_small(found: Sequence[Face], fine: Sequence[Face], scale: float) -> list[Face]:
    """Joins what looks at a picture and at its enlarged tiles found.

    Args:
        found: in the picture as first looked at, in the picture's own pixels.
        fine: in the tiles, likewise, best first; boxes that overlap much are only there once.
        scale: pixels of the picture to one of the first look's.

    Returns:
        The faces, best first. What is in the tiles a reading, or a part, of a face that was found
        before is left out, but replaces it where that face was small.
    """
    faces, added = list(found), []
    for one in fine:
        same = [face for face in faces if is_within(one, face) or is_within(face, one)]
        small = [face for face in same if side(face) < scale * _SMALL]
        # A face that is cut by a tile's border is seen whole in the next tile.
        if len(small) == len(same) and not any(is_within(one, face) for face in added):
            faces = [face for face in faces if face not in small]
            added.append(one)
    return sorted(faces + added, key=lambda face: -face.score)


def side(face: Face) -> float:
    """The longer side of its box."""
    return float(max(face.box[2:] - face.box[:2]))


def is_within(face: Face, other: Face) -> bool:
    """Tells whether a face's middle lies in another's box."""
    middle = (face.box[:2] + face.box[2:]) / 2
    return bool(np.all(middle >= other.box[:2]) and np.all(middle <= other.box[2:]))
