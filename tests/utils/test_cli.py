"""Tests what a user sees of every script: one line and an exit code."""

import subprocess
import sys

import pytest

SCRIPT = '''"""Counts steps.

python count.py --data=here \\\\
    --steps=3
"""
import dataclasses
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.trust import TrustSettings, are_saved_models_trusted


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    steps: int = flag_field(3, "How many.", aliases=("total_steps",))
    data: str = flag_field("", "Where.", needed=True)
    shuffle: bool = flag_field(True, "Whether.")


def main(settings):
    if settings.steps < 0:
        raise UserError("steps must not be\\n  negative: use --steps=1")
    if settings.steps == 7_000:
        raise KeyboardInterrupt
    if settings.steps == 404:
        open("/dev/null/x")
    if settings.steps == 13:
        raise RuntimeError("a fault of ours")
    if are_saved_models_trusted():
        print("trusted")
    print("steps", settings.steps, "data", settings.data, "shuffle", settings.shuffle)
    return 5 if settings.steps == 5 else None


run(main, Settings, elsewhere={"source": "--data"})
'''


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)

    def call(*arguments):
        command = [sys.executable, str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    return call


def test_flags_and_flagfile_arrive(script, tmp_path):
    (tmp_path / "base.cfg").write_text("--steps=7\n--noshuffle\n")
    result = script("--data=here", "--flagfile=base.cfg")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "steps 7 data here shuffle False\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "error: missing --data: see --help"),
        (
            ["--data=x", "--steps=404"],
            "error: Not a directory: /dev/null/x; choose another place",
        ),
        (["--data=x", "--steps=-1"], "error: steps must not be negative: use --steps=1"),
        (
            ["--data=x", "--step=1"],
            "error: Unknown command line flag 'step'. Did you mean: steps ?",
        ),
        (["--data=x", "--steps=many"], "--steps"),
        (["--data=x", "--total_steps=1", "--steps=2"], "are the same flag: give only --steps"),
        (["--data=x", "--source=y"], "error: there is no --source here: give --data"),
        (["--data=x", "--flagfile=nowhere.cfg"], "error: no such flagfile: nowhere.cfg"),
        (["--data=x", "stray"], "error: unexpected argument 'stray'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(script, arguments, line):
    result = script(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert line in result.stderr
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")


@pytest.mark.parametrize(
    "arguments", [["a", "b", "--data=x"], ["--data=x", "a", "b"], ["a", "--data=x", "b"]]
)
def test_positional_arguments_where_they_are_asked_for(tmp_path, arguments):
    path = tmp_path / "script.py"
    text = SCRIPT.replace("def main(settings):", "def main(settings, names):\n    print(names)")
    path.write_text(text.replace("run(main, Settings", "run(main, Settings, 'NAMES...'"))
    command = [sys.executable, str(path), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "['a', 'b']\nsteps 3 data x shuffle True\n"


def test_an_interrupt_is_no_fault(script):
    result = script("--data=x", "--steps=7000")
    assert (result.returncode, result.stderr.strip()) == (130, "interrupted")


def test_a_fault_of_ours_keeps_its_traceback(script):
    result = script("--data=x", "--steps=13")
    assert result.returncode not in (0, 2)
    assert "Traceback" in result.stderr and "a fault of ours" in result.stderr


def test_mains_result_is_the_exit_code(script):
    assert script("--data=x", "--steps=5").returncode == 5


def test_a_file_whose_name_begins_with_a_dash_is_told_from_a_flag(script, tmp_path):
    (tmp_path / "-v.jpg").touch()
    result = script("--data=here", "-v.jpg")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("; the file of that name is given as ./-v.jpg\n")


def test_names_that_are_no_text_are_printed(script):
    result = script(b"--data=caf\xe9")
    assert (result.returncode, result.stderr) == (0, "")
    assert "caf\\udce9" in result.stdout


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_comes_before_anything_that_is_wrong(script, tmp_path, word):
    result = script("--nonsense", word)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "Counts steps."
    usage = f"usage: python {tmp_path}/script.py --data=... [--FLAG=VALUE ...]"
    assert usage in " ".join(result.stdout.split())  # wrapped where the path is long
    assert "python count.py --data=here \\" in lines and "    --steps=3" in lines
    assert "  --steps=N               How many (default: 3; also --total_steps)." in lines


def test_saved_models_are_trusted_where_the_command_says_so(script):
    assert script("--data=x").stdout.startswith("steps")
    assert script("--data=x", "--trust_savedmodel").stdout.startswith("trusted\nsteps")
