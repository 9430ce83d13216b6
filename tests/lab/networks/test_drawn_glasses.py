"""Drawn glasses: what they change is no face, but for shadows and what lenses let through."""

import numpy as np

from facedancer.lab.networks import drawn_glasses as module
from facedancer.lab.networks.drawn_glasses import wear_glasses

SIDE = 128
SKIN = np.full((SIDE, SIDE, 3), 180, np.float32)
FACE = np.ones((SIDE, SIDE), np.float32)


def nothing_but(monkeypatch, **shares):
    for name in ("TINTED", "DARK", "REFLECTING", "SHADOW"):
        monkeypatch.setattr(module, f"_SHARE_{name}", shares.get(name, 0))


def test_what_frames_hide_is_no_face_and_no_other_is(monkeypatch):
    nothing_but(monkeypatch)
    shares = []
    for seed in range(30):
        crop, mask = wear_glasses(SKIN, FACE, np.random.default_rng(seed))
        changed = np.abs(crop - SKIN).max(-1)
        assert (mask[changed > 30] < 0.9).all()
        assert (changed[mask > 0.999] < 1).all()
        shares.append((mask < 0.5).mean())
    # Thin ones and thick ones.
    assert 0.01 < np.mean(shares) < 0.15 and min(shares) < 0.5 * max(shares)


def test_frames_lie_about_the_eyes(monkeypatch):
    nothing_but(monkeypatch)
    masks = [wear_glasses(SKIN, FACE, np.random.default_rng(seed))[1] for seed in range(30)]
    hidden = 1 - np.mean(masks, axis=0)
    rows = hidden.sum(axis=1)
    assert rows[: SIDE // 5].max() == 0 and rows[SIDE * 3 // 4 :].max() == 0
    # Left and right alike, and next to nothing before the pupils.
    assert abs(hidden[:, : SIDE // 2].sum() / hidden.sum() - 0.5) < 0.05
    assert hidden[58:60, 43:45].mean() < 0.2


def test_dark_lenses_hide_eyes_and_shadows_do_not(monkeypatch):
    nothing_but(monkeypatch, DARK=1)
    dark = [wear_glasses(SKIN, FACE, np.random.default_rng(seed))[1] for seed in range(10)]
    assert np.mean([(mask < 0.5).mean() for mask in dark]) > 0.1
    nothing_but(monkeypatch)
    without = [wear_glasses(SKIN, FACE, np.random.default_rng(seed)) for seed in range(10)]
    nothing_but(monkeypatch, SHADOW=1)
    for seed, (crop, mask) in enumerate(without):
        shaded, same = wear_glasses(SKIN, FACE, np.random.default_rng(seed))
        assert shaded.mean() < crop.mean()
        # The shadow's own chances come between, so only what frames hide is the same.
        assert np.array_equal(same < 0.1, mask < 0.1)


def test_it_is_a_picture_that_chance_decides():
    one, again, other = (wear_glasses(SKIN, FACE, np.random.default_rng(n)) for n in (1, 1, 2))
    assert one[0].dtype == one[1].dtype == np.float32
    assert one[0].min() >= 0 and one[0].max() <= 255 and one[1].min() >= 0
    assert np.array_equal(one[0], again[0]) and not np.array_equal(one[0], other[0])
    assert SKIN.min() == 180 and FACE.min() == 1  # What was given is as it was.
