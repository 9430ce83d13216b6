"""The end of a file's swap."""

import dataclasses
from pathlib import Path
from typing import Any

from facedancer import __version__
from facedancer.utils.naming import shown

from .reports import Summary, write_report
from .settings import SwapSettings


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of a swap, for people and for the report.

    Attributes:
        output: what was written; None where nothing was swapped, so nothing was written.
        report: the JSON lines.
        summary: their sums.
        marks: a line about every mark that the output carries, or lacks.
        notes: what else there is to say.
    """

    output: Path | None
    report: Path
    summary: Summary
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """For people."""
        if not self.summary.frames:
            return [*self.notes, f"report: {shown(self.report)}"]
        written = (
            f"written: {shown(self.output)}"
            if self.output
            else "nothing was swapped, so nothing was written"
        )
        return [
            *self.notes,
            *self.summary.lines(),
            *self.marks,
            f"{written}; report: {shown(self.report)}",
        ]

    def to_json(self, settings: SwapSettings) -> dict[str, Any]:
        """The report's last line."""
        return {
            "facedancer": __version__,
            "output": shown(self.output) if self.output else None,
            "marking_on": settings.marking.is_on,
            "marks": list(self.marks),
            "notes": list(self.notes),
            **vars(self.summary),
            "unchanged": self.summary.unchanged,
            "settings": settings.deciding(),
        }


def skipped_file(target: Path, report: Path, reason: str, settings: SwapSettings) -> Outcome:
    """Says in its report and in its outcome that a file could not be swapped."""
    record = {"file": shown(target), "skipped": reason}
    summary = Summary()
    summary.add(record)
    outcome = Outcome(None, report, summary)
    write_report(report, [record], outcome.to_json(settings))
    return outcome
