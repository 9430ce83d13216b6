"""The pictures that the gates look at: each person's own, and targets with parts of a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from facedancer.retinaface.detector import Detector
from facedancer.utils.alignment import align_face
from facedancer.utils.progress import progress_bar

from ..people.families import SIBLINGS, family_number
from ..people.sessions import PICTURES
from ..pictures.render import render
from ..pictures.rendering_job import for_each
from ..pictures.shown import Part

# The rows of the table: what of the head in the target's picture is the source's.
PARTS = {
    "nothing": Part.NOTHING,
    "shape": Part.SHAPE,
    "looks": Part.LOOKS,
    "hair": Part.HAIR,
    "glasses": Part.GLASSES,
    "hair and glasses": Part.HAIR | Part.GLASSES,
    "face": Part.FACE,
    "all": Part.HEAD,
}
GALLERY = 4  # pictures of each person, of as many sessions.
# Pictures of sessions that the gallery does not have.
_SOURCE, _TARGET = PICTURES * GALLERY, PICTURES * (GALLERY + 1)
# A photograph is as much larger than a crop as the lab's data are.
_PHOTOGRAPH = 2
_BATCH = 32


@dataclass(frozen=True)
class Pictures:
    """Aligned crops of P people, ``[..., S, S, 3]`` uint8 RGB."""

    numbers: np.ndarray  # [P] people
    sources: np.ndarray  # [P] positions in `numbers`: whose parts are shown in a person's picture
    gallery: np.ndarray  # [P, GALLERY, S, S, 3]
    source: np.ndarray  # [P, S, S, 3] each person as a source
    swapped: dict[str, np.ndarray]  # by `PARTS`: [P, S, S, 3] each person's picture as a target
    undetected: int  # pictures whose face was not found: cropped by their labels

    @property
    def families(self) -> np.ndarray:
        """``[P]``."""
        return family_number(self.numbers)


def draw_sources(count: int, seed: int) -> np.ndarray:
    """``[count]`` positions: for each person a source of another family, each person once.

    Raises:
        ValueError: there is one family only.
    """
    families = -(-count // SIBLINGS)
    if families < 2:
        raise ValueError(f"{count} people are one family; sources come from another")
    # A family away at least and at most one from coming round again.
    step = int(np.random.default_rng(seed).integers(1, families)) * SIBLINGS
    return (np.arange(count) + min(step, count - SIBLINGS)) % count


def draw_pictures(
    numbers: range, side: int, seed: int, detector: Detector, workers: int
) -> Pictures:
    """Renders and crops as the lab's data are: around the landmarks that the detector finds.

    What is shown of a source is cropped as the target's own picture, as swaps are.

    Args:
        numbers: of the people; whole families.
        side: of the crops; photographs are twice as wide.
        seed: of the population, and of who is whose source.
        detector: finds the faces.
        workers: processes.
    """
    sources = draw_sources(len(numbers), seed)
    jobs = [(number, numbers[sources[place]]) for place, number in enumerate(numbers)]
    drawn: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    with progress_bar(total=len(jobs), desc="rendering", unit="person") as progress:
        work = partial(draw_person, seed, side * _PHOTOGRAPH)
        for number, pictures in for_each(work, jobs, workers):
            drawn[number] = pictures
            progress.update(1)
    people = [drawn[number] for number in numbers]
    own = [one for pictures in people for one in pictures[: GALLERY + 2]]
    landmarks, undetected = _landmarks(own, detector)
    landmarks = landmarks.reshape(len(people), GALLERY + 2, 5, 2)

    def crops(place: int, points: int) -> np.ndarray:
        return np.stack(
            [
                align_face(pictures[place][0], found[points], side)[0]
                for pictures, found in zip(people, landmarks, strict=True)
            ]
        )

    target = GALLERY + 1
    return Pictures(
        np.array(numbers),
        sources,
        np.stack([crops(place, place) for place in range(GALLERY)], axis=1),
        crops(GALLERY, GALLERY),
        {name: crops(target + place, target) for place, name in enumerate(PARTS)},
        undetected,
    )


def draw_person(
    seed: int, side: int, job: tuple[int, int]
) -> tuple[int, list[tuple[np.ndarray, np.ndarray]]]:
    """Renders one person: for the gallery, as a source, and as a target by `PARTS`.

    Args:
        seed: of the population.
        side: of the pictures.
        job: the numbers of the person and of whose parts are shown in their picture.

    Returns:
        The person's number; pictures ``[side, side, 3]`` with their landmarks ``[5, 2]``.
    """
    number, source = job
    drawn = [render(seed, number, PICTURES * session, side) for session in range(GALLERY)]
    drawn.append(render(seed, number, _SOURCE, side))
    for part in PARTS.values():
        drawn.append(
            render(seed, number, _TARGET, side, face_of=source, source_index=_SOURCE, only=part)
        )
    return number, [
        (picture, np.reshape(labels["landmarks"], (5, 2)).astype(np.float32))
        for picture, labels in drawn
    ]


def _landmarks(
    pictures: Sequence[tuple[np.ndarray, np.ndarray]], detector: Detector
) -> tuple[np.ndarray, int]:
    """``[N, 5, 2]`` of the largest face in each, and how often the label's had to do."""
    points, undetected = [], 0
    for start in range(0, len(pictures), _BATCH):
        batch = pictures[start : start + _BATCH]
        found = detector.detect_batch([picture for picture, _ in batch])
        for (_, labelled), faces in zip(batch, found, strict=True):
            face = max(
                faces, key=lambda one: float(np.ptp(one.box.reshape(2, 2), 0).prod()), default=None
            )
            undetected += face is None
            points.append(labelled if face is None else face.landmarks)
    return np.stack(points), undetected
