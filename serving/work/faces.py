"""The faces of a picture, as a swap finds them, for those who choose among them."""

import base64
from typing import Any

import numpy as np

from facedancer.inference.core.frames import Frame
from facedancer.inference.core.looking import Look
from facedancer.inference.swapper import Swapper
from facedancer.utils.alignment import align_face
from facedancer.utils.images import encode_image


def list_faces(
    swapper: Swapper, image: np.ndarray, with_crops: bool = False
) -> list[dict[str, Any]]:
    """Lists the faces of a picture.

    Args:
        swapper: the loaded networks.
        image: ``[H, W, 3]`` uint8 RGB.
        with_crops: also give each face, aligned as the generator sees it.

    Returns:
        For each face, from left to right: ``nth`` (from 1, as the option counts), ``box`` left,
        top, right, bottom and ``landmarks`` in pixels, ``score``, and if wanted ``crop``, a PNG in
        base64.
    """
    (seen,) = Look(swapper.detector, None, is_video=False)([Frame(image, 0)])
    faces = sorted(seen.faces, key=lambda face: float(face.box[0] + face.box[2]))
    found = []
    for nth, face in enumerate(faces, 1):
        one = {
            "nth": nth,
            "box": _rounded(face.box),
            "landmarks": _rounded(face.landmarks),
            "score": round(face.score, 4),
        }
        if with_crops:
            side = swapper.generator.image_size
            crop, _ = align_face(image, face.landmarks, side, extends=True)
            one["crop"] = base64.b64encode(encode_image(crop, ".png")).decode()
        found.append(one)
    return found


def _rounded(numbers: np.ndarray) -> list[Any]:
    return np.round(numbers.astype(np.float64), 1).tolist()
