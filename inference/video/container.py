"""Opening a file of FFmpeg's containers: a video, and nothing that it may point to."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av

from facedancer.utils.errors import UserError
from facedancer.utils.ffmpeg import file_url

# Containers of files. FFmpeg knows others that open further files or addresses (playlists).
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,nut"
# What FFmpeg raises over damaged data: its own, and those that it shares with Python.
DAMAGE = (av.FFmpegError, ValueError, OverflowError)


@contextlib.contextmanager
def open_container(path: Path, more: str = "") -> Iterator[av.container.InputContainer]:
    """The container of a file, open for reading.

    Args:
        path: of whatever name; no other file is opened.
        more: FFmpeg's names of formats that are taken besides those of videos.

    Raises:
        UserError: FFmpeg cannot read it.
    """
    formats = f"{_CONTAINERS},{more}" if more else _CONTAINERS
    try:
        container = av.open(
            file_url(path),
            metadata_errors="replace",
            container_options={"format_whitelist": formats, "protocol_whitelist": "file"},
        )
    except DAMAGE as error:
        raise UserError(
            f"cannot read {path} as a video ({reason_of(error)}): it is damaged, cut short or "
            "another kind of file; try to play it, or copy it again"
        ) from error
    with container:
        yield container


def video_stream(container: av.container.InputContainer) -> av.VideoStream | None:
    """The first stream of moving pictures: an album's cover is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def reason_of(error: Exception) -> str:
    """FFmpeg's words for what was wrong, or the error's name."""
    return getattr(error, "strerror", None) or type(error).__name__
