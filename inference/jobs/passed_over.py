"""Files that lie among the targets and are not swapped: none is left out without a word."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from facedancer.utils.naming import shown

from .outcome import Outcome
from .reports import Summary, write_report
from .settings import SwapSettings

# Names in the line for people; the report has all.
_NAMED = 3


@dataclasses.dataclass(frozen=True)
class PassedOver:
    """A file that is not swapped, and why."""

    file: Path
    reason: str

    @property
    def record(self) -> dict[str, str]:
        """Its line of the report."""
        return {"file": shown(self.file), "passed_over": self.reason}


def outcome_of(
    files: Sequence[PassedOver], report: Path, settings: SwapSettings, is_reported: bool
) -> Outcome:
    """The last thing that people hear of a run.

    Args:
        files: at least one.
        report: names them.
        settings: for the report.
        is_reported: the report is there; else it is written, of these files alone.
    """
    summary = Summary()
    for one in files:
        summary.add(one.record)
    outcome = Outcome(None, report, summary, notes=(_told(files),))
    if not is_reported:
        write_report(report, [one.record for one in files], outcome.to_json(settings))
    return outcome


def _told(files: Sequence[PassedOver]) -> str:
    if len(files) == 1:
        return f"passed over: {shown(files[0].file)} ({files[0].reason})"
    names = [shown(one.file.name) for one in files[:_NAMED]]
    names += ["..."] if len(files) > _NAMED else []
    return f"passed over: {len(files)} files ({', '.join(names)}); the report says why"
