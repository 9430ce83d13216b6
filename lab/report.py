"""Writes lab/REPORT.md and its pictures from stored results.

python lab/report.py
python lab/report.py --lab_dir=lab_out --results_dir=lab/results

The first command uses the shipped lab/results. The second first copies the results of lab_out to
lab/results, and replaces those there.
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
        "lab_dir", text="the lab's folder whose results are copied first; default: none"
    )
    results_dir: str = flag_field("", "folder of stored results; default: lab/results")


def main(settings: Settings) -> None:
    """Collects where that is asked for, and writes the report."""
    if settings.lab_dir and not settings.results_dir:
        raise UserError(
            "--lab_dir needs --results_dir, the folder whose results it replaces: give "
            "lab/results only for the full lab"
        )
    from facedancer.lab.reports.page import write_report

    lab_dir = Path(settings.lab_dir) if settings.lab_dir else None
    results_dir = Path(settings.results_dir or ROOT / "lab" / "results")
    print(f"report: {write_report(results_dir, lab_dir)}")


if __name__ == "__main__":
    run(main, Settings)
