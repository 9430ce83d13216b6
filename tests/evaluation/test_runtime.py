"""Time and memory: numbers of a real generator; and what is said where there are none."""

import dataclasses
import signal
import sys

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.evaluation import job, runtime
from facedancer.evaluation.job import evaluate, report
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.runtime import NotMeasuredError, measure_runtime
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.networks.generator import get_generator


def ending(monkeypatch, tmp_path, code):
    """Puts a script of one's own in place of the one that measures."""
    script = tmp_path / "process.py"
    script.write_text(code)
    monkeypatch.setattr(runtime, "_SCRIPT", script)


def test_a_generator(tmp_path):
    path = tmp_path / "generator.keras"
    get_generator(("concat",) * 5, 1, 16, 64, 8).save(path)
    found = measure_runtime(str(path), UNTRAINED_SMALL, batch=2)
    assert found["batch"] == 2 and 1 <= found["timed_batches"] <= 10
    assert found["ms_per_batch"] == pytest.approx(2 * found["ms_per_image"]) and found["device"]
    # The networks and what they compute, not Python and TensorFlow, which take half a gigabyte.
    assert 0.001 < found["memory_gb"] < 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", "SIGKILL.*memory runs out"),
        ("import os; os.abort()", "was killed .SIGABRT.; its last words: it said nothing"),
        ("import sys; sys.exit('note\\nno such file: x')", "status 1: no such file: x"),
        ("import time; time.sleep(20)", "took longer than 1 s"),
    ],
)
def test_a_process_that_ends_early(monkeypatch, tmp_path, code, reason):
    ending(monkeypatch, tmp_path, code)
    with pytest.raises(NotMeasuredError, match=reason):
        measure_runtime("some", "some", most_seconds=1)


def test_a_process_that_cannot_start(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(NotMeasuredError, match="did not start"):
        measure_runtime("some", "some")


def test_the_evaluation_goes_on_without(monkeypatch, tmp_path, shards):
    ending(monkeypatch, tmp_path, "import sys; sys.exit('out of luck')")

    def generator(*_):
        return PairSwapper("stand-in", {"kind": "generator"}, lambda targets, *_: targets)

    monkeypatch.setattr("facedancer.evaluation.swaps.task.load_swapper", generator)
    metric = dataclasses.replace(
        METRICS["perceptual_outside"], measure=lambda a, b: np.zeros(len(a))
    )
    monkeypatch.setitem(METRICS, "perceptual_outside", metric)
    none = {f"{role}_encoder": "" for role in job.ROLES}
    config = EvaluationSettings(
        targets=str(shards), swapper="some", output=str(tmp_path / "out"), **none
    )
    results = evaluate(config)
    assert results["not_measured"] == {
        "time and memory": "the process failed with status 1: out of luck"
    }
    assert "no time and memory: the process failed" in report(results)
    assert "psnr_outside" in results["metrics"] and "ms_per_image" not in results["metrics"]
    assert not evaluate(dataclasses.replace(config, runtime=False))["not_measured"]
