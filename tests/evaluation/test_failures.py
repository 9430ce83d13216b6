"""Swaps without a face: they never make a number better, and every table tells their share."""

import dataclasses

import numpy as np
import pytest

from facedancer.evaluation import job
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.job import evaluate
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.metrics.search import Gallery
from facedancer.evaluation.metrics.temporal import paired_jitters
from facedancer.evaluation.reports.table import judged, markdown_table
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.evaluation.swaps import task
from facedancer.evaluation.swaps.swappers import PairSwapper


def half_grey(targets, sources, numbers):
    """As if perfect for half of the pairs; grey squares for the others."""
    swaps = targets.copy()
    swaps[numbers % 2 == 0] = 128
    return swaps


SWAPS = {
    "half grey": half_grey,
    "target": lambda targets, sources, numbers: targets,
    "source": lambda targets, sources, numbers: sources,
}


def looks(images):
    """A judge of twelve numbers that finds no face in a flat picture."""
    small = images.reshape(len(images), 2, 32, 2, 32, 3).mean((2, 4)).reshape(len(images), -1)
    small[images.std((1, 2, 3)) < 1] = np.nan
    return small


@pytest.fixture(scope="module")
def results(shards, tmp_path_factory):
    """Evaluates each swapper; the judges of pose and identity see whether there is a face."""
    judges = {
        "identity": looks,
        "pose": lambda images: looks(images)[:, :3],
        # Whatever it is shown, it has an answer.
        "expression": lambda images: np.nan_to_num(looks(images)),
        "features": lambda images: np.nan_to_num(looks(images)),
    }
    encoders = {
        role: FaceEncoder(role, {"sha256": ""}, measure) for role, measure in judges.items()
    }
    out_dir = tmp_path_factory.mktemp("failures")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "load_measure", lambda role, spec: encoders[role])
        for name, swap in SWAPS.items():
            swapper = PairSwapper(name, {"kind": name}, swap)
            patch.setattr(task, "load_swapper", lambda *_, swapper=swapper: swapper)
            config = EvaluationSettings(
                targets=str(shards), swapper=name, output=str(out_dir / name)
            )
            found[name] = evaluate(config)
            found[name]["table"] = (out_dir / name / "table.md").read_text()
            found[name]["scores"] = dict(np.load(out_dir / name / "scores.npz"))
    return found


def test_half_of_the_pairs_without_a_face(results):
    metrics = results["half grey"]["metrics"]
    assert metrics["id_top1"]["value"] == 0 and metrics["id_top1"]["failed"] == 50
    assert metrics["pose"]["value"] == 0 and metrics["pose"]["failed"] == 50
    assert metrics["pose"]["judged"] == METRICS["pose"].worst / 2
    # One judge's word is enough for all of them.
    assert metrics["expression"]["failed"] == 50
    assert metrics["expression"]["judged"] == METRICS["expression"].worst / 2
    assert metrics["pose"]["count"] == 6 and metrics["pose"]["pairs"] == 12
    assert results["half grey"]["scores"]["failed"].sum() == 6
    assert metrics["fid"]["value"] > 1


def test_the_share_stands_in_every_table(results):
    assert "| 0.00 (50.0 % failed) | 0.00 (50.0 % failed) |" in results["half grey"]["table"]
    assert "| Angle ↓ | 0.00 (50.0 % failed) |" in results["half grey"]["table"]
    assert "failed" not in results["target"]["table"] + results["source"]["table"]


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.role])
def test_failures_make_no_number_better(name, results):
    grey, target = (results[which]["metrics"].get(name) for which in ("half grey", "target"))
    if grey is None:
        pytest.skip("too few people")
    better = METRICS[name].better
    assert better(judged(grey)) <= better(judged(target))
    rows = [results[which] for which in ("half grey", "target", "source")]
    row = markdown_table(rows, [name]).splitlines()[2]
    assert "**" not in row or better(judged(grey)) == better(judged(target))


def test_the_table_says_who_can_tell(results):
    assert "can tell that a swap shows no face" in results["target"]["table"]
    told = {**results["target"], "failures_told_by": ["a mesh"]}
    assert "whether a swap shows a face at all is told by: a mesh" in job.report(told)


def test_target_and_source_are_the_ends(results):
    target, source = (results[which]["metrics"] for which in ("target", "source"))
    assert target["pose"]["value"] == target["expression"]["value"] == 0
    assert target["fid"]["value"] == pytest.approx(0, abs=1e-6)
    assert (target["id_top1"]["value"], source["id_top1"]["value"]) == (0, 100)
    assert source["pose"]["value"] > 10 and source["expression"]["value"] > 10


def test_a_target_without_a_face_says_nothing_of_the_swap(results):
    measured = {"target/pose": np.full((3, 3), np.nan), "swap/pose": np.full((3, 3), np.nan)}
    measured["target/pose"][0] = measured["swap/pose"][0] = 0
    scores = job.score_pairs(measured, None)
    entry = job.summarise(scores, measured, [np.arange(3)])["pose"]
    assert (entry["count"], entry["pairs"], entry["failed"]) == (1, 1, 0)


def test_a_person_of_one_picture_can_not_be_missed():
    gallery = Gallery(np.eye(3, dtype=np.float32), np.array([0, 1, 1]), np.array([0, 1]))
    swaps = np.full((2, 3), np.nan)
    measured = {"swap/identity": swaps, "target/identity": np.eye(3)[:2]}
    scores = job.score_pairs(measured, gallery)
    np.testing.assert_array_equal(scores["id_top1"], [0, 0])
    np.testing.assert_array_equal(scores["id_top1_other"], [np.nan, 0])
    metrics = job.summarise(scores, measured, [np.arange(2)])
    assert metrics["id_top1_other"]["pairs"] == 1 and metrics["id_top1_other"]["failed"] == 100
    assert metrics["id_cosine"]["value"] is np.nan and judged(metrics["id_cosine"]) == -1


def test_frames_that_lose_the_face(monkeypatch):
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(9, 4)), rng.normal(size=(9, 5, 2))
    lost = tuple(part.copy() for part in seen)
    for part in lost:
        part[1::2] = np.nan
    kept = {name: np.array([x]) for name, x in paired_jitters(seen, seen).items()}
    gone = {name: np.array([x]) for name, x in paired_jitters(seen, lost).items()}
    assert kept["identity/lost"] == 0 and gone["identity/lost"] == 1
    half = {name: np.concatenate([kept[name], gone[name]]) for name in kept}
    for measured, share in ((kept, 0), (half, 50), (gone, 100)):
        for name, entry in job.summarise_flicker(measured).items():
            assert entry["failed"] == share
            value = judged(entry)
            assert share == 0 or value is None or METRICS[name].better(value) < 0
            assert (share == 100) == (entry["value"] is None)


def test_nothing_but_a_whole_evaluation_is_asked(results):
    """`dataclasses.replace` of a row, as other tests do it, keeps its kind."""
    row = dataclasses.replace(METRICS["pose"], digits=3)
    assert type(row) is type(METRICS["pose"])
