"""The Python API: models loaded once, then pictures, folders and videos through one core."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.arcface_model.lite_encoder import LiteEncoder, load_embedder
from facedancer.retinaface.detector import Detector, Face, load_detector
from facedancer.utils.alignment import align_face
from facedancer.utils.cli import UserError
from facedancer.utils.images import uint8_to_signed

from .blending.blending import Blending, blend
from .jobs import core
from .jobs.frames import Frame, Observation, PlannedFace
from .jobs.work_folder import identify
from .loading import Generator, load_generator
from .precision import choose_precision
from .swapped_face import SwappedFace

if TYPE_CHECKING:
    from .faces.choosing import Choice
    from .jobs.outcome import Outcome
    from .jobs.settings import SwapSettings

__all__ = ["NoFaceError", "SwapResult", "SwappedFace", "Swapper"]

# Crops in one call of the generator: bounds the memory that a crowd takes.
_MAX_BATCH = 16


class NoFaceError(UserError):
    """The detector found no face where one is needed."""


@dataclasses.dataclass(frozen=True, eq=False)
class SwapResult:
    """A swapped picture, ``[H, W, 3]`` uint8 RGB, and its faces, best detection first."""

    image: np.ndarray
    faces: tuple[SwappedFace, ...]


class Swapper:
    """Puts persons' identities onto the faces of pictures and videos.

    Args:
        generator: from `load_generator`.
        encoder: the identity encoder that the generator was trained with.
        detector: finds the faces of sources and targets.

    Attributes:
        fingerprint: what tells these models from others, as JSON has it: a killed run goes on with
            the same ones alone. The encoder shows in the identities.
    """

    def __init__(
        self, generator: Generator, encoder: keras.Model | LiteEncoder, detector: Detector
    ) -> None:
        self.generator = generator
        self.encoder = encoder
        self.detector = detector
        self.fingerprint: list[Any] = [generator.description]

    @classmethod
    def load(
        cls,
        facedancer_path: str | Path,
        arcface_path: str | Path,
        retina_path: str | Path | None = None,
        precision: str = "auto",
    ) -> "Swapper":
        """Loads all three networks; without ``retina_path`` the detector that ships.

        Args:
            facedancer_path: see `load_generator`.
            arcface_path: the identity encoder that the generator was trained with.
            retina_path: see `load_detector`.
            precision: what the generator computes in, one of `precision.PRECISIONS`.

        Raises:
            UserError: a file is missing or holds something else.
        """
        swapper = cls(
            load_generator(facedancer_path, choose_precision(precision)),
            load_embedder(arcface_path),
            load_detector(retina_path),
        )
        paths = [facedancer_path, *([retina_path] if retina_path else [])]
        swapper.fingerprint += [identify(Path(path)) for path in paths]
        return swapper

    def identity_of(self, image: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of the largest face in a ``[H, W, 3]`` uint8 RGB picture.

        Raises:
            NoFaceError: no face was found.
        """
        faces = self.detector.detect(image)
        if not faces:
            raise NoFaceError("no face found; take a picture that shows one clearly, not too small")
        landmarks = max(faces, key=_area).landmarks
        return self.identity_of_crop(align_face(image, landmarks, input_side(self.encoder))[0])

    def identity_of_crop(self, crop: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of an aligned face crop, ``[S, S, 3]`` uint8 RGB."""
        signed = uint8_to_signed(crop[None])
        return arcface.encode(self.encoder, signed)["embedding"][0].numpy()

    def swap(self, image: np.ndarray, identity: np.ndarray) -> SwapResult:
        """Gives every face of a picture the identity; all else in the picture stays as it is.

        In memory and in the plainest way: nothing is marked, and the mask is the soft box.
        `swap_file` has all the rest.

        Args:
            image: ``[H, W, 3]`` uint8 RGB.
            identity: ``[512]``, from `identity_of`.

        Returns:
            The new picture and its faces; where no face was found, an equal picture and none.
        """
        frame = Frame(image, 0)
        seen = Observation.of(frame, self.detector.detect(image))
        plan = tuple(PlannedFace(face, identity) for face in seen.faces)
        batches = core.Batches(self.generator, _MAX_BATCH, is_padded=False)
        (done,) = batches.swap([(frame, seen, plan)])
        return SwapResult(blend(image, done.faces, Blending()), done.faces)

    def swap_file(
        self,
        target: str | Path,
        sources: Sequence[str | Path],
        output: str | Path,
        settings: "SwapSettings | None" = None,
        choice: "Choice | None" = None,
    ) -> "list[Outcome]":
        """Swaps a picture, a video, an animation or a folder of all of these, file to file.

        Args:
            target: the content tells which of them it is.
            sources: photographs of the person whose identity the faces get.
            output: a file, or for a folder a folder.
            settings: how faces are blended, results marked and encoded; None: the defaults, with
                marking.
            choice: which faces get which identity; None: all of them the sources'.

        Returns:
            How it ended: for the pictures, and for every video.

        Raises:
            UserError: a file cannot be read or written; the message says which and why.
        """
        from .faces.choosing import Choice, Role
        from .jobs.settings import SwapSettings
        from .jobs.sources import identity_from
        from .jobs.targets import find_tasks, swap_all

        tasks = find_tasks([Path(target)], Path(output), [Path(path) for path in sources])
        choice = choice or Choice([Role(identity_from(self, sources))])
        return list(swap_all(self, tasks, choice, settings or SwapSettings()))


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return float((right - left) * (bottom - top))
