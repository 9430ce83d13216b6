"""The whole evaluation on swaps whose numbers are known, stopped and gone on with."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.evaluation import job
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.job import evaluate
from facedancer.evaluation.measurement import measure_pairs
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.utils.errors import UserError


@pytest.fixture
def config(shards, tmp_path):
    return EvaluationSettings(
        targets=str(shards),
        swapper="target",
        output=str(tmp_path / "out"),
        identity_encoder=UNTRAINED_SMALL,
        pose_encoder="",
        expression_encoder="",
        features_encoder="",
    )


@pytest.fixture
def quick(config, monkeypatch):
    """Measured by a mean colour in place of networks."""

    def mean_colour(role, spec):
        return FaceEncoder("mean colour", {"sha256": ""}, lambda images: images.mean((1, 2)))

    monkeypatch.setattr(job, "load_measure", mean_colour)

    def difference(a, b):
        return np.abs(a.astype(np.float32) - b).mean((1, 2, 3))

    metric = dataclasses.replace(METRICS["perceptual_outside"], measure=difference)
    monkeypatch.setitem(METRICS, "perceptual_outside", metric)
    return dataclasses.replace(config, pose_encoder="some", features_encoder="some")


def values(results):
    return {name: entry["value"] for name, entry in results["metrics"].items()}


def test_output_is_target(config, tmp_path):
    found = values(evaluate(dataclasses.replace(config, features_encoder="mobilenet_v2")))
    assert found["id_top1"] == 0
    assert found["id_cosine_target"] == pytest.approx(1, abs=1e-5)
    assert found["fid"] == pytest.approx(0, abs=1e-4)
    assert found["perceptual_outside"] == pytest.approx(0, abs=1e-6)
    assert (found["psnr_outside"], found["ssim_outside"]) == (100, pytest.approx(1))
    stored = json.loads((tmp_path / "out" / "results.json").read_text())
    assert values(stored) == pytest.approx(found)
    assert stored["protocol"]["pairs"]["count"] == 12
    assert "not comparable" in (tmp_path / "out" / "table.md").read_text().lower()
    assert (tmp_path / "out" / "examples.png").is_file()


def test_output_is_source(config):
    found = values(evaluate(dataclasses.replace(config, swapper="source")))
    assert found["id_top1"] == 100
    assert found["id_cosine"] == pytest.approx(1, abs=1e-5)
    assert found["perceptual_outside"] > 0.1
    assert found["psnr_outside"] < 20


@pytest.mark.parametrize(("swapper", "nearer"), [("target", 0), ("source", 100)])
def test_judges_have_each_their_say(quick, monkeypatch, swapper, nearer):
    def measure(role, spec):
        return FaceEncoder(spec, {"sha256": ""}, lambda images: images.mean((1, 2)) - 100)

    monkeypatch.setattr("facedancer.evaluation.judges.load_measure", measure)
    changed = dataclasses.replace(quick, swapper=swapper, judges=("one", "two"))
    found = evaluate(changed)["judges"]
    assert list(found) == ["one", "two", "all judges"]
    assert found["one"]["id_top1"]["value"] == nearer == 100 - found["one"]["id_target"]["value"]
    assert {of_judge["nearer"]["value"] for of_judge in found.values()} == {nearer}
    kept = "id_cosine" if nearer else "id_cosine_target"
    assert found["two"][kept]["value"] == pytest.approx(1, abs=1e-5)
    table = (Path(changed.output) / "table.md").read_text()
    assert "| judge | nearer to source" in table and "| all judges |" in table


def test_goes_on_where_it_was(quick, monkeypatch):
    monkeypatch.setattr("facedancer.evaluation.measurement._PART", 5)
    whole = evaluate(dataclasses.replace(quick, output=quick.output + "_whole"))

    def stopped(*arguments):
        targets, sources, pairs, swapper, *rest = arguments

        def swap(target, source, numbers):
            if 10 in numbers:
                raise KeyboardInterrupt
            return swapper.swap(target, source, numbers)

        return measure_pairs(
            targets, sources, pairs, dataclasses.replace(swapper, swap=swap), *rest
        )

    with monkeypatch.context() as context:
        context.setattr(job, "measure_pairs", stopped)
        with pytest.raises(KeyboardInterrupt):
            evaluate(quick)
    swapped = []

    def counted(targets, sources, pairs, swapper, *rest):
        def swap(target, source, numbers):
            swapped.extend(numbers.tolist())
            return swapper.swap(target, source, numbers)

        return measure_pairs(
            targets, sources, pairs, dataclasses.replace(swapper, swap=swap), *rest
        )

    monkeypatch.setattr(job, "measure_pairs", counted)
    resumed = evaluate(quick)
    assert swapped == [10, 11]
    assert values(resumed) == values(whole)


def test_another_evaluation_in_the_same_folder_is_refused(quick):
    evaluate(quick)
    with pytest.raises(UserError, match=r"holds another evaluation \(different: swapper\)"):
        evaluate(dataclasses.replace(quick, swapper="source"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"swapper": "nothing.keras"}, "--encoder is missing"),
        ({"swapper": "nothing.keras", "encoder": UNTRAINED_SMALL}, "no such generator"),
        ({"targets": "nowhere"}, "no such folder: nowhere"),
    ],
)
def test_bad_input(config, changes, message):
    with pytest.raises(UserError, match=message):
        evaluate(dataclasses.replace(config, **changes))


def test_an_unknown_encoder(config):
    with pytest.raises(UserError, match=r"no such pose encoder: nothing.keras; give .* of ours"):
        evaluate(dataclasses.replace(config, pose_encoder="nothing.keras"))


def test_scores_of_each_pair_are_kept(quick, tmp_path):
    results = evaluate(dataclasses.replace(quick, pairs=5))
    with np.load(tmp_path / "out" / "scores.npz") as scores:
        assert scores["id_cosine"].shape == (5,)
        assert results["metrics"]["id_cosine"]["value"] == pytest.approx(scores["id_cosine"].mean())
