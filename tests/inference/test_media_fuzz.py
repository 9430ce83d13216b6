"""Damaged files of every kind: a result or one line, never a crash, never a traceback."""

import time
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.reader import kind_of, open_video
from facedancer.inference.video.writer import VideoWriter
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

WIDTH, HEIGHT, FRAMES = 48, 32, 6
VIDEOS = ("mp4", "mov", "mkv", "webm", "avi", "ts")
ANIMATIONS = ("gif", "webp", "png_moving")
PICTURES = ("jpg", "png", "bmp", "tiff", "webp_still", "avif")
KINDS = VIDEOS + ANIMATIONS + PICTURES
# A file may take this long: a damaged length must not make us read or wait for ever.
SECONDS = 20


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """Each kind's name -> the bytes of a small, whole file."""
    folder = tmp_path_factory.mktemp("whole")
    pictures = [_picture(number) for number in range(FRAMES)]
    for kind in VIDEOS:
        _write_video(folder / kind, kind, pictures)
    images = [Image.fromarray(picture) for picture in pictures]
    for kind in ANIMATIONS:
        images[0].save(
            folder / kind,
            kind.partition("_")[0],
            save_all=True,
            append_images=images[1:],
            duration=40,
            loop=0,
        )
    for kind, form in zip(PICTURES, ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "AVIF"), strict=True):
        images[0].save(folder / kind, form)
    return {kind: (folder / kind).read_bytes() for kind in KINDS}


def _picture(number):
    random = np.random.default_rng(number)
    blocks = random.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3))
    return np.kron(blocks, np.ones((8, 8, 1))).astype(np.uint8)


def _write_video(path, kind, pictures):
    form = {"mkv": "matroska", "ts": "mpegts"}.get(kind, kind)
    with av.open(str(path), "w", format=form) as container:
        codec = "libvpx-vp9" if kind == "webm" else "libx264"
        stream = container.add_stream(codec, rate=25, width=WIDTH, height=HEIGHT)
        sound = container.add_stream("libopus" if kind == "webm" else "aac", rate=48000)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        samples = np.zeros((2, 9600), np.float32)
        if kind == "webm":
            frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1).copy(), "flt", "stereo")
        else:
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))


def _damaged(data, random):
    """One of several kinds of damage, at places the generator chooses."""
    damaged = bytearray(data)
    # Headers decide most: half of all damage falls on the first 400 bytes.
    reach = len(damaged) if random.random() < 0.5 else min(400, len(damaged))
    place = int(random.integers(reach))
    length = int(random.integers(1, 1 + max(1, len(damaged) // 4)))
    match random.integers(6):
        case 0:
            for _ in range(int(random.integers(1, 24))):
                damaged[int(random.integers(reach))] ^= 1 << int(random.integers(8))
        case 1:
            del damaged[place:]
        case 2:
            del damaged[place : place + length]
        case 3:
            damaged[place : place + length] = bytes(len(damaged[place : place + length]))
        case 4:
            damaged[place : place + 4] = b"\xff\xff\xff\xff"
        case _:
            other = int(random.integers(len(damaged)))
            damaged[place:place] = damaged[other : other + length]
    return bytes(damaged)


def _survives(kind, data, path, output):
    """Reads (and writes again) what there is; whether anything could be made of it."""
    path.write_bytes(data)
    begun = time.monotonic()
    try:
        if kind in PICTURES:
            image = read_image(path)
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
            return True
        kind_of(path)
        _write_again(path, output)
        return True
    except UserError as error:
        assert str(error).strip()
        assert "\n" not in str(error)
        return False
    finally:
        assert time.monotonic() - begun < SECONDS
        assert not list(output.parent.iterdir()) or output.is_file()


def _write_again(path, output):
    settings = VideoSettings(preset="ultrafast")
    with open_video(path) as reader:
        with VideoWriter(output, reader.info, settings, path) as writer:
            previous = None
            for frame in reader.frames():
                assert frame.image.shape == (reader.info.height, reader.info.width, 3)
                assert previous is None or frame.pts > previous
                previous = frame.pts
                if frame.number < 3 * FRAMES:
                    writer.write(frame.image, frame.pts, frame.duration)
        assert all("\n" not in note for note in reader.notes + writer.notes)


def _fuzz(whole_files, kind, count, tmp_path):
    path, output = tmp_path / f"damaged.{kind}", tmp_path / "out" / "again.mkv"
    output.parent.mkdir()
    assert _survives(kind, whole_files[kind], path, output)
    seed = zlib.crc32(kind.encode())
    outcomes = set()
    for number in range(count):
        output.unlink(missing_ok=True)
        data = _damaged(whole_files[kind], np.random.default_rng([seed, number]))
        try:
            outcomes.add(_survives(kind, data, path, output))
        except BaseException as error:
            error.add_note(f"{kind}, damage number {number}")
            raise
    return outcomes


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_give_a_result_or_one_line(whole_files, kind, tmp_path):
    assert _fuzz(whole_files, kind, 6, tmp_path) <= {True, False}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_eighty_damaged_files_of_every_kind(whole_files, kind, tmp_path):
    outcomes = _fuzz(whole_files, kind, 80, tmp_path)
    # Of so many, some can be read and some cannot: else the damage would prove nothing.
    assert outcomes == {True, False}
