"""The folder in which a run keeps what it has finished: a killed one goes on there."""

import fcntl
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError, not_written
from facedancer.utils.files import UNFINISHED, read_json, write_text
from facedancer.utils.naming import beside

_JOB = "job.json"
_LOCK = "lock"
# Bytes of JSON about one frame, with hundreds of faces.
_MOST_LINE = MEGABYTE


class WorkFolder:
    """The folder ``.NAME.unfinished`` next to an output that is called NAME; a context manager.

    It holds ``job.json``, the settings that decide about the result, and part by part a file of
    results (whoever makes it) and a file of records. The records come last and are renamed into
    place: where they are, the part is whole.

    Args:
        output: the final name.
        settings: all that decides about the result, as JSON has it. Where the folder's are others,
            what it holds is thrown away, and `note` says why.

    Raises:
        UserError: another process works in it, or it cannot be written.
    """

    def __init__(self, output: Path, settings: Mapping[str, Any]) -> None:
        self.path = beside(output, ".", UNFINISHED)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / _LOCK).open("w")
        except OSError as error:
            raise not_written(output, error) from error
        try:
            # Released by the system with the process, however that ends.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise UserError(f"another run is writing {output}: wait until it ends") from error
        self.whole = 0
        try:
            self.note = self._begin(json.loads(json.dumps(settings)))
        except BaseException:
            self._leave()
            raise
        while self.is_committed(self.whole):
            self.whole += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def commit(self, part: int, records: Sequence[Mapping[str, Any]]) -> None:
        """Says that a part's result is whole, with what is known about it.

        Raises:
            UserError: the disk is full, or the like.
        """
        lines = "".join(f"{json.dumps(record)}\n" for record in records)
        write_text(self._records(part), lines)
        while self.is_committed(self.whole):
            self.whole += 1

    def is_committed(self, part: int) -> bool:
        """Tells whether a part is whole. On a cluster, some may be before those ahead of them."""
        return self._records(part).exists()

    def records(self, part: int) -> list[dict[str, Any]]:
        """Reads what was committed with a part.

        Raises:
            UserError: it is damaged.
        """
        path = self._records(part)
        try:
            lines = path.read_text().splitlines()
            return [dict(parse_json(line, _MOST_LINE, with_nan=True)) for line in lines]
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{path} is damaged ({error}): remove {self.path}, and run the same command again"
            ) from error

    def remove(self) -> None:
        """Once the output is there."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _leave(self) -> None:
        if not any(self.path.glob("part_*.jsonl")):
            self.remove()
        self._lock.close()

    def _records(self, part: int) -> Path:
        return self.path / f"part_{part:06}.jsonl"

    def _begin(self, settings: dict[str, Any]) -> str:
        job = self.path / _JOB
        before = _read(job)
        if before == settings:
            return ""
        for path in self.path.iterdir():
            if path.name != _LOCK:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        write_text(job, json.dumps(settings, indent=1))
        if before is None:
            return ""
        names = sorted(n for n in settings | before if settings.get(n) != before.get(n))
        return f"begun again: an earlier run was of other {', '.join(names)}"


def _read(job: Path) -> dict[str, Any] | None:
    try:
        return read_json(job)
    except (FileNotFoundError, ValueError):
        return None
