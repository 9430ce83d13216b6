"""The one way of pictures through the swap, whether they are a photograph, a folder or a video.

frames -> `observe` (detector, embeddings) -> `plan` (whom to swap) -> `swap` (generator, in batches
over frames) -> `finish` (blending). Each is a generator function over the one before it, so that
any of them may run in the background (`background.in_background`).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf

from facedancer.networks.loading.generator import Generator
from facedancer.utils.alignment import align_face
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

from ..texture.fitting import fit_texture
from ..texture.source import SourceTexture
from .frames import Frame, Observation, PlannedFace, SwappedFrame
from .swapped_face import SwappedFace

Plan = tuple[PlannedFace, ...]
Observed = tuple[Frame, Observation]
Planned = tuple[Frame, Observation, Plan]

# Pixels of the frames that wait for their batch to fill: eight frames of 4K, or one huge picture.
_MOST_PIXELS = 2**26


class Planner(Protocol):
    """Decides about faces, in the frames' order; it may look a few frames ahead."""

    def push(self, observation: Observation) -> list[Plan]:
        """Takes in a frame; returns the plans of the frames that are decided now, in order."""

    def finish(self) -> list[Plan]:
        """The plans of the frames that are left."""


def observe(
    frames: Iterable[Frame],
    look: Callable[[Sequence[Frame]], list[Observation]],
    batch_size: int,
    group: int | None = None,
) -> Iterator[Observed]:
    """Looks at frames in batches; none reaches over a multiple of ``group`` frames, if given.

    That fixed grouping is what makes a run that goes on at such a multiple see the same batches,
    and so the same faces to the last bit, as one that was never interrupted.
    """
    batch: list[Frame] = []
    for frame in frames:
        if batch and (len(batch) == batch_size or _begins_group(frame, group)):
            yield from zip(batch, look(batch), strict=True)
            batch = []
        batch.append(frame)
    if batch:
        yield from zip(batch, look(batch), strict=True)


def plan(
    observed: Iterable[Observed],
    planner: Planner,
    replayed: Iterable[Observation | Observed] = (),
) -> Iterator[Planned]:
    """Frames, what was seen in them and what is to be done with their faces.

    Args:
        observed: from `observe`.
        planner: decides.
        replayed: what an earlier run saw in the frames before these. The planner gets it too, which
            puts it where it then was; those frames do not come out, but for those that come here
            with their pictures.
    """
    undecided: deque[Observed | None] = deque()
    for item in replayed:
        is_alone = isinstance(item, Observation)
        undecided.append(None if is_alone else item)
        for decided in planner.push(item if is_alone else item[1]):
            if (first := undecided.popleft()) is not None:
                yield *first, decided
    for item in observed:
        undecided.append(item)
        for decided in planner.push(item[1]):
            if (first := undecided.popleft()) is not None:
                yield *first, decided
    for decided in planner.finish():
        if (first := undecided.popleft()) is not None:
            yield *first, decided


class Batches:
    """Swaps the planned faces, ``batch_size`` crops in one call, whatever frames they come from.

    Args:
        generator: from `load_generator`.
        batch_size: crops in one call; rounded up where ``is_padded``.
        group: no batch reaches over a multiple of so many frames; see `observe`.
        is_padded: fill batches up to a multiple of the generator's least batch, so that the result
            does not depend on ``batch_size``, nor on which faces happen to share a batch.
        with_attention: also keep where AFFA let the new face through.
    """

    def __init__(
        self,
        generator: Generator,
        batch_size: int,
        group: int | None = None,
        is_padded: bool = True,
        with_attention: bool = False,
    ) -> None:
        self._generator = generator
        self._grain = generator.least_batch if is_padded else 1
        self._batch_size = self._filled(batch_size)
        self._group = group
        self._with_attention = with_attention

    def swap(self, planned: Iterable[Planned]) -> Iterator[SwappedFrame]:
        """All frames in order, their faces swapped and not yet blended."""
        held: list[Planned] = []
        faces = pixels = 0
        for item in planned:
            # Frames without faces wait as well: no more of them than a full batch would take.
            is_full = faces >= self._batch_size or len(held) >= 2 * self._batch_size
            is_full = is_full or pixels >= _MOST_PIXELS
            if held and (is_full or _begins_group(item[0], self._group)):
                yield from self._swap(held)
                held, faces, pixels = [], 0, 0
            held.append(item)
            faces += sum(one.identity is not None for one in item[2])
            pixels += item[0].image.shape[0] * item[0].image.shape[1]
        yield from self._swap(held)

    def _swap(self, held: list[Planned]) -> Iterator[SwappedFrame]:
        side = self._generator.image_size
        # Black beyond the picture's end would run into it: a generator has soft edges.
        wanted = [
            (*align_face(frame.image, one.face.landmarks, side, extends=True), one)
            for frame, _, plan in held
            for one in plan
            if one.identity is not None
        ]
        changed = self._change(
            [crop for crop, _, _ in wanted], [one.identity for *_, one in wanted]
        )
        done = iter(
            (SwappedFace(one.face, matrix, crop, new, attention), one.texture)
            for (crop, matrix, one), (new, attention) in zip(wanted, changed, strict=True)
        )
        for frame, observation, plan in held:
            swapped = tuple(
                None if one.identity is None else _fitted(frame, *next(done)) for one in plan
            )
            yield SwappedFrame(frame, observation, plan, swapped, frame.image)

    def _change(
        self, crops: list[np.ndarray], identities: list[np.ndarray]
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """The generator's answers to the crops, ``[S, S, 3]`` uint8, and AFFA's masks."""
        answers: list[tuple[np.ndarray, np.ndarray | None]] = []
        for start in range(0, len(crops), self._batch_size):
            part = slice(start, start + self._batch_size)
            targets, given = np.stack(crops[part]), np.stack(identities[part]).astype(np.float32)
            count = len(targets)
            empty = [(0, self._filled(count) - count)]
            targets = np.pad(targets, [*empty, (0, 0), (0, 0), (0, 0)], mode="edge")
            given = np.pad(given, [*empty, (0, 0)], mode="edge")
            masks: Sequence[np.ndarray | None] = [None] * count
            inputs = uint8_to_signed(targets), tf.constant(given)
            if self._with_attention:
                changed, attention = self._generator.attend(*inputs)
                masks = attention.numpy()[:count]
            else:
                changed = self._generator(*inputs)
            answers.extend(zip(signed_to_uint8(changed).numpy()[:count], masks, strict=True))
        return answers

    def _filled(self, count: int) -> int:
        return -(-count // self._grain) * self._grain


def _fitted(frame: Frame, one: SwappedFace, texture: SourceTexture | None) -> SwappedFace:
    return one if texture is None else fit_texture(frame.image, one, texture)


def _begins_group(frame: Frame, group: int | None) -> bool:
    return group is not None and frame.number % group == 0
