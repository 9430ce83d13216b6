"""The lab's own flags: what is trained, and what a dry run tells."""

import pytest

from facedancer.lab import run_lab
from facedancer.utils.errors import UserError


def printed(capsys, **flags):
    assert run_lab.main(run_lab.Settings(dry_run=True, **flags)) == 0
    return capsys.readouterr().out


def test_a_dry_run_ends_with_the_trainings_and_their_steps(capsys):
    whole = printed(capsys)
    assert "\n# generators: 35 trainings, 90,000 steps\n# students: 1 trainings" in whole
    # A part's report does not take the place of what ships.
    assert "--results_dir=lab/results" in whole
    part = printed(capsys, configs=("c_twins",))
    assert "--results_dir=lab_out/results" in part
    assert [name for name in ("a", "c", "c_twins") if f"/runs/{name} --seed" in part] == [
        "a", "c", "c_twins"
    ]  # fmt: skip
    assert "seed1" not in part and "/runs/d " not in part


def test_swappers_that_are_not_there_are_refused(capsys):
    with pytest.raises(UserError, match="--configs=f: choose from baseline_1"):
        printed(capsys, configs=("f",))
    with pytest.raises(UserError, match="--configs=c_long: --quick trains only one of each kind"):
        printed(capsys, configs=("c", "c_long"), quick=True)
    with pytest.raises(UserError, match="--stages=paint: choose from render, crop"):
        printed(capsys, stages=("paint",))
