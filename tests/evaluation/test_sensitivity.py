"""FID's sensitivity table: the changes are what they say, and the numbers are their FIDs."""

import dataclasses
import json

import numpy as np
import pytest

from facedancer.evaluation import sensitivity
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.metrics.fid import fid
from facedancer.evaluation.sensitivity import changes, measure_sensitivity
from facedancer.evaluation.settings import SensitivitySettings
from facedancer.utils.errors import UserError


@pytest.fixture
def settings(shards, tmp_path, monkeypatch):
    """Measured by a few pixels in place of a network."""
    encoder = FaceEncoder("pixels", {"sha256": ""}, lambda images: images[:, ::32, 5, 0])
    monkeypatch.setattr(sensitivity, "load_measure", lambda role, spec: encoder)
    return SensitivitySettings(
        targets=str(shards), output=str(tmp_path / "out"), pairs=0, batch_size=4
    )


def test_changes():
    images = np.random.default_rng(0).integers(60, 190, (3, 128, 128, 3), np.uint8)
    made = {name: change(images, np.arange(3)) for name, change in changes(128).items()}
    # Lengths are those of a 64 px crop.
    assert list(made) == [
        *(f"blurred by {pixels:g} px" for pixels in (0.8, 1.6, 3.2)),
        *(f"noise of {level} grey levels" for level in (2, 4, 8)),
        *(f"shifted by {pixels} px" for pixels in (2, 4, 8)),
    ]
    for level in (2, 4, 8):
        noise = made[f"noise of {level} grey levels"].astype(float) - images
        assert noise.std() == pytest.approx(level, rel=0.05) and abs(noise.mean()) < 0.1
    shifted = made["shifted by 4 px"]
    np.testing.assert_array_equal(shifted[:, 4:, 4:], images[:, :-4, :-4])
    np.testing.assert_array_equal(shifted[:, 0, 4:], images[:, 0, :-4])
    deviations = [made[f"blurred by {pixels:g} px"].std() for pixels in (0.8, 1.6, 3.2)]
    assert images.std() > deviations[0] > deviations[1] > deviations[2]
    for change in made.values():
        assert change.shape == images.shape and change.dtype == np.uint8


def test_the_table(settings, faces):
    path, table = measure_sensitivity(settings)
    stored = json.loads(path.with_suffix(".json").read_text())
    order = np.random.default_rng(0).permutation(12)
    rows, others = order[:6], order[6:]
    one, other = (faces.read(which)[:, ::32, 5, 0] for which in (rows, others))
    assert stored["fid"]["other pictures, unaltered"] == pytest.approx(fid(one, other))
    noisy = changes(64)["noise of 8 grey levels"](faces.read(rows), rows)[:, ::32, 5, 0]
    assert stored["fid"]["noise of 8 grey levels"] == pytest.approx(fid(one, noisy))
    assert stored["pictures"] == 6
    assert path.read_text() == table
    assert table.count("\n| ") == 10


def test_too_few_faces(settings):
    with pytest.raises(UserError, match="1 face on each side: FID needs at least two"):
        measure_sensitivity(dataclasses.replace(settings, pairs=3))
    with pytest.raises(UserError, match="no such folder: nowhere"):
        measure_sensitivity(dataclasses.replace(settings, targets="nowhere"))
