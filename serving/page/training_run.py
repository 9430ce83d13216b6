"""A training's folder, read for the page: how far it is, and its alarms."""

import dataclasses
import itertools
import re
import statistics
from datetime import datetime
from pathlib import Path

from facedancer.training.runs.folder import FLAGS_FILE
from facedancer.training.watching.run_log import LOG_NAME, read_log
from facedancer.utils.errors import UserError

Entries = list[dict[str, float | str | None]]

# Log lines that the pace is taken from, the last ones.
_PACE_LINES = 50
# A gap of so many usual ones is a stop of the run, and none of its pace.
_STOP_GAPS = 20
# Without a word for so many usual gaps, and for so many seconds, a run is no longer called running.
_QUIET_GAPS, _QUIET_S = 5, 300.0
_TOTAL_STEPS = re.compile(r"^--total_steps=(\d{1,15})$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Alarm:
    """Validations in a row that found the same fault.

    Attributes:
        first, last: their steps.
        text: what the last one said.
        is_over: whether a later validation found nothing.
    """

    first: int
    last: int
    text: str
    is_over: bool = False


@dataclasses.dataclass(frozen=True)
class Progress:
    """A run's state, pace and alarms.

    Attributes:
        step: the last one that it spoke of.
        total: of the whole run; None: its flags do not say.
        steps_a_second: by the clock, samples, validation and saving included; None: not known yet.
        quiet_s: seconds since its last word; None: the log has no times.
        is_quiet: whether that is longer than a running one is expected to be silent.
        alarms: the oldest first.
    """

    step: int
    total: int | None
    steps_a_second: float | None
    quiet_s: float | None
    is_quiet: bool
    alarms: tuple[Alarm, ...]

    @property
    def is_finished(self) -> bool:
        """Tells whether its last step is done."""
        return self.total is not None and self.step >= self.total

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last step, at the pace of the last ones; None: not known."""
        if self.is_finished or self.total is None or not self.steps_a_second:
            return None
        return (self.total - self.step) / self.steps_a_second


class Runs:
    """The runs that whoever started the page shows. Visitors choose among their names.

    Args:
        folder: of one run, or of several.

    Raises:
        UserError: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UserError(
                f"--run={folder}: no such folder; give the --run_dir of a training, or a folder of "
                "several"
            )
        self._folder = folder.resolve()

    def find(self) -> dict[str, Path]:
        """The folders of those that have begun to log, by name.

        Raises:
            UserError: there is none yet, or the folder cannot be read.
        """
        try:
            places = [self._folder, *sorted(self._folder.iterdir())]
        except OSError as error:
            raise UserError(f"cannot read {self._folder.name}: {error.strerror}") from error
        found = {one.name: one for one in places if stamp_of(one) is not None}
        if not found:
            raise UserError(
                f"no training in {self._folder.name} has logged anything yet: there is no "
                f"{LOG_NAME} in it, nor in a folder of it"
            )
        return found


def stamp_of(run_dir: Path) -> tuple[int, int] | None:
    """Time and size of a run's log, which change as it is written to; None: there is no log."""
    try:
        facts = (run_dir / LOG_NAME).stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def read_progress(run_dir: Path, now: float) -> Progress:
    """Reads how far a run is.

    Args:
        run_dir: the run's folder.
        now: the time, in seconds since 1970.

    Raises:
        UserError: there is no log, it cannot be read, or holds no whole line.
    """
    try:
        entries = read_log(run_dir)
    except OSError as error:
        raise UserError(
            f"cannot read the {LOG_NAME} of {run_dir.name}: {error.strerror}"
        ) from error
    if not entries:
        raise UserError(
            f"the {LOG_NAME} of {run_dir.name} is empty or damaged: wait for its first lines, or "
            "copy it again"
        )
    times = [(int(one["step"]), at) for one in entries if (at := _time_of(one)) is not None]
    pace, usual_s = _pace(times)
    quiet_s = max(0.0, now - times[-1][1]) if times else None
    return Progress(
        step=max(int(one["step"]) for one in entries),
        total=_total_steps(run_dir),
        steps_a_second=pace,
        quiet_s=quiet_s,
        is_quiet=quiet_s is None or quiet_s > max(_QUIET_S, _QUIET_GAPS * usual_s),
        alarms=_alarms(entries),
    )


def _time_of(entry: dict[str, float | str | None]) -> float | None:
    try:
        return datetime.fromisoformat(entry["time"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _pace(times: list[tuple[int, float]]) -> tuple[float | None, float]:
    """Steps a second, and the usual number of seconds between two steps that are logged."""
    # Of what was logged of a step, the first: the next step's time then has the validation in it.
    first = dict(reversed(times))
    points = sorted(first.items())[-_PACE_LINES:]
    gaps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(points) if b[1] > a[1]]
    if not gaps:
        return None, 0.0
    usual = statistics.median(seconds for _, seconds in gaps)
    kept = [(steps, seconds) for steps, seconds in gaps if seconds <= _STOP_GAPS * usual]
    return sum(steps for steps, _ in kept) / sum(seconds for _, seconds in kept), usual


def _total_steps(run_dir: Path) -> int | None:
    # Not by `read_run_flags`: a run may be of any network, each with settings of its own.
    try:
        text = (run_dir / FLAGS_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _TOTAL_STEPS.findall(text)
    return int(found[-1]) if found else None


def _alarms(entries: Entries) -> tuple[Alarm, ...]:
    said = {one["step"]: one["alarm"] for one in entries if isinstance(one.get("alarm"), str)}
    validated = {one["step"] for one in entries if "validation/score" in one}
    alarms: list[Alarm] = []
    for step in sorted(validated | said.keys()):
        last = alarms[-1] if alarms and not alarms[-1].is_over else None
        text = said.get(step)
        if text is not None and last is not None and _kind(text) == _kind(last.text):
            alarms[-1] = dataclasses.replace(last, last=step, text=text)
            continue
        if last is not None:
            alarms[-1] = dataclasses.replace(last, is_over=True)
        if text is not None:
            alarms.append(Alarm(step, step, text))
    return tuple(alarms)


def _kind(text: str) -> str:
    """The words of an alarm before its numbers."""
    return re.split(r"[:(\d]", text, maxsplit=1)[0]
