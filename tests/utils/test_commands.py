"""Tests what counts as a command of ours, and what a program that imports us keeps."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.utils.commands import is_ours, start_of

ROOT = Path(__file__).parents[2]
RUNNABLE = [
    path
    for room in ROOT.glob("*/__init__.py")
    for path in sorted(room.parent.rglob("*.py"))
    # What runs there are child processes, started with -m: the package is imported before them.
    if room.parent.name != "utils" and '__name__ == "__main__"' in path.read_text()
]


@pytest.mark.parametrize(
    ("script", "ours"),
    [
        ("inference/swap.py", True),
        ("training/train.py", True),
        ("my_own.py", False),
        ("my_experiments/own.py", False),
        ("tests/conftest.py", False),
        ("../elsewhere.py", False),
        (".", False),
    ],
)
def test_what_is_ours(script, ours):
    assert is_ours(ROOT / script) is ours


def test_what_a_user_types():
    assert start_of("model_zoo/download.py") == "python model_zoo/download.py"


def test_a_program_that_imports_us_keeps_what_it_had(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys\n"
        "before = dict(os.environ), list(sys.path), os.fstat(2).st_ino, sys.stderr\n"
        "import facedancer.inference, facedancer.utils.cli\n"
        "after = dict(os.environ), list(sys.path), os.fstat(2).st_ino, sys.stderr\n"
        "print(before == after)\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    ended = subprocess.run([sys.executable, program], env=env, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")


@pytest.mark.parametrize(
    "command",
    [["inference/verify.py"], ["-m", "facedancer.inference.verify"]],
    ids=["by path", "as a module"],
)
def test_a_command_is_quiet_from_its_first_import(command):
    """Both ways to start one; verify.py imports no TensorFlow, so the line is our own."""
    ended = subprocess.run(
        [sys.executable, *command, "no_such_file"], cwd=ROOT, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (2, "error: no such file: no_such_file\n")


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_loads_tensorflow_before_it_is_quiet(path):
    named = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            named += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            named.append(node.module.partition(".")[0])
    loud = [name for name in named if name in ("tensorflow", "keras")]
    assert not loud or named.index("facedancer") < named.index(loud[0])
