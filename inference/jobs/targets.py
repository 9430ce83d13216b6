"""What there is to swap, and where each result goes."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from facedancer.utils.cli import UserError
from facedancer.utils.images import IMAGE_SUFFIXES

from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from ..video.info import ANIMATION_SUFFIXES, VIDEO_SUFFIXES
from ..video.reader import kind_of
from .outcome import Outcome, skipped_file
from .pictures import PictureJob, PictureTask
from .settings import SwapSettings
from .videos import VideoJob

MOVING_SUFFIXES = (*VIDEO_SUFFIXES, *ANIMATION_SUFFIXES)
_SUFFIXES = {*IMAGE_SUFFIXES, *MOVING_SUFFIXES}
_REPORT = ".report.jsonl"


@dataclasses.dataclass(frozen=True)
class Tasks:
    """What a run has to do.

    Attributes:
        pictures: stills, and where their results go.
        videos: videos and animations, the same.
        report: of the pictures.
    """

    pictures: tuple[PictureTask, ...]
    videos: tuple[PictureTask, ...]
    report: Path


def find_tasks(targets: Sequence[Path], output: Path, sources: Sequence[Path] = ()) -> Tasks:
    """Looks what the targets are, and refuses bad paths early, before models are loaded.

    Args:
        targets: files, and folders whose pictures and videos are all meant, at any depth.
        output: for one file, a file where it has a suffix of one, else a folder.
        sources: must not be overwritten either.

    Raises:
        UserError: something is missing, the output is one of the inputs, two results would have
            one name, or a format cannot be written.
    """
    is_file = len(targets) == 1 and not targets[0].is_dir() and output.suffix.lower() in _SUFFIXES
    pairs: list[tuple[Path, Path]] = []
    for target in targets:
        if target.is_dir():
            pairs += [(path, output / path.relative_to(target)) for path in _media(target, output)]
        elif target.is_file():
            pairs.append((target, output if is_file else output / target.name))
        else:
            raise UserError(f"no such file or folder: {target}")
    _check_outputs(pairs, sources)
    pictures, videos = [], []
    for target, result in pairs:
        (pictures if _is_still(target, result) else videos).append(PictureTask(target, result))
    is_single = len(pairs) == 1 and pictures
    report = report_of(pictures[0].output) if is_single else output / "report.jsonl"
    return Tasks(tuple(pictures), tuple(videos), report)


def report_of(output: Path) -> Path:
    """Where an output's JSON lines go."""
    return output.with_name(output.name + _REPORT)


def swap_all(
    swapper: FaceNetworks, tasks: Tasks, choice: Choice, settings: SwapSettings
) -> Iterator[Outcome]:
    """Does it all; one outcome for all pictures, one for every video.

    Raises:
        UserError: of a single file, whatever is wrong with it; of several, one that cannot be read
            is skipped, and its outcome says why.
    """
    if tasks.pictures:
        yield PictureJob(swapper, tasks.pictures, tasks.report, choice, settings).run()
    for task in tasks.videos:
        report = report_of(task.output)
        try:
            yield VideoJob(swapper, task.target, task.output, report, choice, settings).run()
        except UserError as error:
            if len(tasks.videos) + len(tasks.pictures) == 1:
                raise
            yield skipped_file(task.target, report, str(error), settings)


def _is_still(target: Path, result: Path) -> bool:
    """Whether a file goes the way of still pictures.

    Raises:
        UserError: its result cannot be written in the format that is asked for.
    """
    suffix = result.suffix.lower()
    is_named_picture = target.suffix.lower() in IMAGE_SUFFIXES
    # What is called a picture and is nothing known is a damaged picture: reading it tells more.
    kind = "picture" if is_named_picture and not target.stat().st_size else kind_of(target)
    is_still = kind == "picture" or (kind == "video" and is_named_picture)
    # A GIF has no other way out than as an animation, of one frame if need be.
    if is_still and suffix == target.suffix.lower() == ".gif":
        return False
    usable = IMAGE_SUFFIXES if is_still else MOVING_SUFFIXES
    if suffix not in usable:
        words = "picture" if is_still else "video"
        raise UserError(
            f"cannot write the {words} {target} as {result}: use one of {', '.join(usable)}"
        )
    return is_still


def _media(folder: Path, output: Path) -> list[Path]:
    """Every picture and video below a folder; not what lies in the output folder."""
    if output.resolve() == folder.resolve():
        raise UserError(f"{output} holds the inputs; give the results another folder")
    named = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    found = sorted(
        path
        for path in named
        if path.is_file() and not path.resolve().is_relative_to(output.resolve())
    )
    if not found:
        raise UserError(f"no pictures or videos below {folder}")
    return found


def _check_outputs(pairs: Sequence[tuple[Path, Path]], sources: Sequence[Path]) -> None:
    inputs = {path.resolve() for path in (*(target for target, _ in pairs), *sources)}
    seen: dict[Path, Path] = {}
    for target, result in pairs:
        if result.resolve() in inputs:
            raise UserError(f"{result} is one of the inputs; give the result another name")
        if result in seen:
            raise UserError(f"{target} and {seen[result]} would both become {result}")
        seen[result] = target
