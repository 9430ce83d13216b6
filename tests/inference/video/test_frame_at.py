"""`frame_at`: the picture of a moment, sought in films and read in animations."""

import av
import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video import frame_at as module
from facedancer.inference.video.frame_at import frame_at
from facedancer.inference.video.reader import open_video
from facedancer.utils.errors import UserError

RATE = 10


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """30 frames, each a grey of its own, a key frame in eight."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=RATE, options={"g": "8", "crf": "4"})
        video.width, video.height, video.pix_fmt = 32, 16, "yuv420p"
        for number in range(30):
            image = np.full((16, 32, 3), 20 + 7 * number, np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(video.encode())
    return path


def no_reading(video, seconds):
    raise AssertionError("read from the beginning")


@pytest.mark.parametrize(("seconds", "number"), [(-1, 0), (0, 0), (0.99, 9), (1.7, 17), (99, 29)])
def test_a_film_is_sought(film, monkeypatch, seconds, number):
    monkeypatch.setattr(module, "_read", no_reading)
    with open_video(film) as video:
        images = [frame.image for frame in video.frames()]
    np.testing.assert_array_equal(frame_at(film, seconds), images[number])


def test_what_cannot_be_sought_is_read(film, monkeypatch):
    sought = frame_at(film, 1.25)
    monkeypatch.setattr(module, "_sought", lambda *rest: None)
    np.testing.assert_array_equal(frame_at(film, 1.25), sought)


def test_an_animation_shows_the_frame_of_the_moment(tmp_path):
    path = tmp_path / "moving.gif"
    pages = [Image.new("RGB", (8, 8), (50 * n, 0, 0)) for n in range(4)]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=500)
    shown = [int(frame_at(path, seconds)[0, 0, 0]) for seconds in (0, 0.4, 0.6, 1.6, 9)]
    assert shown == [0, 0, 50, 150, 150]


def test_what_is_no_film_is_refused(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"no film at all" * 9)
    with pytest.raises(UserError, match="as a video"):
        frame_at(path, 0)
