"""The command as a user types it."""

import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(warm_python):
    """Runs the command with some arguments."""
    return functools.partial(warm_python, "training/train.py", cwd=ROOT)


def test_a_configuration_trains_by_its_flagfile(run, shards, tmp_path):
    command = [
        sys.executable,
        "training/train.py",
        "--flagfile=flags/config_d.cfg",
        f"--data={shards}",
        f"--run_dir={tmp_path / 'run'}",
        "--image_size=64",
        "--base_width=8",
        "--batch_size=2",
        "--total_steps=2",
        # Half as much to trace; test_loop.py trains with all terms.
        "--perceptual_weight=0",
        "--gradient_penalty_weight=0",
        "--cycle_weight=0",
        "--ifsr_weight=0",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "generator.keras").is_file()
    assert "knows no identity" in done.stderr
    assert "begins with new networks" in done.stdout
    saved = (tmp_path / "run" / "flags.cfg").read_text()
    assert "--encoder=untrained_small\n" in saved
    assert "--up_types=affa,affa,affa,affa,affa,concat\n" in saved
    # The same command again has nothing to do, says so, and is no failure.
    done = run(*command[2:])
    assert done.returncode == 0, done.stderr
    assert (
        f"begins with the last checkpoint of {tmp_path / 'run'}, step 2: the run is " in done.stdout
    )
    assert "complete; a larger --total_steps goes on" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--flagfile=flags/config_x.cfg"], "no such flagfile"),
        (["--flagfile=flags/config_c.cfg", "--train_dta=x"], "train_dta"),
        (["--flagfile=flags/config_c.cfg"], "--data is missing"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(run, arguments, named):
    done = run(*arguments)
    assert done.returncode == 2
    *_, last = done.stderr.strip().splitlines()
    assert last.startswith("error: ")
    assert named in last
    assert "Traceback" not in done.stderr


def test_a_folder_that_holds_another_run_is_refused_before_a_word(run, shards, tmp_path):
    (tmp_path / "run" / "checkpoints" / "step_0000001").mkdir(parents=True)
    (tmp_path / "run" / "flags.cfg").write_text("--data=a\n--run_dir=b\n--batch_size=8\n")
    arguments = [
        "--flagfile=flags/config_c.cfg",
        f"--data={shards}",
        "--total_steps=2",
        "--image_size=64",
    ]
    for more in ([], ["--dry_run"], ["--resume"]):
        done = run(*arguments, f"--run_dir={tmp_path / 'run'}", *more)
        assert done.returncode == 2
        assert done.stdout == ""
        *_, last = done.stderr.strip().splitlines()
        assert last.startswith(f"error: {tmp_path / 'run'} is a run with other flags: --")
        assert "--batch_size was 8, is 10" in last
