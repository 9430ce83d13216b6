"""The whole road from rendering to the report, in minutes."""

import subprocess
import sys
import time

import pytest

from facedancer.lab.experiment.tasks import ROOT

# On two cores with nothing beside it.
BAR_SECONDS = 12 * 60


@pytest.mark.long
def test_the_quick_lab_makes_a_report_and_then_has_nothing_to_do(tmp_path):
    command = [sys.executable, "lab/run_lab.py", "--quick", "--jobs=2", f"--lab_dir={tmp_path}"]
    start = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True)
    assert time.monotonic() - start < BAR_SECONDS
    report = (tmp_path / "REPORT.md").read_text()
    assert "not measured alike" not in report
    for heading in (
        "IFSR without a swapper",
        "The face's shape",
        "Gates",
        "What a difference of FID",
    ):
        assert f"## {heading}" in report
    for picture in ("swap_matrix", "configurations", "curves", "figure_6", "figure_7", "answers"):
        assert f"(results/{picture}.png)" in report
        assert (tmp_path / "results" / f"{picture}.png").stat().st_size > 10_000
    again = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert "log in" not in again.stdout
