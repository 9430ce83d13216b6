"""Parts of a film, made by a process of a cluster: planned elsewhere, swapped and written here."""

import contextlib
import dataclasses
import functools
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from facedancer.networks.loading.generator import Generator
from facedancer.utils.errors import UserError

from ..core.frames import Frame, Observation
from ..core.pipeline import Plan
from ..face_networks import GeneratorRecipe
from ..video.excerpt import Excerpt
from ..video.info import VideoFrame, VideoInfo
from ..video.reader import VideoReader, open_video
from .film_parts import FilmParts
from .settings import SwapSettings


@dataclasses.dataclass(frozen=True)
class Film:
    """All that the parts of one film share.

    Attributes:
        target: the film; here and in all else, the same paths on every machine.
        size: the film's, in bytes: what lies there on another machine may be another one.
        folder: where whole chunks go.
        suffix: of the result.
        info: the film's facts.
        settings: how it is swapped.
        generator: which.
    """

    target: Path
    size: int
    folder: Path
    suffix: str
    info: VideoInfo
    settings: SwapSettings
    generator: GeneratorRecipe


def make_part(
    film: Film, part: int, planned: Sequence[tuple[Observation, Plan]]
) -> list[dict[str, Any]]:
    """Makes one part, whose chunk lies in the film's folder when this returns.

    May be done twice, even at the same time: the chunk is the same, and appears whole.

    Args:
        film: whose part.
        part: its number.
        planned: what was seen in each of its frames, and what is to be done.

    Returns:
        A record for each frame.

    Raises:
        UserError: something is not on this machine, or is not the same here.
    """
    first = part * film.settings.part_frames
    try:
        parts, reel = _loaded(film)
        frames = reel.frames(first, len(planned))
        items = (
            (Frame(one.image, one.number, float(one.pts * film.info.time_base), one), *plan)
            for one, plan in zip(frames, planned, strict=False)
        )
        folder = Path(tempfile.mkdtemp(prefix=f"part_{part:06}_", dir=film.folder))
        try:
            with contextlib.closing(parts.swapped(items)) as swapped:
                records = parts.write(folder, first, swapped)
            if len(records) != len(planned):
                raise UserError(f"{film.target} ends at frame {first + len(records)}")
            for chunk in folder.iterdir():
                chunk.replace(film.folder / chunk.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except (OSError, UserError) as error:
        raise UserError(f"on {socket.gethostname()}: {error}") from error
    return records


class Reel:
    """A film that is read on from part to part; only for an earlier part from its beginning."""

    def __init__(self, path: Path, excerpt: Excerpt | None = None) -> None:
        self._video: VideoReader = open_video(path, excerpt)
        self._frames: Iterator[VideoFrame] | None = None
        self._first = self._next = 0

    def frames(self, first: int, count: int) -> Iterator[VideoFrame]:
        """So many frames from number ``first`` on; fewer where the film ends."""
        self._first = first
        if self._frames is None or first < self._next:
            self._frames = self._video.frames(first, lambda number: number >= self._first)
        for one in self._frames:
            self._next = one.number + 1
            if one.number >= first:
                yield one
            if self._next >= first + count:
                return


@functools.lru_cache(maxsize=1)
def _generator(recipe: GeneratorRecipe) -> Generator:
    """Loads a generator once, however many films come one after the other."""
    return recipe.load()


# By all that a film is, what this process has loaded for it: one at a time.
_held: dict[str, tuple[FilmParts, Reel]] = {}


def _loaded(film: Film) -> tuple[FilmParts, Reel]:
    key = repr(film)
    if key not in _held:
        _held.clear()
        if film.target.stat().st_size != film.size:
            raise UserError(
                f"{film.target} is a different file on this machine: copy it, or share its folder"
            )
        generator = _generator(film.generator)
        parts = FilmParts(generator, film.settings, film.info, film.suffix)
        _held[key] = parts, Reel(film.target, film.settings.excerpt)
    return _held[key]
