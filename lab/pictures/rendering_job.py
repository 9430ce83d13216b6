"""A rendered data set: many people's pictures, drawn by several processes, in several starts."""

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_bytes, write_json, write_text
from facedancer.utils.progress import progress_bar

from ..people.sessions import PICTURES
from .render import render
from .twins import Face, twin_face

Item, Result = TypeVar("Item"), TypeVar("Result")

SETTINGS_NAME = "render.json"
LABELS_NAME = "labels.jsonl"
_UNFINISHED = ".unfinished"
_QUALITY = 95
# Settings that folders do not name where they are not used.
_OFF = ("one_a_session", "twins", "clean")


@dataclass(frozen=True)
class Settings:
    """The settings that decide the pictures; see `lab/render_faces.py` for what they mean."""

    identities: int
    first_identity: int
    images: int
    side: int
    seed: int
    one_a_session: bool = False
    # Not the pictures but this share of them once more, with another person's face.
    twins: float = 0.0
    # Before blur, noise and JPEG.
    clean: bool = False

    @property
    def numbers(self) -> range:
        """The people's."""
        return range(self.first_identity, self.first_identity + self.identities)

    def pictures(self, number: int) -> list[tuple[int, Face | None]]:
        """A person's pictures' indices, and whose face each shows if not their own."""
        if not self.twins:
            return [(index, None) for index in range(self.images)]
        faces = [
            twin_face(self.seed, self.numbers, number, index, self.twins)
            for index in range(self.images)
        ]
        return [(index, face) for index, face in enumerate(faces) if face]

    def as_json(self) -> dict[str, float]:
        """The settings as the folder keeps them, but for what is off."""
        return {name: value for name, value in asdict(self).items() if value or name not in _OFF}


def render_faces(target: Path, settings: Settings, workers: int) -> None:
    """Renders what is not there yet; the labels come last, when all is there.

    Raises:
        UserError: the folder holds something else.
    """
    _claim(target, settings)
    total = sum(len(settings.pictures(number)) for number in settings.numbers)
    if (target / LABELS_NAME).exists():
        print(f"{target} is finished: {total} pictures")
        return
    parts = target / _UNFINISHED
    missing = [n for n in settings.numbers if not (parts / f"{n}.jsonl").exists()]
    done = total - sum(len(settings.pictures(number)) for number in missing)
    with progress_bar(total=total, initial=done, desc="rendering", unit="image") as progress:
        for count in for_each(partial(render_person, target, settings), missing, workers):
            progress.update(count)
    labels = "".join((parts / f"{number}.jsonl").read_text() for number in settings.numbers)
    write_text(target / LABELS_NAME, labels)
    shutil.rmtree(parts)


def render_person(target: Path, settings: Settings, number: int) -> int:
    """Renders all pictures of one person, then their part of the labels; tells how many."""
    folder = target / f"{number:07d}"
    folder.mkdir(exist_ok=True)
    lines = []
    for index, face in settings.pictures(number):
        shown = {"face_of": face.person, "source_index": face.index} if face else {}
        drawn = index * PICTURES if settings.one_a_session else index
        picture, labels = render(
            settings.seed, number, drawn, settings.side, clean=settings.clean, **shown
        )
        path = folder / f"{index:04d}.jpg"
        write_bytes(path, as_jpeg(picture), is_durable=False)
        lines.append(json.dumps({"path": f"{folder.name}/{path.name}", "labels": labels}) + "\n")
    write_text(target / _UNFINISHED / f"{number}.jsonl", "".join(lines))
    return len(lines)


def as_jpeg(picture: np.ndarray) -> bytes:
    """The file of a picture, ``[H, W, 3]`` uint8 RGB."""
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    return cv2.imencode(".jpg", picture[..., ::-1], options)[1].tobytes()


def _claim(target: Path, settings: Settings) -> None:
    """Makes the folder, or sees that it was begun with the same settings."""
    path, wanted = target / SETTINGS_NAME, settings.as_json()
    if not path.exists():
        if target.exists() and any(target.iterdir()):
            raise UserError(f"{target} is not empty: choose another --output")
        target.mkdir(parents=True, exist_ok=True)
        write_json(path, wanted)
    try:
        found = read_json(path)
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}): choose another --output") from error
    if found != wanted:
        raise UserError(
            f"{target} holds pictures made with other flags, {found}: give these, or another "
            "--output"
        )
    if not (target / LABELS_NAME).exists():
        (target / _UNFINISHED).mkdir(exist_ok=True)


def for_each(do: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    """Does it for every item, many at once; yields what each gave, in the order of their ends."""
    if workers == 1:
        yield from map(do, items)
        return
    # Fresh processes: what has been imported here must not be half-copied by a fork.
    context = multiprocessing.get_context("spawn")
    # A thread for each: they are as many as there are cores.
    with ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)) as pool:
        tasks = [pool.submit(do, item) for item in items]
        try:
            for task in as_completed(tasks):
                yield task.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
