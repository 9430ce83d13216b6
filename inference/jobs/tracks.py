"""The people of a video before anything is swapped: each track, when it is seen, and its face."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.arcface_model.one_person import one_person_cosine
from facedancer.utils.alignment import align_face
from facedancer.utils.progress import progress_bar

from ..core import pipeline
from ..core.background import in_background
from ..core.frames import Frame
from ..core.looking import LOOK_BATCH, Look
from ..faces.choosing import Choice, Role
from ..faces.identity import unit
from ..faces.planning import VideoPlanner
from ..faces.tracks import area
from ..identity_networks import IdentityNetworks
from ..video.excerpt import Excerpt
from ..video.reader import VideoReader, open_video
from .settings import SwapSettings

# Of the thumbnails, in pixels; more of the head than the networks see.
_SIDE, _SHRINK = 128, 0.75


@dataclasses.dataclass(frozen=True, eq=False)
class SeenTrack:
    """One person's face from when it is first seen to when it goes, or the scene changes.

    Attributes:
        number: as reports have it, and `Choice.tracks` takes it.
        first, last: numbers of the frames, from 0.
        first_s, last_s: when these are shown, in seconds.
        frames: in how many it is seen.
        thumbnail: ``[128, 128, 3]`` uint8 RGB, its best sight.
        like: the number of the first track that looks like the same person; its own, mostly.
    """

    number: int
    first: int
    last: int
    first_s: float
    last_s: float
    frames: int
    thumbnail: np.ndarray
    like: int

    def to_json(self) -> dict[str, Any]:
        """All but the picture."""
        return {
            "track": self.number,
            "first_frame": self.first,
            "last_frame": self.last,
            "first_s": round(self.first_s, 3),
            "last_s": round(self.last_s, 3),
            "frames": self.frames,
            "like": self.like,
        }


class _Growing:
    """A track while the video is looked through."""

    def __init__(self, frame: Frame) -> None:
        self.first = self.last = frame
        self.count = 0
        self.best = 0.0
        self.crop = self.thumbnail = np.zeros(0)

    def add(self, frame: Frame, one: pipeline.PlannedFace, side: int) -> None:
        self.last = frame
        self.count += 1
        quality = one.face.score * area(one.face.box)
        if quality > self.best:
            self.best = quality
            self.crop = align_face(frame.image, one.face.landmarks, side)[0]
            self.thumbnail = align_face(
                frame.image, one.face.landmarks, _SIDE, _SHRINK, extends=True
            )[0]


def list_tracks(
    networks: IdentityNetworks, path: Path, excerpt: Excerpt | None = None
) -> list[SeenTrack]:
    """Looks through a video as a swap does that tells people by identity: the numbers are the same.

    Args:
        networks: the loaded models; tracks depend on the detector's settings.
        path: a video or an animation.
        excerpt: the part of it that will be swapped; None: all.

    Returns:
        In the order of first sight; none where no face is found.

    Raises:
        UserError: it cannot be read.
    """
    growing: dict[int, _Growing] = {}
    side = networks.encoder.input_shape[1]
    with open_video(path, excerpt) as video:
        planned = _planned(networks, video)
        for frame, _, plan in progress_bar(planned, total=video.info.frames, unit="frame"):
            for one in plan:
                growing.setdefault(one.track, _Growing(frame)).add(frame, one, side)
    identities: dict[int, np.ndarray] = {}
    least = one_person_cosine(networks.encoder)
    tracks = []
    for number, one in sorted(growing.items()):
        identity = unit(networks.identity_of_crop(one.crop))
        like = next((n for n, other in identities.items() if other @ identity >= least), number)
        identities[number] = identity
        tracks.append(
            SeenTrack(
                number,
                one.first.number,
                one.last.number,
                one.first.time_s,
                one.last.time_s,
                one.count,
                one.thumbnail,
                like,
            )
        )
    return tracks


def _planned(networks: IdentityNetworks, video: VideoReader) -> Iterator[pipeline.Planned]:
    base = video.info.time_base
    frames = (Frame(one.image, one.number, float(one.pts * base)) for one in video.frames())
    look = Look(networks.detector, networks.encoder, is_video=True)
    ahead = in_background(frames, 2 * LOOK_BATCH)
    # The batches of a swap, so that roundings are the same too.
    observed = pipeline.observe(ahead, look, LOOK_BATCH, SwapSettings.part_frames)
    nobody = Choice([Role(np.zeros(512, np.float32))])
    return pipeline.plan(observed, VideoPlanner(nobody))
