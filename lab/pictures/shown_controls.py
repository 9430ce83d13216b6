"""Labelled pictures of what the controls of a swap do."""

from collections.abc import Sequence

import cv2
import numpy as np

from facedancer.inference.blending.blender import Blender, Blending, blend
from facedancer.inference.blending.regions import REGIONS, kept_mask
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.swapper import Swapper
from facedancer.utils.alignment import align_face
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError

_STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
_SEEDS = range(5)
# Above, to the right, below, to the left.
_PADDINGS = ((0, 0, 0, 0), (25, 0, 0, 0), (0, 25, 0, 0), (0, 0, 25, 0), (0, 0, 0, 25), (20,) * 4)
_SIDE = 144
# How bright a picture is where nothing of it is kept.
_DIM = 0.3


def show_strength(swapper: Swapper, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Lays out target, source and swaps of rising strength, a row for each pair.

    Args:
        swapper: the loaded models.
        pairs: pictures ``[H, W, 3]`` uint8 RGB of target and source.

    Returns:
        ``[H, W, 3]`` uint8 RGB.

    Raises:
        UserError: no face was found in a picture.
    """
    shown, names = [], []
    for target, source in pairs:
        identity = swapper.identity_of(source)
        swaps = [swapper.swap(target, identity, strength) for strength in _STRENGTHS]
        told = [swapper.likeness_of(_face(one), identity) for one in swaps]
        shown += [_face(swaps[0]).crop, _crop(swapper, source)]
        shown += [_face(one).changed for one in swaps]
        names += ["target\n", "source\n"]
        names += [
            f"strength {strength:g}\ncos {one.to_source:.2f}, {one.to_target:.2f}"
            for strength, one in zip(_STRENGTHS, told, strict=True)
        ]
    return contact_sheet(_larger(shown), names, columns=2 + len(_STRENGTHS), side=_SIDE)


def show_nobody(swapper: Swapper, targets: Sequence[np.ndarray]) -> np.ndarray:
    """Lays out targets and what becomes of them by identities that belong to nobody.

    Args:
        swapper: the loaded models.
        targets: pictures ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB, a row for each target.

    Raises:
        UserError: no face was found in a picture.
    """
    shown, names = [], []
    for target in targets:
        own = swapper.identity_of(target)
        shown.append(_crop(swapper, target))
        names.append("target\n")
        for seed in _SEEDS:
            identity = swapper.nobody(seed).given_to(own)
            face = _face(swapper.swap(target, identity))
            shown.append(face.changed)
            likeness = swapper.likeness_of(face, identity)
            names.append(f"nobody, seed {seed}\ncos to target {likeness.to_target:.2f}")
    return contact_sheet(_larger(shown), names, columns=1 + len(_SEEDS), side=_SIDE)


def show_regions(swapper: Swapper, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Lays out faces with each region that can be kept left bright, a row for each picture.

    Args:
        swapper: whose detector finds the faces.
        pictures: ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB.

    Raises:
        UserError: no face was found in a picture.
    """
    shown, names = [], []
    for picture in pictures:
        faces = swapper.detector.detect(picture)
        if not faces:
            raise UserError("no face was found in a picture")
        crop, matrix = align_face(picture, faces[0].landmarks, 2 * _SIDE)
        face = SwappedFace(faces[0], matrix, crop, crop)
        shown.append(crop)
        names.append("as it is")
        for name in REGIONS:
            light = _DIM + (1 - _DIM) * kept_mask(face, [name])[..., None]
            shown.append((crop * light).astype(np.uint8))
            names.append(f"keep={name}")
    return contact_sheet(shown, names, columns=1 + len(REGIONS), side=_SIDE)


def show_padding(swapper: Swapper, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Lays out a swap with masks of which something is taken off: where it is, and what comes out.

    Args:
        swapper: the loaded models.
        target, source: pictures ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB: the masks bright above, the swaps below.

    Raises:
        UserError: no face was found in a picture.
    """
    face = _face(swapper.swap(target, swapper.identity_of(source)))
    bright, swaps = [], []
    for padding in _PADDINGS:
        blending = Blending(mask="box", padding=padding)
        light = _DIM + (1 - _DIM) * Blender(blending).draw_mask(face)[..., None]
        bright.append((face.crop * light).astype(np.uint8))
        picture = blend(target, [face], blending)
        swaps.append(align_face(picture, face.face.landmarks, face.crop.shape[0])[0])
    names = [f"{above},{right},{below},{left}" for above, right, below, left in _PADDINGS]
    return contact_sheet(
        _larger(bright + swaps), names + [""] * len(names), columns=len(_PADDINGS), side=_SIDE
    )


def _face(result: object) -> SwappedFace:
    if not result.faces:
        raise UserError("no face was found in a target")
    return result.faces[0]


def _crop(swapper: Swapper, picture: np.ndarray) -> np.ndarray:
    faces = swapper.detector.detect(picture)
    if not faces:
        raise UserError("no face was found in a picture")
    return align_face(picture, faces[0].landmarks, swapper.generator.image_size)[0]


def _larger(crops: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [cv2.resize(one, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC) for one in crops]
