"""Frames on their way through the core: as read, seen, planned and swapped."""

import base64
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from facedancer.retinaface.face import Face

from ..texture.source import SourceTexture
from .swapped_face import SwappedFace

# Of what observations hold and how they come about: a run that goes on does so with its equals.
OBSERVATIONS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """A picture on its way.

    Attributes:
        image: ``[H, W, 3]`` uint8 RGB.
        number: from 0, of the video's frames or of the pictures.
        time_s: when it is shown; 0 for pictures.
        origin: what it came as: a `VideoFrame`, or a picture's path.
    """

    image: np.ndarray
    number: int
    time_s: float = 0.0
    origin: Any = None


@dataclasses.dataclass(frozen=True, eq=False)
class Observation:
    """The sights in one frame; all that tracking and choosing get of it.

    Attributes:
        number: the frame's.
        time_s: the frame's.
        faces: best first.
        embeddings: ``[N, 512]`` float32, the faces' identities; None where nobody asks.
        signature: a few float32 numbers by which a hard cut is told.
    """

    number: int
    time_s: float
    faces: tuple[Face, ...]
    embeddings: np.ndarray | None = None
    signature: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.float32))

    @classmethod
    def of(cls, frame: Frame, faces: Sequence[Face], **more: Any) -> "Observation":
        """Notes what was seen in a frame."""
        return cls(frame.number, frame.time_s, tuple(faces), **more)

    def to_json(self) -> dict[str, Any]:
        """All of it, exactly."""
        rows = [[*face.box, *face.landmarks.ravel(), face.score] for face in self.faces]
        return {
            "number": self.number,
            "time_s": self.time_s,
            "faces": _packed(np.array(rows, np.float64).reshape(-1, 15)),
            "embeddings": None if self.embeddings is None else _packed(self.embeddings),
            "signature": _packed(self.signature),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Observation":
        """The way back, to the same bits."""
        rows = _unpacked(content["faces"], np.float64).reshape(-1, 15)
        embeddings = content["embeddings"]
        if embeddings is not None:
            embeddings = _unpacked(embeddings, np.float32)
            # Of no faces nobody can tell how long an embedding would have been.
            embeddings = embeddings.reshape(len(rows), -1 if len(rows) else 512)
        return cls(
            content["number"],
            content["time_s"],
            tuple(_face(row) for row in rows),
            embeddings,
            _unpacked(content["signature"], np.float32),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class PlannedFace:
    """A face and what is to be done with it.

    Attributes:
        face: where it is taken to be: smoothed, or bridged where the detector missed it.
        identity: ``[512]``, the one that it gets; None: it is left alone.
        reason: why it is left alone; empty where it is swapped.
        track: the number of the person's track in a video; None in pictures.
        person: whose identity it gets, or who it was recognised as; empty where nobody asks.
        source: ``[512]``, the identity that ``identity`` was made of: they differ where the swap is
            of another strength than 1. None: it is left alone.
        texture: the source's own skin, to be fitted in; None: the generator's face stays.
    """

    face: Face
    identity: np.ndarray | None
    reason: str = ""
    track: int | None = None
    person: str = ""
    source: np.ndarray | None = None
    texture: SourceTexture | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class SwappedFrame:
    """A frame after the generator, and after blending.

    Attributes:
        frame: as it was.
        observation: what was seen in it.
        planned: all faces.
        swapped: for each of ``planned``, what the generator made of it; None where left alone.
        image: ``[H, W, 3]`` uint8 RGB, blended; ``frame.image`` itself until then.
    """

    frame: Frame
    observation: Observation
    planned: tuple[PlannedFace, ...]
    swapped: tuple[SwappedFace | None, ...]
    image: np.ndarray

    @property
    def faces(self) -> tuple[SwappedFace, ...]:
        """Those that were swapped."""
        return tuple(one for one in self.swapped if one is not None)


def _packed(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _unpacked(text: str, dtype: type) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype).copy()


def _face(row: np.ndarray) -> Face:
    exact = row.astype(np.float32)
    return Face(exact[:4], exact[4:14].reshape(5, 2), float(row[14]))
