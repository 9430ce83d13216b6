"""Training of the lips' network: points follow the crop, and the error falls."""

import numpy as np
import pytest

from facedancer.lab.networks import lip_training as module
from facedancer.lab.networks.lip_training import MIRROR, Mouths, harder, mean_error, train_lips

SIDE, COUNT = 64, 40


@pytest.fixture(scope="module")
def mouths():
    """Dark ellipses on a bright ground, with the points around them."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    turn = np.pi * (1 + np.arange(12) / 6)  # From the picture's left over the top.
    crops, outlines = [], []
    for _ in range(COUNT):
        x, y, a, b = *rng.uniform(26, 38, 2), rng.uniform(7, 11), rng.uniform(3, 6)
        inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
        crop = np.where(inside[..., None], 30, 200) + rng.integers(0, 20, (SIDE, SIDE, 3))
        around = np.stack([x + a * np.cos(turn), y + b * np.sin(turn)], axis=1)
        inner = np.stack([x + a / 2 * np.cos(turn), y + b / 2 * np.sin(turn)], axis=1)
        crops.append(crop)
        outlines.append(np.concatenate([around, inner[[0, 2, 3, 4, 6, 8, 9, 10]]]))
    return Mouths(np.stack(crops).astype(np.uint8), np.stack(outlines).astype(np.float32))


def test_points_move_with_the_crop(mouths, monkeypatch):
    for name in ("COLOURED", "DAMAGED", "OPENED"):
        monkeypatch.setattr(module, f"_SHARE_{name}", 0)
    rng = np.random.default_rng(1)
    for number in range(20):
        crop, points = harder(mouths, number, SIDE, rng)
        assert crop.shape == (SIDE, SIDE, 3) and points.dtype == np.float32
        places = points * SIDE - 0.5
        middle = places[:12].mean(axis=0)
        for around in places[:12]:
            for share, is_dark in ((0.8, True), (1.25, False)):
                x, y = np.rint(middle + share * (around - middle)).astype(int)
                assert (crop[y, x].mean() < 120) == is_dark
        # Still from the left over the top.
        assert places[0, 0] < middle[0] < places[6, 0] and places[3, 1] < middle[1] < places[9, 1]


def test_mirrored_points_are_each_others():
    assert sorted(MIRROR) == list(range(20))
    assert [MIRROR[MIRROR[number]] for number in range(20)] == list(range(20))


def test_it_learns_and_is_measured_on_others(mouths, monkeypatch, capsys):
    monkeypatch.setattr(module, "_SHARE_OPENED", 0)
    known, held_out = mouths.split(8)
    assert len(known.crops) == COUNT - 8 and len(held_out.outlines) == 8
    network = train_lips(known, 60, seed=0)
    told = [float(line.split()[3]) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 2 and told[1] < told[0]
    middle = np.abs(
        np.stack([harder(held_out, n, 64, np.random.default_rng(n))[1] for n in range(8)]) - 0.5
    ).mean()
    assert 0 < mean_error(network, held_out, seed=3) < 0.8 * middle
