"""Videos in parts: joined again they are what one run writes, byte for byte."""

import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from facedancer.inference.video.chunks import ChunkWriter, find_chunks
from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.joining import join_chunks
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.timing import decoding_times

FAST = VideoSettings(crf=1, preset="ultrafast")


def _read(path):
    with open_video(path) as reader:
        return list(reader.frames()), reader.info


@pytest.mark.parametrize("times", [range(0, 20480, 512), (0, 900, 1000, 1010, 9000, 9001, 20000)])
def test_a_killed_run_ends_in_the_same_bytes(make_clip, tmp_path, times):
    source = make_clip(times=tuple(times), time_base=Fraction(1, 12800), audio="aac")
    settings = VideoSettings(preset="medium")  # with B frames
    frames, info = _read(source)
    # On pictures as flat as these x264's macroblock tree does not give the same twice.
    rng = np.random.default_rng(0)
    frames = [
        replace(one, image=one.image // 2 + rng.integers(0, 99, one.image.shape, np.uint8))
        for one in frames
    ]

    def write(folder, upto=None):
        done = find_chunks(folder)
        start = done[-1].last + 1 if done else 0
        for first in range(start, len(frames), 3):
            with ChunkWriter(folder, first, info, ".mp4", settings) as chunk:
                for frame in frames[first : first + 3]:
                    if frame.number == upto:
                        raise KeyboardInterrupt
                    chunk.write(frame.image, frame.pts, frame.duration)
        path = folder.with_suffix(".mp4")
        assert join_chunks(find_chunks(folder), path, ".mp4", info, settings, source) == []
        return path

    whole = write(tmp_path / "at_once")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "killed", upto=4)
    assert [(chunk.first, chunk.last) for chunk in find_chunks(tmp_path / "killed")] == [(0, 2)]
    # What a kill that runs no handlers leaves.
    (tmp_path / "killed" / "unfinished.nut").write_bytes(b"half")
    again = write(tmp_path / "killed")
    assert again.read_bytes() == whole.read_bytes()
    after, written = _read(again)
    assert [one.pts * written.time_base for one in after] == [
        one.pts * info.time_base for one in frames
    ]


def test_decoding_times_grow_and_never_follow_display():
    shown = [0, 90, 30, 60, 100, 400, 110, 399]
    decoded = decoding_times(shown)
    assert all(later > earlier for earlier, later in zip(decoded, decoded[1:], strict=False))
    assert all(decode <= show for decode, show in zip(decoded, shown, strict=True))


def test_missing_chunks_are_noticed(make_clip, tmp_path):
    frames, info = _read(make_clip())
    for first in (0, 3, 6):
        with ChunkWriter(tmp_path / "c", first, info, ".mp4", FAST) as chunk:
            for frame in frames[first : first + 3]:
                chunk.write(frame.image, frame.pts, frame.duration)
    chunks = find_chunks(tmp_path / "c")
    assert [chunk.first for chunk in chunks] == [0, 3, 6]
    with pytest.raises(ValueError, match="frame 3 is missing"):
        join_chunks([chunks[0], chunks[2]], tmp_path / "x", ".mp4", info, FAST)
    chunks[1].path.unlink()
    assert find_chunks(tmp_path / "c") == chunks[:1]


class Forgetful:
    """An encoder whose times of decoding are any number, as x265's of two frames."""

    def __init__(self, stream, time):
        self._stream = stream
        self._time = time

    def encode(self, frame):
        packets = self._stream.encode(frame)
        for number, packet in enumerate(packets):
            packet.dts = self._time + number
        return packets


@pytest.mark.parametrize("time", [4485090715960817727, -7881419608753692, 66001])
def test_times_of_decoding_that_make_no_sense_are_not_taken(make_clip, tmp_path, time):
    source = make_clip(times=(0, 1000))
    with open_video(source) as reader:
        info, frames = reader.info, list(reader.frames())
    with ChunkWriter(tmp_path / "c", 0, info, ".mp4", FAST) as chunk:
        chunk._stream = Forgetful(chunk._stream, time)
        for frame in frames:
            chunk.write(frame.image, frame.pts, frame.duration)
    path = tmp_path / "out.mp4"
    assert join_chunks(find_chunks(tmp_path / "c"), path, ".mp4", info, FAST, source) == []
    with open_video(path) as reader:
        assert [frame.pts for frame in reader.frames()] == [frame.pts for frame in frames]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="of Linux")
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_the_number_of_cores_does_not_show(make_clip, tmp_path, suffix):
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        pytest.skip("one core")
    # Of a lower picture the codecs take one thread.
    frames, info = _read(make_clip(size=(320, 256), pixel_format="yuv420p", codec="mpeg4"))
    draw = np.random.default_rng(0)
    noise = draw.integers(0, 99, (300, 320, 3), np.uint8)
    images = [np.ascontiguousarray(noise[n : n + 256]) for n in range(len(frames))]
    written = []
    for some in ({min(cores)}, cores):
        os.sched_setaffinity(0, some)
        try:
            with ChunkWriter(tmp_path, 0, info, suffix, VideoSettings(preset="fast")) as chunk:
                for one, image in zip(frames, images, strict=True):
                    chunk.write(image, one.pts, one.duration)
        finally:
            os.sched_setaffinity(0, cores)
        written.append(chunk.chunk.path.read_bytes())
    assert written[0] == written[1]
