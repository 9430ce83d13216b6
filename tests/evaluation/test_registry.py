"""CONTRIBUTING's recipes for metrics and encoders, followed; and stored numbers of older code."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from facedancer.evaluation import encoders, job, stamps
from facedancer.evaluation.encoders import packaged
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.encoders.registry import ENCODERS, load_measure
from facedancer.evaluation.job import evaluate
from facedancer.evaluation.metrics.interface import OfPictures, OfSearch, OfVectors
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.evaluation.swaps import task
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.utils.errors import UserError
from facedancer.utils.late_imports import function_at

CORRECT = "def darker(target, changed):\n    return 1.0 * (target > changed).mean((1, 2, 3))\n"
WRONG = CORRECT.replace(">", "<")


@pytest.fixture
def swapped(monkeypatch):
    """The numbers of the pairs that are swapped, one list a call."""
    calls = []

    def negative(targets, sources, numbers):
        calls.extend(numbers.tolist())
        return 255 - targets

    swapper = PairSwapper("negative", {"kind": "test"}, negative)
    monkeypatch.setattr(task, "load_swapper", lambda *_: swapper)
    mean_colour = FaceEncoder("mean", {"sha256": ""}, lambda images: images.mean((1, 2)))
    monkeypatch.setattr(job, "load_measure", lambda role, spec: mean_colour)
    metric = dataclasses.replace(
        METRICS["perceptual_outside"], measure=METRICS["psnr_outside"].measure
    )
    monkeypatch.setitem(METRICS, "perceptual_outside", metric)
    # It swaps a few pairs once more.
    monkeypatch.setattr(job, "draw_examples", lambda *_: None)
    return calls


@pytest.fixture
def config(shards, tmp_path):
    return EvaluationSettings(
        targets=str(shards),
        swapper="some",
        output=str(tmp_path / "out"),
        identity_encoder="some",
        pose_encoder="some",
        expression_encoder="",
        features_encoder="",
    )


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes and imports a metric's module, as of today or as corrected."""
    monkeypatch.syspath_prepend(tmp_path)

    def imported(text):
        (tmp_path / "darker_metric.py").write_text(text)
        sys.modules.pop("darker_metric", None)
        # What a new process would do.
        for cached in (stamps._rests_on, stamps._file_of, stamps._meaning):
            cached.cache_clear()
        space = {"__name__": "darker_metric"}
        exec(text, space)
        return space["darker"]

    return imported


def metric_rows(config):
    table = (Path(config.output) / "table.md").read_text()
    return {line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if "|" in line}


def test_the_recipe_a_metric(config, swapped, monkeypatch, caplog):
    """CONTRIBUTING: a file, and a row in `METRICS`; results, scores and tables have it."""

    def yaw_error(target, changed):
        return np.abs(changed[:, 0] - target[:, 0])

    monkeypatch.setitem(METRICS, "yaw", OfVectors("Yaw ↓", 1, yaw_error, "pose", 180.0))
    squared = OfSearch("cos² ↑", 2, lambda search: np.ones(len(search.swaps)), "identity", -1.0)
    monkeypatch.setitem(METRICS, "squared", squared)
    results = evaluate(config)
    assert {"yaw", "squared"} <= set(results["metrics"]) and {"Yaw ↓", "cos² ↑"} <= metric_rows(
        config
    )
    assert results["metrics"]["yaw"]["failed"] == 0
    with np.load(Path(config.output) / "scores.npz") as scores:
        assert scores["yaw"].shape == (12,)
        assert results["metrics"]["yaw"]["value"] == pytest.approx(scores["yaw"].mean())
    assert "computed again" not in caplog.text
    # Without its role it is not there.
    without = dataclasses.replace(config, pose_encoder="", output=config.output + "_without")
    assert "yaw" not in evaluate(without)["metrics"]


def test_a_metric_of_pictures_added_to_an_old_folder(config, swapped, module, monkeypatch, caplog):
    before = evaluate(config)["metrics"]
    assert len(swapped) == 12
    evaluate(config)
    assert len(swapped) == 12 and "computed again" not in caplog.text
    monkeypatch.setitem(METRICS, "darker", OfPictures("Darker ↓", 3, module(CORRECT)))
    after = evaluate(config)["metrics"]
    assert len(swapped) == 24
    assert after.keys() - before.keys() == {"darker"} and after["pose"] == before["pose"]
    [line] = [r.getMessage() for r in caplog.records if "computed again" in r.getMessage()]
    assert line.endswith("so computed again: darker")


