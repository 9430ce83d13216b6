"""Faces in photographs of any sizes: in batches, and a second look where there is need of one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from .detector import PADDING, Detector, check_image
from .face import Face
from .posture import posture
from .scales import coarser_sizes, with_large, with_small
from .views import View, enlargements, whole

NOTHING = "nothing"
UPRIGHT = "upright"
ENLARGED = "enlarged"
TURNS = {90: "turned 90", 180: "turned 180", 270: "turned 270"}

# Pixels. Planes of a batch have sides that are multiples of it: few shapes, little padding.
_GRID = 32
# Degrees, and distances between the eyes, for what `posture` measures. Landmarks that were read off
# a face on its side or its head lean or fit badly; docs/detector.md has the measurements.
_PLAIN_TILT, _PLAIN_MISFIT = 30.0, 0.2
# Degrees. One that leans by 45 has two equally good turns, and is read with errors of a few.
_MOST_TILT = 50.0


@dataclass(frozen=True, eq=False)
class Found:
    """The faces that a search found in one picture.

    Attributes:
        faces: best first, in pixels of the picture as given. Landmarks keep the template's order
            for a person who is upright: on a head turned upside down the "left" eye lies right.
        found_by: ``"upright"``: in the picture as given; ``"turned 90"``, ``"turned 180"`` or
            ``"turned 270"``: by how many degrees clockwise the picture had to be turned;
            ``"enlarged"``; ``"nothing"``.
    """

    faces: tuple[Face, ...]
    found_by: str


class FaceSearch:
    """Finds the faces of photographs, and looks again where it saw none, or none plainly upright.

    First every picture as it is, reduced as the detector does, and for large faces once more (see
    `scales`). Then:

    * ``turned``: where no face was found that is plainly upright, the picture turned by 90, 180 and
      270 degrees too. "Nothing found" alone would not do as a reason: the network finds most turned
      faces, with a high score, but reads their landmarks wrong. Of the four readings that one is
      taken, with all its faces, whose best face scores best; one in which no face stands upright
      only for want of another. Readings are never mixed: a person seen in two is not two faces.
    * ``enlarged``: where nothing was found yet and the picture had been reduced, the picture at
      larger sizes, up to its own, until something is found; in overlapping tiles. Not turned as
      well.
    * ``small``: the same where faces were found, at every size: those that are seen only now are
      added.

    What is found in a picture does not depend, beyond rounding, on the other pictures nor on
    ``batch_size``.

    Args:
        detector: finds what scores above its ``min_score``, in every pass.
        batch_size: pictures (tiles) that one pass of the network takes. It bounds the memory: a
            pass holds no more than that many squares of the detector's ``max_side``.
        turned: whether to look again at turned pictures.
        enlarged: whether to look again at a larger scale.
        small: whether to do so in every picture. It costs a pass of the network over all of the
            picture's own pixels.

    Raises:
        ValueError: ``batch_size`` is not positive.
    """

    def __init__(
        self,
        detector: Detector,
        batch_size: int = 8,
        turned: bool = True,
        enlarged: bool = True,
        small: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be positive, not {batch_size}")
        self.detector = detector
        self.batch_size = batch_size
        self.turned = turned
        self.enlarged = enlarged
        self.small = small

    def find(self, images: Sequence[np.ndarray]) -> list[Found]:
        """The faces of each picture.

        Args:
            images: each ``[H, W, 3]`` uint8 RGB, of any size.

        Raises:
            ValueError: an image has another shape or type.
        """
        for image in images:
            check_image(image)
        seen = self._look_whole([(image, 0) for image in images])
        found = [Found(tuple(faces), UPRIGHT if faces else NOTHING) for faces in seen]
        if self.turned:
            self._find_turned(images, found)
        if self.enlarged:
            self._find_enlarged(images, found)
        return found

    def _find_turned(self, images: Sequence[np.ndarray], found: list[Found]) -> None:
        doubtful = [index for index, first in enumerate(found) if not _has_plain_face(first)]
        seen = iter(
            self._look_whole([(images[index], turn) for index in doubtful for turn in TURNS])
        )
        for index in doubtful:
            readings = {0: found[index]}
            for turn, name in TURNS.items():
                faces = tuple(next(seen))
                readings[turn] = Found(faces, name if faces else NOTHING)
            best_turn = max(readings, key=lambda turn: _trust(readings[turn], turn))
            found[index] = readings[best_turn]

    def _find_enlarged(self, images: Sequence[np.ndarray], found: list[Found]) -> None:
        if self.detector.max_side is None:
            return
        for index, image in enumerate(images):  # One by one: no more than one is held enlarged.
            if found[index].faces and not self.small:
                continue
            for tiles in enlargements(image, self._size(image), self.detector.max_side):
                seen = [face for faces in self._look(tiles) for face in faces]
                if not seen:
                    continue
                before = found[index]
                scale = max(image.shape) / max(self._size(image))
                faces = with_small(before.faces, self.detector.best(seen), scale)
                found[index] = Found(tuple(faces), before.found_by if before.faces else ENLARGED)
                if not self.small:
                    break

    def _look_whole(self, asked: Sequence[tuple[np.ndarray, int]]) -> list[list[Face]]:
        """The faces in each of the pictures as turned by so many degrees, at every scale."""
        found = self._look([whole(image, self._size(image), turn) for image, turn in asked])
        coarser = [
            (index, size, least)
            for index, (image, _) in enumerate(asked)
            for size, least in coarser_sizes(self._size(image), image.shape)
        ]
        views = [whole(asked[index][0], size, asked[index][1]) for index, size, _ in coarser]
        for (index, _, least), large in zip(coarser, self._look(views), strict=True):
            found[index] = with_large(found[index], large, least)
        return found

    def _size(self, image: np.ndarray) -> tuple[int, int]:
        return self.detector.reduced_size(*image.shape[:2])

    def _look(self, views: Sequence[View]) -> list[list[Face]]:
        """The faces in each view, best first, in its picture's pixels."""
        by_plane: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, view in enumerate(views):
            by_plane[tuple(_GRID * ceil(side / _GRID) for side in view.size)].append(index)
        faces: list[list[Face]] = [[] for _ in views]
        for plane, indices in by_plane.items():
            for start in range(0, len(indices), self.batch_size):
                chosen = indices[start : start + self.batch_size]
                seen = self._look_once([views[index] for index in chosen], plane)
                for index, in_view in zip(chosen, seen, strict=True):
                    faces[index] = [face.moved(views[index].to_picture) for face in in_view]
        return faces

    def _look_once(self, views: Sequence[View], plane: tuple[int, ...]) -> list[list[Face]]:
        batch = np.empty((len(views), *plane, 3), np.uint8)
        batch[:] = PADDING
        for slot, view in zip(batch, views, strict=True):
            slot[: view.size[0], : view.size[1]] = view.draw()
        return self.detector.detect_in(batch, [view.area for view in views])


def _has_plain_face(found: Found) -> bool:
    postures = (posture(face.landmarks) for face in found.faces)
    return any(abs(tilt) <= _PLAIN_TILT and misfit <= _PLAIN_MISFIT for tilt, misfit in postures)


def _trust(reading: Found, turn: int) -> tuple[bool, float]:
    """By what the best of several readings is chosen: does a face stand upright, and its score."""
    return max(((_stands(face, turn), face.score) for face in reading.faces), default=(False, 0.0))


def _stands(face: Face, turn: int) -> bool:
    """Tells whether a face of the picture is upright once the picture is turned clockwise."""
    tilt = posture(face.landmarks)[0] + turn
    return abs((tilt + 180) % 360 - 180) <= _MOST_TILT
