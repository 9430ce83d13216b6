"""Written files come back: pictures, times, colours, turns, sound; whole or not at all."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from facedancer.inference.video.encoding import VideoSettings, check_suffix, check_video
from facedancer.inference.video.info import VideoInfo
from facedancer.inference.video.orientation import Orientation
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.writer import VideoWriter
from facedancer.utils.errors import UserError
from facedancer.utils.suffixes import ANIMATION_SUFFIXES, VIDEO_SUFFIXES

BEST = VideoSettings(crf=1, preset="ultrafast")


def _read(path):
    with open_video(path) as reader:
        return list(reader.frames()), reader.info


def _copy(source, path, settings=BEST, **changes):
    """Reads and writes a clip again; the writer, for its notes."""
    with open_video(source) as reader:
        info = replace(reader.info, **changes)
        with VideoWriter(path, info, settings, source) as writer:
            for frame in reader.frames():
                writer.write(frame.image, frame.pts, frame.duration)
    return writer


def _seconds(frames, info):
    return [float(frame.pts * info.time_base) for frame in frames]


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES + ANIMATION_SUFFIXES)
@pytest.mark.parametrize("times", [range(0, 12012, 1001), (0, 960, 1440, 9600, 12000)])
def test_pictures_and_times_survive_every_container(make_clip, tmp_path, suffix, times):
    source = make_clip(times=tuple(times))
    path = tmp_path / f"out{suffix}"
    assert _copy(source, path).notes == []
    before, info = _read(source)
    after, written = _read(path)
    # An AVI and Matroska count in their own units, a GIF in hundredths of a second.
    exact = {".mp4": 0, ".m4v": 0, ".mov": 0, ".gif": 0.0051}.get(suffix, 0.00051)
    np.testing.assert_allclose(_seconds(after, written), _seconds(before, info), atol=exact)
    end = float((before[-1].pts + before[-1].duration) * info.time_base)
    if suffix != ".avi":
        written_end = float((after[-1].pts + after[-1].duration) * written.time_base)
        assert abs(written_end - end) <= 2 * exact
    errors = [
        np.abs(one.image.astype(float) - other.image).mean()
        for one, other in zip(before, after, strict=True)
    ]
    assert max(errors) < 4


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9"])
@pytest.mark.parametrize(("matrix", "colour_range"), [(1, 1), (6, 2), (9, 1), (2, 0)])
def test_colours_and_their_tags_survive(make_clip, tmp_path, codec, matrix, colour_range):
    source = make_clip(times=(0, 1000), matrix=6 if matrix == 2 else matrix, colour_range=1)
    with open_video(source) as reader:
        colour = replace(reader.info.colour, matrix=matrix, range=colour_range)
        frame = next(reader.frames())
    path = tmp_path / "out.mp4"
    _copy(source, path, VideoSettings(codec, crf=1, preset="ultrafast"), colour=colour)
    (after, _), info = _read(path)
    # x265 takes a stream without a range for limited, and says so; it is calculated as such.
    expected = {colour_range} | ({1} if colour_range == 0 else set())
    assert info.colour.matrix == matrix and info.colour.range in expected
    difference = np.abs(after.image.astype(float) - frame.image)
    assert difference.mean() < 1.5  # measured: 0.3 to 1.1; a wrong matrix or range: over 5


def test_a_turned_video_stays_turned_and_is_upright_where_it_cannot(make_clip, tmp_path):
    orientation = Orientation(transposed=True, mirrored=True)
    source = make_clip(times=(0, 1000), display=orientation.to_matrix())
    frames, _ = _read(source)
    for suffix, expected in ((".mov", orientation), (".mkv", Orientation())):
        path = tmp_path / f"out{suffix}"
        _copy(source, path)
        after, info = _read(path)
        assert info.orientation == expected
        assert after[0].image.shape == frames[0].image.shape == (64, 48, 3)
        assert np.abs(after[0].image.astype(float) - frames[0].image).mean() < 3


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_is_copied_byte_for_byte(make_clip, packets, tmp_path, suffix):
    source = make_clip(audio="aac")
    path = tmp_path / f"out{suffix}"
    assert _copy(source, path).notes == []
    before, after = packets(source, "audio"), packets(path, "audio")
    assert len(before) > 20
    assert [each[2] for each in after] == [each[2] for each in before]
    start = after[0][1] - before[0][1]  # Matroska begins at 0, AAC a block before
    assert start <= 0.0225
    for one, other in zip(before, after, strict=True):
        assert one[0] == other[0] and abs(other[1] - one[1] - start) < 0.0011
    frames, info = _read(path)
    assert abs(frames[0].pts * info.time_base - start) < 0.0011


def _with_words(clip, path):
    """The clip in Matroska, with two lines of subtitles, a tag and a chapter."""
    text = path.with_suffix(".srt")
    text.write_text(
        "1\n00:00:00,100 --> 00:00:00,200\nHello\n\n2\n00:00:00,300 --> 00:00:00,400\nYou\n"
    )
    chapter = {"id": 1, "start": 0, "end": 200, "time_base": Fraction(1, 1000)}
    with (
        av.open(str(text)) as words,
        av.open(str(clip)) as source,
        av.open(str(path), "w") as output,
    ):
        output.metadata["title"] = "A title"
        output.set_chapters([{**chapter, "metadata": {"title": "One"}}])
        copies = {}
        for container in (words, source):
            for stream in container.streams:
                copies[stream] = output.add_stream_from_template(stream, opaque=True)
        copies[words.streams[0]].metadata["language"] = "fre"
        for container in (words, source):
            for packet in container.demux():
                if packet.size:
                    packet.stream = copies[packet.stream]
                    output.mux(packet)
    return path


def test_subtitles_tags_and_chapters_are_copied_or_named(make_clip, packets, tmp_path):
    source = _with_words(make_clip(audio="aac"), tmp_path / "words.mkv")
    assert _copy(source, tmp_path / "out.mkv").notes == []
    assert packets(tmp_path / "out.mkv", "subtitle") == packets(source, "subtitle")
    assert [each[2] for each in packets(source, "subtitle")] == [b"Hello", b"You"]
    with av.open(str(tmp_path / "out.mkv")) as output:
        assert output.metadata["title"] == "A title"
        assert output.chapters()[0]["metadata"]["title"] == "One"
        assert output.streams.subtitles[0].language == "fre"

    notes = _copy(source, tmp_path / "out.mp4").notes
    assert len(notes) == 1 and "subrip" in notes[0] and "mp4 does not hold" in notes[0]


def test_times_before_zero_are_kept_in_step(make_clip, tmp_path):
    frames, info = _read(make_clip())
    path = tmp_path / "out.mp4"
    with VideoWriter(path, info, BEST) as writer:
        for frame in frames:
            writer.write(frame.image, frame.pts - 1500, frame.duration)
    after, written = _read(path)
    assert len(after) == 12
    np.testing.assert_allclose(_seconds(after, written), _seconds(frames, info), atol=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (63, 47), (2, 49)])
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp"])
def test_odd_sizes_are_kept(make_clip, tmp_path, size, suffix):
    source = make_clip(size=size, times=(0, 1000, 2000))
    path = tmp_path / f"out{suffix}"
    _copy(source, path)
    frames, info = _read(path)
    assert (info.width, info.height) == size and len(frames) == 3


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_failure_leaves_nothing(make_clip, tmp_path, suffix):
    frames, info = _read(make_clip("source.mkv"))
    path = tmp_path / "new" / f"out{suffix}"
    with pytest.raises(ValueError, match="want"), VideoWriter(path, info, BEST) as writer:
        writer.write(frames[0].image, 0, 1)
        writer.write(frames[0].image[:-2], 1, 1)
    with pytest.raises(ValueError, match="needs a frame"), VideoWriter(path, info, BEST):
        pass
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("suffix", "settings", "message"),
    [
        (".mpg", {}, "cannot write a video as .mpg"),
        ("", {}, "without suffix"),
        (".webm", {"codec": "libx264"}, "files cannot hold libx264"),
        (".mp4", {"codec": "h264"}, "unknown codec"),
        (".mp4", {"preset": "fastest"}, "unknown preset"),
        (".mp4", {"crf": 52}, "crf must be"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(suffix, settings, message):
    with pytest.raises(UserError, match=message):
        check_suffix(suffix, VideoSettings(**settings))


def test_a_size_that_a_codec_refuses_is_told(make_clip, tmp_path):
    source = make_clip(size=(2, 2))
    with pytest.raises(UserError, match="libx265 cannot encode 2x2"):
        _copy(source, tmp_path / "out.mp4", VideoSettings("libx265"))
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("suffix", "codec", "width", "message"),
    [
        (".mp4", "auto", 16388, "libx264 cannot encode 16388x16 pixels"),
        (".mp4", "libx265", 70000, "libx265 cannot encode"),
        (".mp4", "libvpx-vp9", 65536, "up to 65535 pixels a side"),
        (".gif", "auto", 65536, "at most 65535 a side"),
        (".webp", "auto", 16384, "at most 16383 a side"),
    ],
)
def test_a_size_that_a_format_does_not_hold_is_told_before_the_work(suffix, codec, width, message):
    info = VideoInfo(width, 16, Fraction(25), Fraction(1, 1000), None, None, "ffv1", "yuv420p")
    settings = VideoSettings(codec)
    with pytest.raises(UserError, match=message) as refused:
        check_video(info, suffix, settings)
    assert "scale" in str(refused.value)
    check_video(replace(info, width=640), suffix, settings)


@pytest.mark.long
def test_memory_does_not_grow_with_the_length(make_clip, tmp_path):
    def resident():
        with Path("/proc/self/statm").open() as status:
            return int(status.read().split()[1]) * 4096 / 2**20

    source = make_clip(times=tuple(range(0, 9000 * 40, 40)), time_base=Fraction(1, 1000))
    seen = []
    with open_video(source) as reader, VideoWriter(tmp_path / "out.mp4", reader.info) as writer:
        for frame in reader.frames():
            writer.write(np.ascontiguousarray(frame.image), frame.pts, frame.duration)
            if frame.number % 1000 == 999:
                seen.append(resident())
    assert max(seen[1:]) - seen[0] < 20, seen
