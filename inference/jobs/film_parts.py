"""The way of a film's frames behind the plan: swapped, blended, marked, written part by part."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from facedancer.arcface_model.lite_encoder import LiteEncoder
from facedancer.networks.loading.generator import Generator

from ..blending.blender import Blender
from ..core import pipeline
from ..core.background import in_background, map_in_order
from ..core.frames import SwappedFrame
from ..core.likeness import measured
from ..core.steadying import steadied
from ..marking.marker import Marker
from ..video.chunks import ChunkWriter
from ..video.info import VideoFrame, VideoInfo
from .reports import frame_record
from .settings import SwapSettings

# Frames that wait between two stages: bounds the memory.
_AHEAD = 4
_WORKERS = 2
# Of a record, what is kept for a run that goes on, and is not in the report.
OBSERVATION = "observation"
# A file's credentials are the business of whoever signs it.
_UNSIGNED = {"c2pa": False, "c2pa_cert": None, "c2pa_key": None}


class FilmParts:
    """Makes parts of one film; what a part becomes depends on its frames and their plans alone.

    Args:
        generator: the loaded one.
        settings: how faces are blended and marked, and the film is encoded.
        info: the film's facts.
        suffix: of the result.
        encoder: for the faces' likeness; None: it is not measured.
    """

    def __init__(
        self,
        generator: Generator,
        settings: SwapSettings,
        info: VideoInfo,
        suffix: str,
        encoder: keras.Model | LiteEncoder | None = None,
    ) -> None:
        self._generator = generator
        self._encoder = encoder
        self._settings = settings
        self._info = info
        self._suffix = suffix
        self._marker = Marker(dataclasses.replace(settings.marking, **_UNSIGNED))
        self._blender = Blender(settings.blending)

    def swapped(
        self, planned: Iterable[pipeline.Planned], first: int = 0
    ) -> Iterator[SwappedFrame]:
        """The frames as they will be written, each stage in threads of its own.

        Args:
            planned: in order.
            first: the number of the first that comes out; those before it are only looked back at.
        """
        batches = pipeline.Batches(
            self._generator,
            self._settings.batch_size,
            self._settings.part_frames,
            with_attention=self._settings.blending.needs_attention,
        )
        swapped = in_background(batches.swap(planned), _AHEAD)
        if self._settings.steady:
            # A frame's past is one thread's: two would need each other's.
            swapped = in_background(_from(first, steadied(swapped)), _AHEAD)
        if self._encoder is not None:
            swapped = in_background(measured(swapped, self._encoder), _AHEAD)
        return map_in_order(self._blend, swapped, _WORKERS)

    def write(
        self, folder: Path, first: int, frames: Iterable[SwappedFrame]
    ) -> list[dict[str, Any]]:
        """Encodes one part as a chunk of a folder.

        Args:
            folder: nobody else may be writing a chunk into it.
            first: number of the first frame.
            frames: of this part, from `swapped`.

        Returns:
            A record for each frame.

        Raises:
            UserError: the disk is full, or the like.
        """
        records = []
        with ChunkWriter(folder, first, self._info, self._suffix, self._settings.video) as writer:
            for done in frames:
                one: VideoFrame = done.frame.origin
                writer.write(done.image, one.pts, one.duration)
                records.append(_record(done))
        return records

    def _blend(self, done: SwappedFrame) -> SwappedFrame:
        blended = self._blender(done.frame.image, done.faces)
        boxes = np.array([one.face.box for one in done.faces]).reshape(-1, 4)
        image = self._marker.mark_picture(blended, boxes)
        return dataclasses.replace(done, image=image)


def _from(first: int, frames: Iterator[SwappedFrame]) -> Iterator[SwappedFrame]:
    with contextlib.closing(frames):
        yield from (done for done in frames if done.frame.number >= first)


def _record(done: SwappedFrame) -> dict[str, Any]:
    place = {"frame": done.frame.number, "time_s": round(done.frame.time_s, 4)}
    return {**place, **frame_record(done), OBSERVATION: done.observation.to_json()}
