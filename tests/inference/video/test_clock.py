"""Files whose clock begins late or jumps: the result begins at 0, and the sound stays in step."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest

from facedancer.inference.video.clock import find_jumps
from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.info import VideoInfo
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.timing import grid_of
from facedancer.inference.video.writer import VideoWriter

BEST = VideoSettings(crf=1, preset="ultrafast")
STEP = Fraction(1, 25)


def _copy(source, path):
    with open_video(source) as reader, VideoWriter(path, reader.info, BEST, source) as writer:
        for frame in reader.frames():
            writer.write(frame.image, frame.pts, frame.duration)
    return reader.notes + writer.notes


def _time(packet):
    # AVI's pictures have one time, which FFmpeg hands out as that of decoding.
    is_avi = packet.stream.container.format.name == "avi"
    return (packet.dts if is_avi else packet.pts) * packet.time_base


def _times(path, kind):
    with av.open(str(path)) as container:
        packets = container.demux([each for each in container.streams if each.type == kind])
        return sorted(float(_time(each)) for each in packets if each.size)


@pytest.fixture
def make_shifted(make_clip):
    """``make_shifted(name, seconds)``: a clip of 12 frames and a tone whose clock begins there."""

    def make(name, seconds=0, times=tuple(range(12)), suffix=".mp4"):
        clip = make_clip(
            f"of_{name}{suffix}",
            times=times,
            time_base=STEP,
            pixel_format="yuv420p",
            audio="aac",
            options={"bf": "0", "g": "4"},
        )
        path = clip.with_name(name)
        with av.open(str(clip)) as source, av.open(str(path), "w") as output:
            copies = {
                stream: output.add_stream_from_template(stream, opaque=True)
                for stream in source.streams
            }
            packets = [each for each in source.demux() if each.size]
            for packet in sorted(packets, key=lambda each: each.dts * each.time_base):
                units = round(seconds / packet.time_base)
                packet.pts, packet.dts = packet.pts + units, packet.dts + units
                packet.stream = copies[packet.stream]
                output.mux_one(packet)
        return path

    return make


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
@pytest.mark.parametrize(("name", "start"), [("in.ts", 3601.4), ("in.ts", 1.4), ("in.mkv", 7)])
def test_the_result_begins_at_0_in_step(make_shifted, tmp_path, suffix, name, start):
    source = make_shifted(name, Fraction(start).limit_denominator(1000))
    path = tmp_path / f"out{suffix}"
    assert _copy(source, path) == []
    pictures, sound = _times(path, "video"), _times(path, "audio")
    assert len(pictures) == 12
    assert -0.001 <= min(pictures[0], sound[0]) < 0.03
    before = _times(source, "video")[0] - _times(source, "audio")[0]
    # An AVI's pictures lie on the grid of their rate.
    assert abs(pictures[0] - sound[0] - before) <= (0.025 if suffix == ".avi" else 0.0011)
    np.testing.assert_allclose(np.diff(pictures), 0.04, atol=0.0011)


@pytest.mark.parametrize("second", [0, 5000])
def test_recordings_that_were_joined_go_on_without_a_gap(make_shifted, tmp_path, second):
    one, two = make_shifted("one.ts", 100), make_shifted("two.ts", second)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + two.read_bytes() + one.read_bytes())
    path = tmp_path / "out.mkv"
    assert _copy(both, path) == []
    pictures, sound = _times(path, "video"), _times(path, "audio")
    assert len(pictures) == 36
    # The tone of each is a frame longer than its pictures.
    assert np.diff(pictures).min() > 0.039 and np.diff(pictures).max() < 0.1
    once = len(_times(one, "audio"))
    assert 3 * once - 8 <= len(sound) <= 3 * once
    assert np.diff(sound).min() > 0 and np.diff(sound).max() < 0.05
    apart = _times(two, "video")[-1] - _times(two, "audio")[-1]
    assert abs(pictures[-1] - sound[-1] - apart) < 0.0021


def _packet(index, seconds, kind="video"):
    return SimpleNamespace(
        stream_index=index,
        stream=SimpleNamespace(type=kind),
        size=1,
        pts=round(seconds * 100),
        dts=round(seconds * 100),
        duration=10,
        time_base=Fraction(1, 100),
    )


def test_a_stream_that_was_silent_for_a_while_is_no_jump():
    packets = [
        each
        for n in range(400)
        for each in (_packet(0, n / 10), _packet(1, n / 10, "audio"))
        if each.stream_index == 0 or not 50 <= n < 300
    ]
    assert find_jumps(packets) == {}


def test_all_streams_jump_by_the_same():
    first = [_packet(n % 2, n // 2 / 10, ("video", "audio")[n % 2]) for n in range(20)]
    later = [_packet(n % 2, 500 + n // 2 / 10, ("video", "audio")[n % 2]) for n in range(20)]
    # The last sound of the first recording comes behind the first picture of the second.
    first[-1:], later[:1] = later[:1], first[-1:]
    found = find_jumps([*first, *later])
    assert found == {0: ((10, Fraction(499)),), 1: ((10, Fraction(499)),)}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".avi"])
def test_a_frame_that_repeats_a_time_moves_alone(make_shifted, tmp_path, suffix):
    source = make_shifted("plain.mkv", times=(0, 1, 2, 3, 4, 6, 7, 8))
    repeated = tmp_path / "repeated.mkv"
    given = [0, 1, 2, 2, 2, 4, 5, 5]  # in frames
    with av.open(str(source)) as plain, av.open(str(repeated), "w") as output:
        stream = output.add_stream_from_template(plain.streams.video[0], opaque=True)
        packets = [each for each in plain.demux(video=0) if each.size]
        for packet, time in zip(packets, given, strict=True):
            packet.pts = packet.dts = time * 40
            packet.stream = stream
            output.mux_one(packet)
    path = tmp_path / f"out{suffix}"
    (note,) = _copy(repeated, path)
    assert "3 frames had the time of another one" in note
    expected = [0, 0.04, 0.08, 0.081, 0.082, 0.16, 0.2, 0.201]
    np.testing.assert_allclose(_times(path, "video"), expected, atol=1e-6)


def test_times_that_a_container_cannot_tell_apart_become_neighbours():
    info = VideoInfo(64, 48, Fraction(25), Fraction(1, 90000), None, None, "h264", "yuv420p")
    times = [0, 3600, 3601, 7200]
    assert list(grid_of("mp4", times, info).places(times, info.time_base).values()) == times
    matroska = grid_of("matroska", times, info).places(times, info.time_base)
    assert list(matroska.values()) == [0, 40, 41, 80]
    avi = grid_of("avi", times, info)
    assert avi.unit == Fraction(1, 1000)
    even = replace(info, time_base=Fraction(1, 1000))
    assert grid_of("avi", [23, 63, 103], even).unit == Fraction(1, 25)
