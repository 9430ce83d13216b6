"""What a user sees of every script: one line and an exit code."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from absl import flags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

flags.DEFINE_integer("steps", 3, "How many.")
flags.DEFINE_string("data", None, "Where.")
flags.DEFINE_bool("shuffle", True, "Whether.")
flags.mark_flag_as_required("data")


def main():
    if flags.FLAGS.steps < 0:
        raise UserError("steps must not be\\n  negative: use --steps=1")
    if flags.FLAGS.steps == 7_000:
        raise KeyboardInterrupt
    if flags.FLAGS.steps == 404:
        open("/dev/null/x")
    if flags.FLAGS.steps == 13:
        raise RuntimeError("a fault of ours")
    print("steps", flags.FLAGS.steps, "data", flags.FLAGS.data, "shuffle", flags.FLAGS.shuffle)
    return 5 if flags.FLAGS.steps == 5 else None


run(main)
"""


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
        ([], "error: missing --data; --help explains"),
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
        ([], "--data"),
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
    path.write_text(SCRIPT.replace("def main():", "def main(names):\n    print(names)").replace(
        "run(main)", "run(main, positional=True)"
    ))  # fmt: skip
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
