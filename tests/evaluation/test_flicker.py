"""Flicker of swapped clips whose motion and brightness are known."""

import dataclasses

import numpy as np
import pytest

from facedancer.evaluation import flicker, job
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.flicker import measure_flicker, summarise_flicker
from facedancer.evaluation.job import evaluate
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.evaluation.swaps.face_set import FaceSet
from facedancer.evaluation.swaps.pairs import SwapPairs
from facedancer.evaluation.swaps.swappers import RESULTS, PairSwapper
from facedancer.evaluation.swaps.task import SwapTask
from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template

SIDE = 64


class Detector:
    """A face where there is light; none in a dark picture."""

    def detect_batch(self, frames):
        return [self._faces(frame) for frame in frames]

    def _faces(self, frame):
        rows, columns = np.nonzero(frame.max(2) > 60)
        if not len(rows):
            return []
        x, y = columns.min(), rows.min()
        box = np.array([x, y, x + SIDE, y + SIDE], np.float32)
        return [Face(box, template(SIDE) + np.float32([x, y]), 0.9)]


def frame(x, value):
    """A face of `SIDE` px whose left edge lies at ``x``, its middle of a brightness of its own."""
    picture = np.zeros((SIDE + 20, 120, 3), np.uint8)
    picture[10 : 10 + SIDE, x : x + SIDE] = 100
    picture[30:60, x + 15 : x + 50] = value
    return picture


CLIPS = {
    "shaking.mp4": [frame(20 + 4 * (n % 2), 150 + 10 * (n % 2)) for n in range(6)],
    "dark.mp4": [np.zeros((SIDE + 20, 120, 3), np.uint8)] * 6,
}


def middle(images):
    """As if an identity: an angle that the middle's brightness makes."""
    angle = images[:, 40:70, 40:70].mean((1, 2, 3)) / 255
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


ENCODER = FaceEncoder("middle", {"sha256": ""}, middle)


def task(swap, kind="stand-in"):
    names = ("shaking.mp4#1", "shaking.mp4#3", "dark.mp4#2", "photo.png")
    faces = FaceSet(
        names,
        np.array([0, 0, 1, 2]),
        SIDE,
        lambda numbers: np.full((len(numbers), SIDE, SIDE, 3), 200, np.uint8),
        place=None,
        origin={"name": "made here"},
        videos=("shaking.mp4", "shaking.mp4", "dark.mp4", ""),
        clip=lambda video, length: CLIPS[video][:length],
    )
    pairs = SwapPairs(np.arange(4), np.array([2, 3, 0, 0]), seed=0)
    return SwapTask(faces, faces, pairs, PairSwapper("made here", {"kind": kind}, swap))


def nothing(targets, sources, numbers):
    return targets


def put_back_plainly(picture, crop, changed, matrix, landmarks):
    """As `put_back`, but brightness stays: the default would match it with the old face's."""
    face = SwappedFace(Face(np.zeros(4, np.float32), landmarks, 1.0), matrix, crop, changed)
    return blend(picture, [face], Blending(mask="box", colour="off"))


def test_a_swap_that_flickers_and_one_that_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(flicker, "put_back", put_back_plainly)
    calls = []

    def twice_as_much(targets, sources, numbers):
        assert len(targets) == len(sources) == len(numbers) <= 4 and set(numbers) == {0}
        calls.append(len(targets))
        darker = targets.astype(int) - np.where(targets > 155, 0, 10)
        return np.where(targets > 120, darker, targets).astype(np.uint8)

    found = {}
    for name, swap in (("nothing", nothing), ("twice", twice_as_much)):
        folder = tmp_path / name
        measured = measure_flicker(task(swap), Detector(), ENCODER, 6, folder, batch_size=4)
        assert np.isnan(measured["identity/result"]).tolist() == [True, False]  # dark.mp4 first
        found[name] = summarise_flicker(measured)
    for kind in ("flicker_identity", "flicker_landmarks"):
        assert found["nothing"][kind]["value"] == pytest.approx(1, abs=0.02)
        assert found["nothing"][kind]["count"] == 1
    assert found["nothing"]["flicker_warp"]["value"] == pytest.approx(1, abs=0.25)
    assert found["twice"]["flicker_warp"]["value"] > 1.1 * found["nothing"]["flicker_warp"]["value"]
    assert found["nothing"]["flicker_sharpness"]["value"] == pytest.approx(1, abs=0.25)
    # Twice the difference of brightness, so that 1 - cos is four times as large.
    assert found["twice"]["flicker_identity"]["value"] == pytest.approx(4, rel=0.1)
    assert found["twice"]["flicker_landmarks"]["value"] == pytest.approx(1)
    # 4 px to and fro, as a share of the eyes' distance.
    eyes = np.linalg.norm(np.subtract(*template(SIDE)[:2]))
    assert found["nothing"]["flicker_landmarks"]["target"] == pytest.approx(4 / eyes, rel=1e-3)
    assert calls == [4, 2]
    measure_flicker(task(twice_as_much), Detector(), ENCODER, 6, tmp_path / "twice", batch_size=4)
    assert calls == [4, 2]  # what is done is not done again


def test_pairs_of_photographs_alone(tmp_path):
    mixed = task(nothing)
    pairs = SwapPairs(np.array([3]), np.array([0]), seed=0)
    mixed = dataclasses.replace(mixed, pairs=pairs)
    assert summarise_flicker(measure_flicker(mixed, Detector(), ENCODER, 6, tmp_path, 4)) == {}


def test_nothing_that_moves():
    still = {name: np.zeros(2) for name in ("identity/target", "identity/result")}
    still |= {name: np.full(2, np.nan) for name in ("landmarks/target", "landmarks/result")}
    still |= {name: np.zeros(2) for name in ("identity/lost", "landmarks/lost")}
    assert summarise_flicker(still) == {}


def test_in_the_results(monkeypatch, tmp_path):
    config = EvaluationSettings(
        identity_encoder="some",
        pose_encoder="",
        expression_encoder="",
        features_encoder="",
        flicker_frames=6,
    )
    monkeypatch.setattr(job, "load_measure", lambda role, spec: ENCODER)
    monkeypatch.setattr(job, "load_detector", Detector)

    def difference(a, b):
        return np.abs(a.astype(np.float32) - b).mean((1, 2, 3))

    metric = dataclasses.replace(METRICS["perceptual_outside"], measure=difference)
    monkeypatch.setitem(METRICS, "perceptual_outside", metric)

    def results(name, kind="stand-in", **changes):
        monkeypatch.setattr(job, "prepare", lambda *_: task(nothing, kind))
        return evaluate(dataclasses.replace(config, output=str(tmp_path / name), **changes))

    found = results("whole")
    assert found["metrics"]["flicker_landmarks"]["value"] == pytest.approx(1, abs=0.02)
    assert found["protocol"]["flicker_frames"] == 6 and not found["not_measured"]
    assert "landmark flicker" in (tmp_path / "whole" / "table.md").read_text()
    assert "flicker_identity" not in results("none", flicker_frames=0)["metrics"]
    assert "single results" in results("single", kind=RESULTS)["not_measured"]["flicker"]
