"""``log.jsonl``: all that a run says, one JSON object a line, for programs to read."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.files import write_bytes

LOG_NAME = "log.jsonl"


class RunLog:
    """Appends to ``run_dir/log.jsonl``.

    A run that was killed has logged steps that its last checkpoint does not know, and may have left
    half a line: going on, both are dropped first, so that every step stands in the log once.

    Args:
        run_dir: the run's folder; made where there is none.
        first_step: the number of steps that the run goes on from; what is logged of later ones is
            dropped.
    """

    def __init__(self, run_dir: Path, first_step: int) -> None:
        run_dir.mkdir(parents=True, exist_ok=True)
        path = run_dir / LOG_NAME
        _drop_later(path, first_step)
        # Unbuffered: a line is one write, so that readers and a kill find whole lines.
        self._file = path.open("ab", buffering=0)

    def write(self, step: int, values: Mapping[str, float | str]) -> None:
        """Appends ``{"step": ..., "time": UTC, **values}``; NaN and infinity, no JSON, as null."""
        finite = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"step": step, "time": time, **finite}, allow_nan=False)
        self._file.write(f"{line}\n".encode())

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def read_log(run_dir: Path) -> list[dict[str, float | str | None]]:
    """The log's entries in order; half a line, which a running or killed run may leave, is skipped.

    Raises:
        FileNotFoundError: the folder holds no log.
    """
    lines = (run_dir / LOG_NAME).read_bytes().splitlines()
    return [entry for line in lines if (entry := _parse(line))]


def _drop_later(path: Path, first_step: int) -> None:
    if not path.is_file():
        return
    before = path.read_bytes()
    # A last line without its end is dropped even where it happens to parse: the next would join it.
    whole = [line for line in before.splitlines(keepends=True) if line.endswith(b"\n")]
    kept = [line for line in whole if (entry := _parse(line)) and entry["step"] <= first_step]
    if (after := b"".join(kept)) != before:
        write_bytes(path, after)


def _parse(line: bytes) -> dict[str, float | str | None] | None:
    try:
        entry = parse_json(line)
    except ValueError:  # Half a line, be it JSON or UTF-8 that was cut.
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("step"), int) else None
