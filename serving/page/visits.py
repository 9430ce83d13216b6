"""Visitors of the page: each has a folder of their own, which goes when they have gone."""

import contextlib
import dataclasses
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facedancer.inference.faces.choosing import NOBODY
from facedancer.utils.errors import UserError, not_written
from facedancer.utils.files import read_json, write_bytes

from ..work.errors import TooLargeError

# People whose faces can be given in one swap.
MOST_PEOPLE = 4
_TOKEN = re.compile(r"[0-9a-f]{32}")
_RECORD = "visit.json"


@dataclasses.dataclass(frozen=True)
class SeenFace:
    """A face of the target that the visitor can click.

    Attributes:
        crop: the name of its picture's file.
        identity: 512 numbers, by which it is found again.
        person: whose face it gets, from 0; None: it stays as it is.
    """

    crop: str
    identity: tuple[float, ...]
    person: int | None = 0


@dataclasses.dataclass(frozen=True)
class Visit:
    """A visitor's things on the page. Files go by their names within the visitor's folder.

    Attributes:
        has_agreed: to the notice about consent.
        target: what is to be swapped; empty: nothing yet.
        name: what the visitor calls it.
        kind: of the target: picture, animation, video.
        seconds: how long a moving target lasts.
        moment: the second of it that is looked at.
        people: for each person, the photographs; or ``nobody``, of whom there is no file.
        faces: those of the target that were found at the moment.
        is_chosen: whether the faces' own ``person`` counts; else everybody gets the first one.
        job: the number of the swap that runs or ran last; empty: none.
        result: of the last swap; empty: none.
        lines: what there is to say about it.
        report: ``(what, how many)`` rows about it.
        face_report: rows about its faces, see `report_rows.face_rows`.
        seed: which nobody person 1 is, where that person is nobody.
    """

    has_agreed: bool = False
    target: str = ""
    name: str = ""
    kind: str = ""
    seconds: float = 0.0
    moment: float = 0.0
    people: tuple[tuple[str, ...], ...] = ((),) * MOST_PEOPLE
    faces: tuple[SeenFace, ...] = ()
    is_chosen: bool = False
    job: str = ""
    result: str = ""
    lines: tuple[str, ...] = ()
    report: tuple[tuple[str, ...], ...] = ()
    face_report: tuple[tuple[str, ...], ...] = ()
    seed: int = 0

    @property
    def has_nobody(self) -> bool:
        """Tells whether person 1 is nobody."""
        return self.people[0] == (NOBODY,)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Visit":
        """Builds it from what `dataclasses.asdict` gave to JSON."""
        faces = tuple(
            SeenFace(one["crop"], tuple(one["identity"]), one["person"]) for one in content["faces"]
        )
        tables = ("people", "report", "face_report")
        tuples = {name: tuple(tuple(one) for one in content.get(name, ())) for name in tables}
        return cls(**{**content, **tuples, "faces": faces, "lines": tuple(content["lines"])})


class Visitors:
    """Keeps the visitors' files; any thread may call it.

    Args:
        folder: of all visitors; made if it is missing.
        most_bytes: of one visitor's files together.
        keep_s: how long after a visitor's last sign of life, in seconds.
    """

    def __init__(self, folder: Path, most_bytes: int, keep_s: float) -> None:
        self._folder, self._most, self._keep_s = folder, most_bytes, keep_s
        self._leave: Callable[[Visit], None] = lambda visit: None
        self._changing = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise not_written(folder, error) from error

    def on_leave(self, leave: Callable[[Visit], None]) -> None:
        """Takes what is to be called with what a visitor had, before it goes."""
        self._leave = leave

    def enter(self, token: str) -> str:
        """Welcomes back whoever has such a token, or somebody new; their token.

        A token is 32 digits that nobody guesses: who has it has the visitor's files.
        """
        self.remove_old()
        if _TOKEN.fullmatch(token) and (self._folder / token / _RECORD).is_file():
            self.touch(token)
            return token
        token = secrets.token_hex(16)
        (self._folder / token).mkdir(mode=0o700)
        self._write(token, Visit())
        return token

    def place(self, token: str) -> Path:
        """The folder of a visitor.

        Raises:
            UserError: there is no such visitor.
        """
        place = self._folder / str(token)
        if not _TOKEN.fullmatch(str(token)) or not (place / _RECORD).is_file():
            raise UserError("your files on this page have been deleted: reload the page")
        return place

    def visit(self, token: str) -> Visit:
        """Tells what a visitor has.

        Raises:
            UserError: there is no such visitor.
        """
        return Visit.from_json(read_json(self.place(token) / _RECORD, 2**24))

    def change(self, token: str, **changes: Any) -> Visit:
        """Changes what a visitor has, and returns it."""
        with self._changing:
            after = dataclasses.replace(self.visit(token), **changes)
            self._write(token, after)
        return after

    def touch(self, token: str) -> None:
        """Notes that the visitor is still there."""
        with contextlib.suppress(FileNotFoundError, UserError):
            os.utime(self.place(token) / _RECORD)

    def take(self, token: str, upload: Path, name: str) -> str:
        """Takes an upload into a visitor's folder, under a name that nobody had; the name.

        Args:
            token: the visitor's.
            upload: stays where it is.
            name: its beginning and suffix, such as ``target.mp4``.

        Raises:
            TooLargeError: the visitor has too much already.
        """
        place = self.place(token)
        used = sum(path.lstat().st_size for path in place.iterdir())
        try:
            size = upload.stat().st_size
        except OSError as error:
            raise UserError("the upload has gone: send the file again") from error
        if used + size > self._most:
            raise TooLargeError(
                f"that is more than the {self._most / 2**20:.0f} MB that one visitor may have "
                "here: take smaller files, or delete yours first"
            )
        own = self.fresh(token, name)
        try:
            os.link(upload, own)
        except OSError:
            shutil.copyfile(upload, own)
        return own.name

    def fresh(self, token: str, name: str) -> Path:
        """A place for a file of a visitor; a browser has not seen its name before.

        Args:
            token: the visitor's.
            name: its beginning and suffix.
        """
        start, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, no path
        return self.place(token) / f"{start}_{secrets.token_hex(4)}{suffix}"

    def drop(self, token: str, *names: str) -> None:
        """Removes files of a visitor that are no longer shown."""
        place = self.place(token)
        for name in filter(None, names):
            (place / Path(name).name).unlink(missing_ok=True)

    def remove(self, token: str) -> None:
        """Forgets a visitor, with all files.

        Raises:
            UserError: there is no such visitor.
        """
        place = self.place(token)
        with contextlib.suppress(UserError, KeyError, TypeError, ValueError):
            self._leave(self.visit(token))
        shutil.rmtree(place, ignore_errors=True)

    def remove_old(self) -> None:
        """Forgets all who have been away too long, and what is no visitor's."""
        oldest = time.time() - self._keep_s
        for place in self._folder.iterdir():
            if not _TOKEN.fullmatch(place.name):
                continue
            record = place / _RECORD
            try:
                seen = (record if record.is_file() else place).stat().st_mtime
            except OSError:
                continue
            if seen < oldest:
                with contextlib.suppress(UserError):
                    self.remove(place.name)
                shutil.rmtree(place, ignore_errors=True)

    def _write(self, token: str, visit: Visit) -> None:
        # Not waited for: after a power cut nobody is on the page.
        content = json.dumps(dataclasses.asdict(visit), allow_nan=False).encode()
        write_bytes(self._folder / token / _RECORD, content, is_durable=False)


def report_name(result: str) -> str:
    """The name of a result's full report; empty where there is no result."""
    return f"{result}.report.jsonl" if result else ""
