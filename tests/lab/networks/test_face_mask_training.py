"""Training of the face mask: what is done to crops is done to masks, and the loss falls."""

import numpy as np
import pytest

from facedancer.lab.networks import face_mask_training as module
from facedancer.lab.networks.face_mask_training import Faces, harder, overlap, train_face_mask

SIDE, COUNT = 32, 24


@pytest.fixture(scope="module")
def faces():
    """Bright discs on a dark ground, which are the faces."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    crops, masks = [], []
    for _ in range(COUNT):
        x, y = rng.uniform(12, 20, 2)
        disc = (rows - y) ** 2 + (columns - x) ** 2 < rng.uniform(6, 10) ** 2
        crops.append(np.where(disc[..., None], 200, 40) + rng.integers(0, 20, (SIDE, SIDE, 3)))
        masks.append(255 * disc)
    return Faces(np.stack(crops).astype(np.uint8), np.stack(masks).astype(np.uint8))


def nothing_but(monkeypatch, **shares):
    """Sets the chances of all that is done to crops to 0, but for these."""
    for name in ("COLOURED", "DAMAGED", "HIDDEN", "GLASSES", "BROWS"):
        monkeypatch.setattr(module, f"_SHARE_{name}", shares.get(name, 0))


def test_mask_and_crop_move_together(faces, monkeypatch):
    nothing_but(monkeypatch)
    rng = np.random.default_rng(1)
    for number in range(8):
        crop, mask = harder(faces, number, rng)
        assert crop.shape == (SIDE, SIDE, 3) and mask.shape == (SIDE, SIDE)
        sure = (mask < 0.02) | (mask > 0.98)
        assert np.array_equal((crop.mean(-1) > 120)[sure], (mask > 0.5)[sure])


@pytest.mark.parametrize("fingers", [0, 1])
def test_what_hides_a_face_is_not_face(faces, monkeypatch, fingers):
    nothing_but(monkeypatch)
    monkeypatch.setattr(module, "_SHARE_FINGERS", fingers)
    free, hidden = [], []
    for share, masks in ((0, free), (1, hidden)):
        monkeypatch.setattr(module, "_SHARE_HIDDEN", share)
        masks += [harder(faces, n % COUNT, np.random.default_rng(n))[1] for n in range(40)]
    # The chances before it are the same, so the masks differ by what is hidden alone.
    assert all((a >= b - 1e-6).all() for a, b in zip(free, hidden, strict=True))
    assert np.mean(hidden) < 0.95 * np.mean(free)


def test_strong_brows_are_face(monkeypatch):
    skin = Faces(np.full((1, 128, 128, 3), 180, np.uint8), np.full((1, 128, 128), 255, np.uint8))
    nothing_but(monkeypatch, BROWS=1)
    for seed in range(10):
        crop, mask = harder(skin, 0, np.random.default_rng(seed))
        assert (mask > 0.99).all()
        assert 0.002 < (crop.mean(-1) < 160).mean() < 0.15


def test_damaged_crops_stay_pictures(faces):
    rng = np.random.default_rng(2)
    for number in range(60):
        crop, mask = harder(faces, number % COUNT, rng)
        assert np.isfinite(crop).all() and crop.min() >= 0 and crop.max() <= 255.5
        assert mask.min() >= 0 and mask.max() <= 1.0001


def test_it_learns_and_is_measured_on_others(faces, monkeypatch, capsys):
    monkeypatch.setattr(module, "get_face_mask_network", lambda side: small(side))
    known, held_out = faces.split(8)
    assert len(known.crops) == 16 and len(held_out.masks) == 8
    untrained = overlap(small(SIDE), held_out)
    network = train_face_mask(known, steps=60, seed=0)
    assert overlap(network, held_out) > max(0.8, untrained + 0.1)
    assert "step 60: loss" in capsys.readouterr().out
    # Going on from it does not begin again.
    again = train_face_mask(known, steps=2, seed=1, start=network)
    assert overlap(again, held_out) > max(0.7, untrained)


def small(side):
    from facedancer.networks.face_mask import get_face_mask_network

    return get_face_mask_network(side, (8, 12))
