"""One frame of a target: whose faces are there, and what the swap would make of it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.core.frames import Frame, Observation, SwappedFrame
from facedancer.inference.core.looking import Look
from facedancer.inference.core.pipeline import Batches
from facedancer.inference.faces.choosing import Choice, Role, assign
from facedancer.inference.faces.identity import unit
from facedancer.inference.faces.planning import PicturePlanner
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.frame_at import frame_at
from facedancer.inference.video.reader import open_video
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face, template
from facedancer.utils.images import read_image

from .visits import SeenFace

# Cosine from which a face of another frame is one that the visitor has seen already.
_SAME_PERSON = 0.4
# Crops in one call of the generator: bounds the memory that a crowd takes.
_MOST_CROPS = 16


@dataclasses.dataclass(frozen=True, eq=False)
class Sight:
    """A frame that was looked at.

    Attributes:
        image: ``[H, W, 3]`` uint8 RGB.
        seen: its faces, from left to right, with their identities.
    """

    image: np.ndarray
    seen: Observation


def read_moment(target: Path, kind: str, moment: float) -> np.ndarray:
    """The frame of a target at a second, ``[H, W, 3]`` uint8 RGB; of a picture, the picture.

    Raises:
        UserError: it cannot be read.
    """
    return read_image(target) if kind == "picture" else frame_at(target, moment)


def look(swapper: Swapper, image: np.ndarray) -> Sight:
    """Finds the faces of a frame as the swap of a picture does."""
    (seen,) = Look(swapper.detector, swapper.encoder, is_video=False)([Frame(image, 0)])
    order = sorted(range(len(seen.faces)), key=lambda one: float(seen.faces[one].box[[0, 2]].sum()))
    faces = tuple(seen.faces[one] for one in order)
    own = None if seen.embeddings is None else seen.embeddings[order]
    return Sight(image, dataclasses.replace(seen, faces=faces, embeddings=own))


def cut_faces(swapper: Swapper, sight: Sight) -> list[np.ndarray]:
    """The faces as the generator gets them, ``[S, S, 3]`` uint8 RGB each."""
    side = swapper.generator.image_size
    return [
        align_face(sight.image, face.landmarks, side, extends=True)[0] for face in sight.seen.faces
    ]


def try_swap(
    swapper: Swapper, sight: Sight, choice: Choice, blending: Blending, with_attention: bool = False
) -> SwappedFrame:
    """Swaps the one frame, in memory; nothing is marked.

    Args:
        swapper: the loaded networks.
        sight: from `look`.
        choice: who gets whose face.
        blending: how faces are put back.
        with_attention: also keep where AFFA let the new face through.

    Returns:
        The frame with its new faces put back.
    """
    frame = Frame(sight.image, 0)
    (plan,) = PicturePlanner(choice).push(sight.seen)
    attends = (with_attention or blending.needs_attention) and swapper.generator.attend is not None
    batches = Batches(swapper.generator, _MOST_CROPS, with_attention=attends)
    (done,) = batches.swap([(frame, sight.seen, plan)])
    return dataclasses.replace(done, image=blend(sight.image, done.faces, blending))


def recognised(known: Sequence[SeenFace], sight: Sight) -> list[int | None]:
    """For each face of a sight, its place among those that the visitor knows."""
    found = len(sight.seen.faces)
    if not found or not known:
        return [None] * found
    identities = np.stack([unit(np.array(one.identity, np.float32)) for one in known])
    likeness = np.stack([unit(one) for one in sight.seen.embeddings]) @ identities.T
    return assign(likeness, likeness >= _SAME_PERSON)


def length_of(path: Path) -> float:
    """A moving target's length; 0 where the file does not say."""
    with open_video(path) as video:
        info = video.info
    if info.duration_s is not None:
        return max(0.0, info.duration_s)
    return float(info.frames / info.average_rate) if info.frames else 0.0


def warm(swapper: Swapper) -> None:
    """Lets the networks look and swap once, which takes seconds the first time.

    Args:
        swapper: the loaded networks.
    """
    side = swapper.generator.image_size
    face = Face(np.array([0, 0, side, side], np.float32), template(side).astype(np.float32), 1.0)
    image = np.full((4 * side, 4 * side, 3), 128, np.uint8)
    look(swapper, image)
    own = np.array(swapper.identity_of_crop(image[:side, :side]))
    seen = dataclasses.replace(Observation.of(Frame(image, 0), [face]), embeddings=own[None])
    try_swap(swapper, Sight(image, seen), Choice([Role(own)]), Blending())
