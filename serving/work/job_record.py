"""A job's record: what was asked for, and how far it is."""

import dataclasses
from typing import Any

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
# From these it does not go on.
ENDED = (DONE, FAILED, CANCELLED)


@dataclasses.dataclass(frozen=True)
class JobRequest:
    """The wish of whoever asked. Files go by their names within the job's folder.

    Attributes:
        target: the picture, animation or film.
        sources: photographs of the person whose identity the faces get; or ``nobody``.
        reference: photographs of the person who alone is swapped; none: everybody.
        output: what the result is called.
        options: see `options.OPTIONS`.
    """

    target: str
    sources: tuple[str, ...]
    reference: tuple[str, ...]
    output: str
    options: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class JobStatus:
    """The state of a job, and how far it is.

    Attributes:
        id: 32 hexadecimal digits that nobody guesses: who knows them may see and end the job.
        state: one of `STATES`.
        created: when it was asked for, seconds since 1970.
        changed: when this was written.
        frames_done: frames, or pictures, that are swapped.
        frames: how many there are; None: not known.
        frames_a_second: of this run; None: not known yet.
        seconds_left: at that rate; None: not known.
        error: why it failed, in one line; empty else.
        lines: for people, of one that is done: what was swapped, which marks it carries.
        starts: how often it was begun without getting further, counting what ended the process.
        frames_kept: how many frames an earlier run had left when it was last begun.
    """

    id: str
    state: str
    created: float
    changed: float
    frames_done: int = 0
    frames: int | None = None
    frames_a_second: float | None = None
    seconds_left: float | None = None
    error: str = ""
    lines: tuple[str, ...] = ()
    starts: int = 0
    frames_kept: int = 0

    @property
    def has_ended(self) -> bool:
        """Tells whether it will not change any more."""
        return self.state in ENDED

    def to_json(self) -> dict[str, Any]:
        """All that whoever asked for the job may see."""
        content = dataclasses.asdict(self)
        del content["starts"], content["frames_kept"]
        return content
