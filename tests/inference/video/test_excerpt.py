"""Excerpts of videos: which frames, at what times, of what size, and the sound with them."""

from fractions import Fraction

import av
import numpy as np
import pytest

from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.excerpt import Excerpt
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.writer import VideoWriter
from facedancer.utils.errors import UserError


def read(path, excerpt, first=0, wanted=lambda number: True):
    """Number, time, duration in seconds and image of each frame."""
    with open_video(path, excerpt) as video:
        base = video.info.time_base
        return [
            (one.number, one.pts * base, one.duration * base, one.image)
            for one in video.frames(first, wanted)
        ], video.info


def shown(frames):
    """The picture of the clip in each frame, by its bar."""
    found = []
    for *_, image in frames:
        is_bar = image[24, :, 0].astype(int) - image[24, :, 2] > 100
        found.append(round((np.flatnonzero(is_bar).mean() / image.shape[1] * 64 - 3.5) / 2))
    return found


FRAME = Fraction(1001, 24000)


@pytest.mark.parametrize(
    ("excerpt", "pictures"),
    [
        (Excerpt("3f", "7f"), [3, 4, 5, 6]),
        (Excerpt("3f"), list(range(3, 12))),
        (Excerpt(end="2f"), [0, 1]),
        # Of frame 4 only 8 ms would be left, of frame 7 as much: they would flash.
        (Excerpt("0.2", "0.3"), [5, 6]),
        (Excerpt("0:00.19", "6f"), [5]),
        (Excerpt("0.18", "6f"), [4, 5]),
        (Excerpt("11f", "9"), [11]),
    ],
)
def test_the_frames_from_one_moment_to_another(make_clip, excerpt, pictures):
    frames, info = read(make_clip(), excerpt)
    assert [number for number, *_ in frames] == list(range(len(pictures)))
    assert shown(frames) == pictures
    assert frames[0][1] == 0
    assert all(later[1] == one[1] + one[2] for one, later in zip(frames, frames[1:], strict=False))
    # By the file's claims and the rate: within a frame where a moment lies in the midst of one.
    assert abs(info.frames - len(pictures)) <= 1
    # A run that goes on sees the same frames, and images only where they are wanted.
    again, _ = read(make_clip(), excerpt, 1, lambda number: number != 1)
    assert [one[:3] for one in again] == [one[:3] for one in frames[1:]]
    assert [one[3] is None for one in again] == [number == 1 for number, *_ in again]


def test_a_moment_within_a_frame_cuts_it(make_clip):
    frames, _ = read(make_clip(), Excerpt("0.1", "0.2"))
    assert shown(frames) == [2, 3, 4]
    assert float(frames[0][2]) == pytest.approx(float(3 * FRAME) - 0.1, abs=1e-4)
    assert float(frames[-1][1] + frames[-1][2]) == pytest.approx(0.1, abs=1e-4)


