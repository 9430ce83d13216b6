"""A short clip with a real face, and a swapper that turns faces into their negative."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, load_encoder
from facedancer.inference.swapper import Swapper
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.detector import load_detector
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
COLLINS = PHOTOS / "eileen_collins" / "astronaut.png"
HOPPER = PHOTOS / "grace_hopper" / "grace_hopper.jpg"
FRAMES = 24


@pytest.fixture(scope="session")
def models():
    """Encoder and detector, loaded once."""
    return load_encoder(UNTRAINED_SMALL), load_detector()


@pytest.fixture
def make_swapper(models):
    """``make_swapper(swap)``: a swapper whose generator is a function."""
    return lambda swap=lambda target, identity: -target: Swapper(
        Generator(64, "a stand-in", swap), *models
    )


def moving_face(count=FRAMES):
    """``[count, 144, 120, 3]`` uint8: Grace Hopper, who moves to the right."""
    photograph = cv2.resize(read_image(HOPPER), (160, 192), interpolation=cv2.INTER_AREA)
    return [photograph[:144, 40 - n : 160 - n].copy() for n in range(count)]


def write_clip(path, count=FRAMES):
    """An mp4 of so many frames, 12 a second, with a tone."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=12, options={"preset": "ultrafast", "crf": "10"})
        video.height, video.width, video.pix_fmt = 144, 120, "yuv420p"
        audio = output.add_stream("aac", rate=44100, layout="mono")
        for image in moving_face(count):
            output.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(video.encode())
        for start in range(0, 44100 * count // 12, 1024):
            tone = np.sin(np.arange(start, start + 1024, dtype=np.float32) / 16)[None] / 8
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44100, start, Fraction(1, 44100)
            output.mux(audio.encode(frame))
        output.mux(audio.encode())
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """24 frames."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory):
    """3 frames."""
    return write_clip(tmp_path_factory.mktemp("short") / "clip.mp4", 3)
