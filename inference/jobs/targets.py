"""Targets: what there is to swap, and where each result goes."""

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from facedancer.utils.decoding import FORMATS
from facedancer.utils.encoding import check_size
from facedancer.utils.errors import UserError, not_written
from facedancer.utils.foreign_formats import START_BYTES, foreign_format
from facedancer.utils.naming import beside, shown
from facedancer.utils.places import check_place
from facedancer.utils.suffixes import (
    ANIMATION_SUFFIXES,
    IMAGE_SUFFIXES,
    MEDIA_SUFFIXES,
    VIDEO_SUFFIXES,
    WRITTEN_AS,
    is_hidden,
)

from ..video.reader import kind_of
from .passed_over import PassedOver
from .picture_files import PictureTask

_MOVING = (*VIDEO_SUFFIXES, *ANIMATION_SUFFIXES)
# A video of many colours is no PNG; an animated PNG stays one.
_OF_VIDEOS = tuple(suffix for suffix in _MOVING if suffix not in (".png", ".apng"))
_REPORT = ".report.jsonl"


@dataclasses.dataclass(frozen=True)
class Tasks:
    """The tasks of a run.

    Attributes:
        pictures: stills, and where their results go.
        videos: videos and animations, the same.
        report: of the pictures, and of what is passed over.
        passed_over: what else lies among the targets, and why it is not swapped.
    """

    pictures: tuple[PictureTask, ...]
    videos: tuple[PictureTask, ...]
    report: Path
    passed_over: tuple[PassedOver, ...] = ()


def find_tasks(targets: Sequence[Path], output: Path, sources: Sequence[Path] = ()) -> Tasks:
    """Looks what the targets are, and refuses bad paths early, before models are loaded.

    Args:
        targets: files, and folders whose pictures and videos are all meant, at any depth; hidden
            files are not.
        output: for one file, a file where it has a suffix of one, else a folder.
        sources: must not be overwritten either.

    Raises:
        UserError: something is missing, the output is one of the inputs, two results would have
            one name, a place cannot be written into, or a single file is in a format that cannot
            be read or written. Of several, such a one is passed over.
    """
    is_file = (
        len(targets) == 1
        and not targets[0].is_dir()
        and output.suffix.lower() in (*MEDIA_SUFFIXES, *ANIMATION_SUFFIXES)
    )
    pairs: list[tuple[Path, Path]] = []
    passed_over: list[PassedOver] = []
    for target in targets:
        if target.is_dir():
            media, others = _found(target, output)
            pairs += [(path, _named(output / path.relative_to(target))) for path in media]
            passed_over += others
        elif target.is_file():
            pairs.append((target, output if is_file else _named(output / target.name)))
        else:
            raise UserError(f"no such file or folder: {target}")
    if not pairs:
        raise UserError(_nothing_found(targets, passed_over))
    _check_outputs(pairs, sources)
    pictures, videos = [], []
    for target, result in pairs:
        try:
            (pictures if _is_still(target, result) else videos).append(PictureTask(target, result))
        except UserError as error:
            if len(pairs) == 1:
                raise
            passed_over.append(PassedOver(target, str(error)))
    if not pictures and not videos:
        raise UserError(f"none of {len(pairs)} files can be swapped; {passed_over[0].reason}")
    is_single = len(pairs) == 1 and pictures and not passed_over
    report = report_of(pictures[0].output) if is_single else output / "report.jsonl"
    return Tasks(tuple(pictures), tuple(videos), report, tuple(passed_over))


def report_of(output: Path) -> Path:
    """The place of an output's JSON lines."""
    return beside(output, behind=_REPORT)


def _named(result: Path) -> Path:
    """``clip.wmv`` -> ``clip.wmv.mkv``, where a format is read and not written."""
    written_as = WRITTEN_AS.get(result.suffix.lower())
    return result if written_as is None else beside(result, behind=written_as)


def _is_still(target: Path, result: Path) -> bool:
    """Tells whether a file goes the way of still pictures.

    Raises:
        UserError: it cannot be read, or its result not be written in the format that is asked for.
    """
    with target.open("rb") as file:
        start = file.read(START_BYTES)
    if told := foreign_format(start):
        raise UserError(f"{shown(target)} is {told}")
    suffix = result.suffix.lower()
    is_named_picture = target.suffix.lower() in IMAGE_SUFFIXES
    # What is called a picture and is nothing known is a damaged picture: reading it tells more.
    kind = "picture" if is_named_picture and not start else kind_of(target)
    is_still = kind == "picture" or (kind == "video" and is_named_picture)
    # A GIF has no other way out than as an animation, of one frame if need be.
    if is_still and suffix == target.suffix.lower() == ".gif":
        return False
    usable = IMAGE_SUFFIXES if is_still else _MOVING if kind == "animation" else _OF_VIDEOS
    if suffix not in usable:
        words = "picture" if is_still else kind
        raise UserError(
            f"cannot write the {words} {shown(target)} as {shown(result)}: use one of "
            f"{', '.join(usable)}"
        )
    if kind != "video":
        _check_room(target, result)
    return is_still


def _check_room(target: Path, result: Path) -> None:
    """Refuses a format that does not hold so many pixels a side."""
    try:
        with warnings.catch_warnings():
            # Whoever reads the picture says that it is too large.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(target, formats=FORMATS) as image:
                size = image.size
    except (OSError, SyntaxError, ValueError, RuntimeError, Image.DecompressionBombError):
        return  # Reading it tells more.
    try:
        check_size(*size, result.suffix)
    except UserError as error:
        raise UserError(f"cannot write {shown(target)} as {shown(result)}: {error}") from error


def _found(folder: Path, output: Path) -> tuple[list[Path], list[PassedOver]]:
    """Every picture and video below a folder, and every other file; none of the output folder."""
    if output.resolve() == folder.resolve():
        raise UserError(f"{output} holds the inputs; give the results another folder")
    media, others = [], []
    for path in sorted(folder.rglob("*")):
        if is_hidden(path.relative_to(folder).parts) or not path.is_file():
            continue
        if path.resolve().is_relative_to(output.resolve()):
            continue
        if path.suffix.lower() in MEDIA_SUFFIXES:
            media.append(path)
        else:
            others.append(PassedOver(path, _why_not(path)))
    return media, others


def _why_not(path: Path) -> str:
    try:
        with path.open("rb") as file:
            told = foreign_format(file.read(START_BYTES))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return told or "its suffix is not one of a picture or video"


def _nothing_found(targets: Sequence[Path], passed_over: Sequence[PassedOver]) -> str:
    where = ", ".join(shown(target) for target in targets)
    text = f"no pictures or videos below {where}"
    if passed_over:
        text += f"; {shown(passed_over[0].file)}: {passed_over[0].reason}"
    return text


def _check_place(result: Path) -> None:
    """Refuses what would be found out when all the work is done."""
    try:
        if result.is_dir():
            raise UserError(f"{shown(result)} is a folder; give the result another name")
        result.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:  # Such as a name that is too long.
        raise not_written(result, error) from error
    check_place(result)


def _check_outputs(pairs: Sequence[tuple[Path, Path]], sources: Sequence[Path]) -> None:
    inputs = {path.resolve() for path in (*(target for target, _ in pairs), *sources)}
    seen: dict[Path, Path] = {}
    for target, result in pairs:
        if result.resolve() in inputs:
            raise UserError(f"{shown(result)} is one of the inputs; give the result another name")
        _check_place(result)
        if result in seen:
            raise UserError(
                f"{shown(target)} and {shown(seen[result])} would both be written to "
                f"{shown(result)}: rename one, or swap them into two folders"
            )
        seen[result] = target
