"""Writes lab/REPORT.md and its pictures from stored results.

python lab/report.py
python lab/report.py --lab_dir=lab_out --results_dir=lab/results

The first is from lab/results, which ships; the second takes what was evaluated in lab_out over
before, in place of what lies there.
"""

import dataclasses
from pathlib import Path

from facedancer.lab.experiment.tasks import ROOT
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One report."""

    lab_dir: str = shared_flag(
        "lab_dir", text="a lab's folder, to take results over from; by default none"
    )
    results_dir: str = flag_field("", "where results are kept; by default lab/results")


def main(settings: Settings) -> None:
    """Collects where that is asked for, and writes the report."""
    if settings.lab_dir and not settings.results_dir:
        raise UserError(
            "--lab_dir needs --results_dir, where its results go in place of those that lie there: "
            "lab/results for the full lab alone"
        )
    from facedancer.lab.reports.page import write_report

    lab_dir = Path(settings.lab_dir) if settings.lab_dir else None
    results_dir = Path(settings.results_dir or ROOT / "lab" / "results")
    print(f"report: {write_report(results_dir, lab_dir)}")


if __name__ == "__main__":
    run(main, Settings)
