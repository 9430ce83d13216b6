"""Likeness of a swapped face to the source and to what it was, by the encoder of the pairing."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import cv2
import keras
import numpy as np

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.lite_encoder import LiteEncoder
from facedancer.utils.images import uint8_to_signed

from .frames import SwappedFrame
from .swapped_face import Likeness, SwappedFace


def measured(
    frames: Iterable[SwappedFrame], encoder: keras.Model | LiteEncoder
) -> Iterator[SwappedFrame]:
    """The frames, in which each swapped face has its likeness.

    A frame goes through the encoder by itself: what is told of it does not depend on others.
    """
    for frame in frames:
        sources = [
            one.source
            for one, swapped in zip(frame.planned, frame.swapped, strict=True)
            if swapped is not None
        ]
        if not sources:
            yield frame
            continue
        told = iter(likeness_of(frame.faces, sources, encoder))
        swapped = tuple(
            None if one is None else dataclasses.replace(one, likeness=next(told))
            for one in frame.swapped
        )
        yield dataclasses.replace(frame, swapped=swapped)


def likeness_of(
    faces: Sequence[SwappedFace],
    sources: Sequence[np.ndarray],
    encoder: keras.Model | LiteEncoder,
) -> list[Likeness]:
    """Measures faces.

    Args:
        faces: N, at least one.
        sources: N identities ``[512]``, the sources' own, by the same encoder.
        encoder: the one that the generator learnt by, so it is easily pleased: for a figure to
            publish take another one, see ``evaluation/``.
    """
    crops = _of_one_side([one.changed for one in faces] + [one.crop for one in faces])
    found = _unit(arcface.encode(encoder, uint8_to_signed(crops))["embedding"].numpy())
    new, old = found[: len(faces)], found[len(faces) :]
    to_source, to_target = (new * _unit(np.stack(sources))).sum(1), (new * old).sum(1)
    return [Likeness(float(a), float(b)) for a, b in zip(to_source, to_target, strict=True)]


def _of_one_side(crops: Sequence[np.ndarray]) -> np.ndarray:
    """Crops of any sides, all made as small as the smallest."""
    side = min(len(crop) for crop in crops)
    return np.stack([cv2.resize(crop, (side, side), None, 0, 0, cv2.INTER_AREA) for crop in crops])


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float64)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
