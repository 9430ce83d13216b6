"""Still pictures between files and the core: pages read, and what was made of them written."""

import dataclasses
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path

from facedancer.utils.encoding import encode_picture
from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole
from facedancer.utils.images import read_picture
from facedancer.utils.naming import shown
from facedancer.utils.picture import Picture
from facedancer.utils.suffixes import PICTURE_FORMATS

from ..marking.marker import Marker

# The pages of one file are held in memory until the last is swapped.
_MOST_PIXELS = 2**27
# What a file system says of a name; all else, such as a full disk, is about every file.
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)


class UnfitError(UserError):
    """This picture's result cannot be written; those of others can."""


@dataclasses.dataclass(frozen=True)
class PictureTask:
    """A picture and where its result goes."""

    target: Path
    output: Path


@dataclasses.dataclass(frozen=True, eq=False)
class Page:
    """A picture, or one page of it, on its way.

    Attributes:
        task: what it is a part of.
        number: the task's.
        picture: as it was read.
        is_alone: whether the result has no other page.
        notes: what is left out of the result, a line each.
    """

    task: PictureTask
    number: int
    picture: Picture
    is_alone: bool
    notes: tuple[str, ...]


def read_pages(task: PictureTask, number: int) -> Iterator[Page]:
    """The pages that go into the result: all of a TIFF that stays one, else the first.

    Raises:
        UserError: the first cannot be read.
    """
    first = read_picture(task.target)
    count, notes = _count(first, task.output.suffix.lower())
    held = Page(task, number, first, count == 1, (*first.notes, *notes))
    for index in range(1, count):
        try:
            picture = read_picture(task.target, index)
        except UserError:
            note = f"left out: {_pages(first.pages - index)} that cannot be read"
            held = dataclasses.replace(held, notes=(*held.notes, note))
            break
        yield held
        held = Page(task, number, picture, False, ())
    yield held


def write_pages(
    pages: Sequence[Picture], task: PictureTask, marker: Marker, quality: int
) -> tuple[list[str], list[str]]:
    """Writes and marks a result, whole or not at all.

    Returns:
        A line about each mark; a line about each thing that the format does not hold.

    Raises:
        UnfitError: its name or size is too long.
        UserError: it cannot be written, for another reason.
    """
    suffix = task.output.suffix
    try:
        data, notes = encode_picture(pages, suffix, quality, marker.xmp)
    except UserError as error:
        raise UnfitError(f"cannot write {shown(task.output)}: {error}") from error
    try:
        with written_whole(task.output) as unfinished:
            unfinished.write_bytes(data)
            marks = marker.mark_file(unfinished, suffix, task.target)
    except UserError as error:
        if getattr(error.__cause__, "errno", None) in _OF_THE_NAME:
            raise UnfitError(str(error)) from error
        raise
    return marks, notes


def _count(first: Picture, suffix: str) -> tuple[int, list[str]]:
    """Counts the pages that are taken; with what is said about the others."""
    if first.pages == 1:
        return 1, []
    if PICTURE_FORMATS[suffix] != "TIFF":
        return 1, [f"left out: {_pages(first.pages - 1)}, which {suffix[1:]} does not hold"]
    height, width = first.seen.shape[:2]
    count = min(first.pages, max(1, _MOST_PIXELS // (height * width)))
    more = first.pages - count
    return count, [f"left out: the last {_pages(more)}, too many for memory"] if more else []


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
