"""`--help` lists every flag that a script takes, those that it shares with others too."""

import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.evaluation.encoders.registry import ENCODERS
from facedancer.inference.blending.masks import MASKS

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT))
    for room in ROOT.glob("*/__init__.py")
    for path in room.parent.rglob("*.py")
    if "from facedancer.utils.cli import" in path.read_text()
    and '__name__ == "__main__"' in path.read_text()
)


@pytest.mark.parametrize(
    ("script", "names", "choices"),
    [
        (
            "inference/swap.py",
            ("source=", "generator=", "encoder=", "[no]mark"),
            [f"{name}, {mask.words}" for name, mask in MASKS.items()],
        ),
        (
            "evaluation/evaluate.py",
            ("output=", "targets=", "swapper=", "pairs="),
            [f"NAME:FILE, of {', '.join(names)}; empty" for names in ENCODERS.values()],
        ),
        ("export/convert.py", ("generator=", "output="), []),
    ],
)
def test_shared_flags_are_listed(script, names, choices):
    command = [sys.executable, script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    for name in names:
        assert f"\n  --{name}" in ended.stdout
    in_one_line = " ".join(ended.stdout.split())
    assert [choice for choice in choices if choice not in in_one_line] == []
    assert ended.stderr == ""


@pytest.mark.long
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_says_more_than_its_help(script):
    command = [sys.executable, script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert ended.stdout
    assert ended.stderr == ""
