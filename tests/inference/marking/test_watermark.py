"""On the sample photographs; tests/inference/marking/test_robustness.py has the long form."""

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from facedancer.inference.marking.message import message_bits
from facedancer.inference.marking.watermark import SMALLEST_SIDE, embed, read, read_bits
from facedancer.utils.images import encode_image, read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
TAG = 4711


@pytest.fixture(
    scope="module", params=["eileen_collins/astronaut.png", "grace_hopper/grace_hopper.jpg"]
)
def photo(request):
    return read_image(PHOTOS / request.param)


@pytest.fixture(scope="module")
def marked(photo):
    return embed(photo, message_bits(TAG))


def as_jpeg(image, quality):
    data = np.frombuffer(encode_image(image, ".jpg", quality), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)


def scaled(image, factor):
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def as_h264(frames, crf):
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = np.ascontiguousarray(frame[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_it_is_not_seen(photo, marked):
    difference = marked.astype(float) - photo
    assert 0.5 < np.sqrt((difference**2).mean()) < 1.8  # 43 dB
    assert np.abs(difference).max() <= 12
    assert np.array_equal(photo, embed(photo, message_bits(0))) is False
    # Smooth over a neighbourhood: what the eye averages stays.
    assert np.abs(cv2.blur(difference, (65, 65))).max() < 1.0


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: as_jpeg(image, 75),
        lambda image: as_jpeg(image, 40),
        lambda image: scaled(image, 0.75),
        lambda image: as_jpeg(scaled(image, 0.75), 75),
        lambda image: cv2.resize(image, (400, 400)),
        lambda image: as_h264([image] * 3, 23)[1],
        lambda image: image[:, ::-1],
        lambda image: np.rot90(image),
        lambda image: cv2.convertScaleAbs(image, alpha=0.9),
        lambda image: np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, 2),
    ],
    ids=[
        *("none", "jpeg75", "jpeg40", "x0.75", "x0.75+jpeg75", "squeezed"),
        *("h264", "mirrored", "turned", "dimmed", "grey"),
    ],
)
def test_it_survives(marked, change):
    reading = read([np.ascontiguousarray(change(marked))])
    assert reading is not None
    assert reading.tag == TAG
    assert reading.agreement > 0.85


def test_photographs_without_it_show_none(photo):
    assert read([photo]) is None
    # Of 64 bits about a half agree by chance.
    assert (read_bits([photo]) == message_bits(TAG)).mean() < 0.8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_plain_pictures(level):
    plain = np.full((300, 400, 3), level, np.uint8)
    assert read([plain]) is None
    # On pure black and white there is room on one side only; half of the mark is left.
    if level == 128:
        assert read([embed(plain, message_bits(TAG))]).tag == TAG


def test_small_pictures(photo):
    smallest = cv2.resize(photo, (SMALLEST_SIDE, SMALLEST_SIDE), interpolation=cv2.INTER_AREA)
    small = embed(smallest, message_bits(TAG))
    assert read([as_jpeg(small, 75)]).tag == read([scaled(small, 0.75)]).tag == TAG

    smaller = smallest[: SMALLEST_SIDE - 1]
    np.testing.assert_array_equal(embed(smaller, message_bits(TAG)), smaller)
    assert read([smaller]) is None
    assert read([np.zeros((1, 1, 3), np.uint8)]) is None


def test_frames_are_read_together(photo):
    # Drowned in noise, one frame is not enough; many are.
    generator = np.random.default_rng(0)
    small = cv2.resize(photo, (160, 160), interpolation=cv2.INTER_AREA)
    marked = embed(small, message_bits(TAG)).astype(float)
    frames = [
        (marked + generator.normal(0, 30, marked.shape)).clip(0, 255).round().astype(np.uint8)
        for _ in range(24)
    ]
    assert read(frames[:1]) is None
    assert read(frames).tag == TAG
    assert read([]) is None


def test_it_is_the_same_every_time_and_moves_little_from_frame_to_frame(photo, marked):
    np.testing.assert_array_equal(embed(photo, message_bits(TAG)), marked)
    # A frame of noise later, the added mark is still nearly the same.
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 1, photo.shape)
    later = (photo + noise).clip(0, 255).round().astype(np.uint8)
    first = marked.astype(float) - photo
    second = embed(later, message_bits(TAG)).astype(float) - later
    assert np.sqrt(((first - second) ** 2).mean()) < 0.6 * np.sqrt((first**2).mean())
