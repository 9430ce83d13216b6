"""The form that every measuring network has to an evaluation."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class FaceEncoder:
    """A frozen network: pictures of aligned faces -> one vector each.

    Attributes:
        name: for tables.
        origin: file and checksum, for the protocol.
        measure: ``[B, S, S, 3]`` uint8 RGB, any S, aligned as ArcFace's crops -> ``[B, D]``
            float32; a row of NaN where it finds no face.
        is_paper: whether the paper measured with this network too.
        finds_faces: whether it can tell that a picture shows no face; others answer to anything.
    """

    name: str
    origin: dict[str, object]
    measure: Callable[[np.ndarray], np.ndarray]
    is_paper: bool = False
    finds_faces: bool = False
