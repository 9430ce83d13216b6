"""The benchmark of presets, on a few small frames."""

import numpy as np
import pytest

from facedancer.benchmarks.encoder_presets import _frame, measure, read_pictures
from facedancer.utils.errors import UserError


def test_every_frame_is_written_and_compared():
    ramp = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)
    frames = [_frame(np.roll(ramp, shift, axis=1), 64, 64) for shift in range(5)]
    milliseconds, kilobytes, psnr = measure(frames, "veryfast")
    assert milliseconds > 0
    assert 0.05 < kilobytes < 10
    assert 30 < psnr < 90


def test_a_film_that_is_none_is_refused(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"no film")
    with pytest.raises(UserError, match="cannot read the film"):
        read_pictures(str(tmp_path / "film.mp4"), 3)