def test_a_corrected_metric_in_an_old_folder(config, swapped, module, monkeypatch, caplog):
    monkeypatch.setitem(METRICS, "darker", OfPictures("Darker ↓", 3, module(WRONG)))
    wrong = evaluate(config)["metrics"]["darker"]["value"]
    monkeypatch.setitem(METRICS, "darker", OfPictures("Darker ↓", 3, module(CORRECT)))
    corrected = evaluate(config)["metrics"]["darker"]["value"]
    assert corrected == pytest.approx(1 - wrong, abs=0.02) and corrected != wrong
    assert [r.getMessage().split(": ")[-1] for r in caplog.records] == ["darker"]
    # What only people read changes nothing.
    commented = f'"""A metric."""\n# Of mine.\n{CORRECT}'
    monkeypatch.setitem(METRICS, "darker", OfPictures("Darker ↓", 3, module(commented)))
    evaluate(config)
    assert len(swapped) == 24
    stored = json.loads((Path(config.output) / "results.json").read_text())
    assert stored["metrics"]["darker"]["value"] == corrected


def test_parts_without_stamps_are_not_trusted(config, swapped, caplog):
    evaluate(config)
    for path in (Path(config.output) / "parts").glob("*.npz"):
        with np.load(path) as arrays:
            old = {name: 0 * arrays[name] for name in arrays if name != "stamps"}
        np.savez(path, **old)
    assert evaluate(config)["metrics"]["pose"]["value"] > 0
    assert len(swapped) == 24 and caplog.text.count("computed again") == 2  # gallery and pairs


def test_what_code_rests_on():
    modules = stamps._rests_on("facedancer.evaluation.metrics.background")
    assert {"facedancer.evaluation.metrics.background", "facedancer.utils.alignment"} <= modules
    assert not any("training" in name or "pose" in name for name in modules)
    assert stamps.code_of(np.mean) == stamps.code_of(np.std)  # nothing of ours


def test_the_recipe_an_encoder(monkeypatch):
    """CONTRIBUTING: a function, and a row in `ENCODERS`; flags, help and refusals know it."""

    def flat(path):
        return FaceEncoder(f"flat {path}", {"sha256": ""}, lambda images: images.mean((1, 2)))

    monkeypatch.setattr(packaged, "flat", flat, raising=False)
    monkeypatch.setitem(ENCODERS["pose"], "flat", "packaged.flat")
    assert load_measure("pose", "flat").name == "flat "
    assert load_measure("pose", "flat:some.file").name == "flat some.file"
    with pytest.raises(UserError, match="no such pose encoder: other; .* of ours, .*, flat$"):
        load_measure("pose", "other")


def test_every_row_names_a_function():
    rows = [place for names in ENCODERS.values() for place in names.values()]
    assert all(callable(function_at(place, encoders.__name__)) for place in rows)


def test_the_docs_name_every_metric_and_encoder():
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text()
    named = {
        part for line in page.splitlines() if line.startswith("| `") for part in line.split("`")
    }
    assert [name for name in METRICS if name not in named] == []
    encoders = [name for names in ENCODERS.values() for name in names if name != "ours"]
    assert [name for name in encoders if f"`{name}`" not in page and f"`{name}:" not in page] == []


@pytest.mark.parametrize(("swapper", "share"), [("source", 1.0), ("target", 0.0)])
def test_a_share_of_the_way_looks_at_the_sources(shards, tmp_path, monkeypatch, swapper, share):
    points = FaceEncoder(
        "points", {"sha256": ""}, lambda images: images[:, 8::16, 8::16].reshape(len(images), -1)
    )
    monkeypatch.setattr(job, "load_measure", lambda role, spec: points)
    others = {f"{role}_encoder": "" for role in ENCODERS if role != "shape"}
    settings = {"targets": str(shards), "swapper": swapper, "output": str(tmp_path / "out")}
    results = evaluate(EvaluationSettings(**settings, **others, shape_encoder="some"))
    assert results["metrics"]["shape_mesh"]["value"] == pytest.approx(share, abs=1e-6)
    assert "shape by mesh" in (tmp_path / "out" / "table.md").read_text()
