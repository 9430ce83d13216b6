"""Reading a video or an animation, frame after frame, in bounded memory."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal

from PIL import Image

from facedancer.utils.errors import UserError

from .animation import AnimationSource, is_animated
from .excerpt import Excerpt, ExcerptSource
from .info import Source, VideoFrame
from .stream import StreamSource

# Pillow takes MPEG-1 for a picture too.
_PICTURES = ("JPEG", "PNG", "BMP", "TIFF", "AVIF")
# What Pillow raises over files that are none of its own, besides its OSErrors.
_NO_PICTURE = (OSError, SyntaxError, ValueError, RuntimeError)


class VideoReader:
    """An open video or animation; see `open_video`.

    Attributes:
        info: its facts.
        notes: what was wrong with the file and was passed over, a line each; complete when the
            frames have been read to their end.
    """

    def __init__(self, path: Path, source: Source) -> None:
        self.path = path
        self.info = source.info
        self.notes: list[str] = []
        self._source = source
        self._open: list[Iterator[VideoFrame]] = []

    def frames(
        self, first: int = 0, wanted: Callable[[int], bool] = lambda number: True
    ) -> Iterator[VideoFrame]:
        """The frames, in the order in which they are shown, from number ``first`` on.

        The frames before are decoded and thrown away: numbers and times are exact, whatever the
        file's index says. May be called again; each call reads from the file again.

        Args:
            first: number of the first frame that comes.
            wanted: tells by its number whether a frame's image is: the others may come without,
                which saves most of their time. Asked when a frame is decoded, one ahead.

        Raises:
            UserError: no frame of the file can be decoded, or their size changes midway.
        """
        self.notes.clear()
        frames = self._source.frames(first, self.notes, wanted)
        self._open.append(frames)
        return frames

    def close(self) -> None:
        """Closes the file, also under a half-read `frames`."""
        for frames in self._open:
            frames.close()
        self._open.clear()

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_video(path: str | Path, excerpt: Excerpt | None = None) -> VideoReader:
    """Opens a video (mp4, mov, mkv, webm, avi, ...) or an animation (GIF, WebP, PNG).

    The content decides what it is, not the file's name. A GIF or WebP of one frame is an animation
    of one frame. Use as a context manager.

    Args:
        path: of the file.
        excerpt: the part of it that is read; None: all.

    Raises:
        UserError: no such file, empty, no video, damaged beyond reading, too large, or over before
            the excerpt begins.
    """
    path = Path(path)
    source = AnimationSource(path) if _is_animation(path) else StreamSource(path)
    if excerpt is not None and not excerpt.is_whole:
        source = ExcerptSource(path, source, excerpt)
    return VideoReader(path, source)


def kind_of(path: str | Path) -> Literal["picture", "animation", "video"]:
    """Tells a file's kind by its begin. What is no picture may be a video: `open_video` tells.

    Raises:
        UserError: no such file, or empty.
    """
    path = Path(path)
    if _is_animation(path):
        return "animation" if is_animated(path) else "picture"
    with warnings.catch_warnings():
        # Whoever reads the picture says that it is too large.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=_PICTURES):
                return "picture"
        except Image.DecompressionBombError:
            return "picture"
        except _NO_PICTURE:
            return "video"


def _is_animation(path: Path) -> bool:
    """Tells whether the content begins like a GIF or a WebP, or is an animated PNG."""
    if not path.is_file():
        raise UserError(f"no such video file: {path}")
    with path.open("rb") as file:
        start = file.read(12)
    if not start:
        raise UserError(f"{path} is empty (0 bytes): copy or download it again")
    if start[:4] == b"\x89PNG":
        return is_animated(path)
    return start[:4] == b"GIF8" or (start[:4] == b"RIFF" and start[8:] == b"WEBP")
