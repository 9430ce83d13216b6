"""Videos with an alpha channel: what is hidden stays hidden."""

from fractions import Fraction

import av
import numpy as np
import pytest

from facedancer.inference.video.reader import open_video
from facedancer.inference.video.transparency import over_white


def _write(path, codec, pixel_format, alpha, options=None):
    """Two pictures of green, whose left half is as opaque as ``alpha`` says."""
    image = np.zeros((48, 64, 4), np.uint8)
    image[:] = (20, 200, 40, 255)
    image[:, :32, 3] = alpha
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            codec, rate=10, width=64, height=48, pix_fmt=pixel_format, options=options or {}
        )
        if path.suffix == ".webm":
            stream.metadata["alpha_mode"] = "1"
        for number in range(2):
            frame = av.VideoFrame.from_ndarray(image, "rgba").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mov", "prores_ks", "yuva444p10le"),
        ("a.mov", "qtrle", "argb"),
        ("a.mov", "png", "rgba"),
        ("a.mkv", "ffv1", "yuva420p"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
        ("a.webm", "libvpx", "yuva420p"),
    ],
)
@pytest.mark.parametrize(("alpha", "expected"), [(0, (255, 255, 255)), (255, (20, 200, 40))])
def test_what_is_transparent_lies_over_white(tmp_path, name, codec, pixel_format, alpha, expected):
    options = {"crf": "4", "b": "2M", "auto-alt-ref": "0"} if name == "a.webm" else {}
    path = _write(tmp_path / name, codec, pixel_format, alpha, options)
    with open_video(path) as reader:
        images = [frame.image.astype(int) for frame in reader.frames()]
    assert len(images) == 2
    for image in images:
        assert np.abs(image[8:40, 6:26] - expected).max() < 12
        assert np.abs(image[8:40, 38:58] - (20, 200, 40)).max() < 12
    told = ["its transparency was laid over white"]
    assert reader.notes == (told if alpha == 0 else [])


def test_half_of_it_is_half_of_white():
    image = np.array([[[0, 100, 255, 255], [0, 100, 255, 0], [0, 100, 255, 51]]], np.uint8)
    laid, is_transparent = over_white(image)
    assert is_transparent
    assert laid.tolist() == [[[0, 100, 255], [255, 255, 255], [204, 224, 255]]]
    assert over_white(image[:, :1])[1] is False
