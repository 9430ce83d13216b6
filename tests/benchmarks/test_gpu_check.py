"""The GPU check: its table by hand, and all of it in small."""

import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.benchmarks.gpu_check import step_row, ways
from facedancer.benchmarks.gpu_step import Cost

ROOT = Path(__file__).parents[2]


def test_a_cpu_has_no_tf32():
    assert len(ways(has_gpu=True, small=False)) == 8
    names = [(way.words, way.is_compiled) for way in ways(has_gpu=False, small=False)]
    assert names == [(x, c) for x in ("float32", "float16", "bfloat16") for c in (False, True)]


def test_rows_by_hand():
    plain, compiled = ways(has_gpu=False, small=True)[:2]
    row = step_row(plain, 10, Cost(0.5, 3 * 2**29))
    assert row == "| training step, float32 | 0.500 s | 1.50 GiB | 20.0 pairs/s |"
    assert step_row(compiled, 10, "out of memory") == (
        "| training step, float32, XLA | | | out of memory |"
    )


@pytest.mark.long
def test_all_of_it_in_small(tmp_path):
    output = tmp_path / "table.md"
    command = ["bash", "benchmarks/gpu_check.sh", "--small", f"--output={output}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=540)
    assert done.returncode == 0, done.stdout + done.stderr
    table = output.read_text()
    assert table.count("| training step") == 4
    # On a CPU, XLA may compile for longer than a row may take; the table then says so.
    assert table.count("pairs/s") + table.count("not done within") == 4
    assert table.count("pairs/s") >= 3
    assert " passed" in table
    assert "8 frames" in table
    assert sys.executable not in table
