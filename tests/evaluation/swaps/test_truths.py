"""A folder of right answers: read pair by pair, measured with intervals, refused if it is wrong."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from facedancer.evaluation.job import evaluate
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

TRUTHS = ("truth_psnr", "truth_ssim", "truth_perceptual")
REGIONS = ("shape_silhouette", "shape_inner", "hair_leak")


@pytest.fixture(scope="module")
def first(shards, tmp_path_factory):
    """An evaluation of nothing but the pairs."""
    config = EvaluationSettings(
        targets=str(shards),
        swapper="target",
        output=str(tmp_path_factory.mktemp("first")),
        **{f"{role}_encoder": "" for role in ("identity", "pose", "expression", "features")},
    )
    evaluate(config)
    return config


@pytest.fixture
def truths(first, faces, tmp_path):
    """The sources are the right answers; a face is a square that moves to the right."""
    folder = tmp_path / "truths"
    folder.mkdir()
    shutil.copy(f"{first.output}/pairs.json", folder)
    of_name = {name: number for number, name in enumerate(faces.names)}
    for number, names in enumerate(json.loads((folder / "pairs.json").read_text())["pairs"]):
        [source] = faces.read([of_name[names[1]]])
        write_image(folder / f"{number}.png", source)
        mask = np.zeros((64, 64, 3), np.uint8)
        mask[16:48, 16:40, 0] = mask[16:48, 24:48, 1] = 255
        write_image(folder / "mask" / f"{number}.png", mask)
    return folder


def evaluated(first, tmp_path, truths, **changes):
    settings = {"output": str(tmp_path / "out"), "truths": str(truths)} | changes
    return evaluate(dataclasses.replace(first, **settings))


@pytest.mark.parametrize(("swapper", "share", "psnr"), [("target", 0, None), ("source", 1, 100)])
def test_it_is_measured_with_intervals(first, tmp_path, truths, swapper, share, psnr):
    results = evaluated(first, tmp_path, truths, swapper=swapper)
    metrics = results["metrics"]
    for name in (*TRUTHS, *REGIONS):
        assert metrics[name]["count"] == 12
        assert metrics[name]["low"] <= metrics[name]["value"] <= metrics[name]["high"]
    assert metrics["shape_silhouette"]["value"] == pytest.approx(share)
    assert metrics["shape_inner"]["value"] == pytest.approx(share)
    assert (metrics["hair_leak"]["value"] == 0) == (swapper == "target")
    assert psnr is None or metrics["truth_psnr"]["value"] == psnr
    assert results["protocol"]["truths"]["pictures"] == 12
    assert "| shape, silhouette → 1 |" in (tmp_path / "out" / "table.md").read_text()


def test_without_masks_the_distances_remain(first, tmp_path, truths):
    shutil.rmtree(truths / "mask")
    metrics = evaluated(first, tmp_path, truths)["metrics"]
    assert set(TRUTHS) <= metrics.keys()
    assert metrics.keys().isdisjoint(REGIONS)


def change_pairs(folder):
    pairs = json.loads((folder / "pairs.json").read_text())
    pairs["pairs"].reverse()
    (folder / "pairs.json").write_text(json.dumps(pairs))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (change_pairs, "right answers in .* belong to other pairs: give --pair_list"),
        (lambda f: (f / "pairs.json").write_text("{"), "is not a pair list, or is damaged"),
        (lambda f: (f / "3.png").unlink(), "has no result for pair 3"),
        (lambda f: (f / "mask" / "3.png").unlink(), "no such mask: .*3.png"),
        (lambda f: [one.unlink() for one in f.glob("*.png")], "has no right answers: name the one"),
        (shutil.rmtree, "no such folder of right answers"),
    ],
)
def test_bad_truths(first, tmp_path, truths, spoil, message):
    spoil(truths)
    with pytest.raises(UserError, match=message):
        evaluated(first, tmp_path, truths)
    assert not (tmp_path / "out" / "results.json").exists()