@pytest.mark.parametrize(
    ("fps", "pictures"), [(12, [0, 2, 4, 6, 8, 10]), (48, [n // 2 for n in range(24)])]
)
def test_another_rate_shows_what_is_shown_then(make_clip, fps, pictures):
    clip = make_clip(times=tuple(range(0, 12_000, 1000)))
    frames, info = read(clip, Excerpt(fps=fps))
    assert shown(frames) == pictures
    assert [one[1] for one in frames] == [Fraction(n, fps) for n in range(len(pictures))]
    assert info.average_rate == fps and info.time_base <= Fraction(1, 1000)
    again, _ = read(clip, Excerpt(fps=fps), 3)
    assert [one[:3] for one in again] == [one[:3] for one in frames[3:]]
    assert shown(again) == pictures[3:]


def test_rates_of_broadcasts():
    assert Excerpt(fps=29.97).rate == Fraction(30000, 1001)
    assert Excerpt(fps=23.976).rate == Fraction(24000, 1001)
    assert Excerpt(fps=12.5).rate == Fraction(25, 2)
    assert Excerpt(fps=30).rate == 30


@pytest.mark.parametrize(("scale", "size"), [(0.5, (32, 24)), (0.3, (20, 14)), (2.0, (128, 96))])
def test_another_size_has_even_sides(make_clip, scale, size):
    frames, info = read(make_clip(), Excerpt(scale=scale))
    assert (info.width, info.height) == size
    assert len(frames) == 12 and all(image.shape == (*size[::-1], 3) for *_, image in frames)


def write(path, output, excerpt):
    with (
        open_video(path, excerpt) as video,
        VideoWriter(output, video.info, VideoSettings(crf=5), path) as writer,
    ):
        for one in video.frames():
            writer.write(one.image, one.pts, one.duration)
    return writer.notes


def test_the_sound_is_cut_with_it(make_clip, packets, tmp_path):
    clip = make_clip("clip.mkv", audio="aac", subtitles="ass")
    before = packets(clip, "audio")
    # The clip's sound is as long as its pictures, half a second.
    assert write(clip, tmp_path / "cut.mkv", Excerpt("0.1", "0.3")) == []
    after = packets(tmp_path / "cut.mkv", "audio")
    expected = [(round(time - 0.1, 3), data) for _, time, data in before if 0.1 <= time < 0.292]
    assert [(round(time, 3), data) for _, time, data in after] == expected
    assert 8 <= len(expected) <= 9
    with open_video(tmp_path / "cut.mkv") as video:
        assert [one.number for one in video.frames()] == list(range(5))


def test_chapters_and_the_timecode_follow(make_clip, tmp_path):
    clip = make_clip("clip.mkv")
    chapters = [
        {"id": n, "start": n * 100, "end": n * 100 + 100, "time_base": Fraction(1, 1000),
         "metadata": {"title": f"{n}"}}
        for n in range(5)
    ]  # fmt: skip
    marked = tmp_path / "marked.mkv"
    with av.open(str(clip)) as source, av.open(str(marked), "w") as output:
        copy = output.add_stream_from_template(source.streams.video[0], opaque=True)
        copy.codec_context.framerate = 24
        output.set_chapters(chapters)
        output.metadata["timecode"] = "01:00:00:00"
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    notes = write(marked, tmp_path / "cut.mkv", Excerpt("0.15", "0.32"))
    assert notes == ["left out: the timecode, which the excerpt does not begin with"]
    with av.open(str(tmp_path / "cut.mkv")) as cut:
        held = [
            (one["metadata"]["title"], float(one["start"] * one["time_base"]))
            for one in cut.chapters()
        ]
        assert "TIMECODE" not in {name.upper() for name in cut.metadata}
    assert [title for title, _ in held] == ["1", "2", "3"]
    np.testing.assert_allclose([start for _, start in held], [0, 0.033, 0.133], atol=0.002)


def test_of_the_whole_nothing_changes(make_clip):
    clip = make_clip()
    with open_video(clip) as plain, open_video(clip, Excerpt()) as whole:
        assert plain.info == whole.info


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"start": "soon"}, "--start=soon is not a time"),
        ({"end": "-1"}, "--end=-1 is not a time"),
        ({"start": "1e3"}, "is not a time"),
        ({"start": "9", "end": "0:09"}, "--end=0:09 must come after --start=9"),
        ({"start": "9f", "end": "9f"}, "must come after"),
        ({"end": "0"}, "--end=0 must come after --start=0"),
        ({"fps": 0.0}, "fps must be above 0"),
        ({"fps": float("nan")}, "fps must be above 0"),
        ({"scale": 0.0}, "scale must be"),
    ],
)
def test_what_is_no_excerpt(words, match):
    with pytest.raises(UserError, match=match):
        Excerpt(**words)


@pytest.mark.parametrize("start", ["12f", "5", "1:00:00"])
def test_beyond_the_end(make_clip, start):
    with pytest.raises(UserError, match=f"clip.mp4 ends before --start={start}"):
        open_video(make_clip(), Excerpt(start))
