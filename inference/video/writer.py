"""Writing a whole video at once, for those who need no chunks of their own."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from facedancer.utils.errors import not_written
from facedancer.utils.files import flush
from facedancer.utils.naming import beside

from .chunks import ChunkWriter
from .encoding import VideoSettings
from .info import VideoInfo
from .joining import join_chunks


class VideoWriter:
    """Writes one video or animation, whose suffix says the container; a context manager.

    The file appears under its name when the block ends well, else not at all. Until then its frames
    lie in a folder next to it.

    Args:
        path: overwritten.
        info: the input's facts, see `VideoReader.info`; the size is that of the pictures.
        settings: codec and quality.
        source: the input, whose sound, subtitles and tags are copied; None: none are.
        metadata: further tags of the container.

    Attributes:
        notes: after the end: what the container could not take over, a line each.

    Raises:
        UserError: the container or the codec cannot hold this; it cannot be written there.
    """

    def __init__(
        self,
        path: str | Path,
        info: VideoInfo,
        settings: VideoSettings | None = None,
        source: Path | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path)
        self.notes: list[str] = []
        self._info = info
        self._settings = settings or VideoSettings()
        self._source, self._metadata = source, metadata
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            prefix = beside(self.path, ".", ".").name
            self._folder = Path(tempfile.mkdtemp(prefix=prefix, dir=self.path.parent))
        except OSError as error:
            raise not_written(self.path, error) from error
        try:
            self._chunk = ChunkWriter(self._folder, 0, info, self.path.suffix, self._settings)
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def write(self, image: np.ndarray, pts: int, duration: int) -> None:
        """The next frame; see `ChunkWriter.write`."""
        self._chunk.write(image, pts, duration)

    def close(self) -> None:
        """Ends the video; it gets its name."""
        try:
            chunk = self._chunk.close()
            whole = self._folder / "whole"
            self.notes = join_chunks(
                [chunk],
                whole,
                self.path.suffix,
                self._info,
                self._settings,
                self._source,
                self._metadata,
            )
            flush(whole)
            whole.replace(self.path)
        except OSError as error:
            raise not_written(self.path, error) from error
        finally:
            shutil.rmtree(self._folder)

    def discard(self) -> None:
        """Throws away what was written."""
        self._chunk.discard()
        shutil.rmtree(self._folder)

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()
