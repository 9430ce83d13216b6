"""`--help` lists every flag that a script takes, those that it shares with others too."""

import dataclasses
import importlib
import subprocess
import sys

import pytest

from facedancer.evaluation.encoders.registry import ENCODERS
from facedancer.inference.blending.masks import MASKS
from facedancer.utils.flags.help import help_text

from .scripts import ROOT, SCRIPTS, module_of, settings_of


def shown(script):
    """The help of a script, without a process of its own."""
    docstring = importlib.import_module(module_of(script)).__doc__
    return help_text(settings_of(script), docstring, f"python {script}")


def test_a_swap_asks_first_what_and_who():
    headings = [line for line in shown("inference/swap.py").splitlines() if line[-1:] == ":"]
    words = "what and who, which faces, blending, video, marking, networks, speed, every command"
    assert [line for line in headings if line[0] != " "] == [f"{one}:" for one in words.split(", ")]


@pytest.mark.parametrize("script", [name for name in SCRIPTS if settings_of(name) is not None])
def test_every_flag_is_listed(script):
    lines = shown(script).splitlines()
    for field in dataclasses.fields(settings_of(script)):
        starts = tuple(f"  --{name}" for name in (f"{field.name}=", f"[no]{field.name}"))
        assert any(line.startswith(starts) for line in lines), field.name
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("script", "choices"),
    [
        ("inference/swap.py", [f"{name}, {mask.words}" for name, mask in MASKS.items()]),
        ("evaluation/evaluate.py", [f"of {', '.join(one)}; empty" for one in ENCODERS.values()]),
    ],
)
def test_choices_are_explained(script, choices):
    in_one_line = " ".join(shown(script).split())
    assert [choice for choice in choices if choice not in in_one_line] == []


@pytest.mark.parametrize("script", ["inference/swap.py", "training/train.py"])
def test_it_is_printed_and_the_exit_status_is_0(script):
    command = [sys.executable, script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"\nusage: python {script} " in ended.stdout


@pytest.mark.long
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_says_more_than_its_help(script):
    command = [sys.executable, script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert ended.stdout
    assert ended.stderr == ""
