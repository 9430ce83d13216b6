"""`--help` lists every flag that a script takes, those that it shares with others too."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("inference/swap.py", ("source", "facedancer_path", "arcface_path", "[no]mark")),
        ("evaluation/evaluate.py", ("out_dir", "targets", "swapper", "pairs")),
        ("export/onnx.py", ("facedancer_path", "export_dir")),
    ],
)
def test_shared_flags_are_listed(script, names):
    command = [sys.executable, script, "--help"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8").stdout
    for name in names:
        assert f"\n  --{name}:" in text
