"""Reads files: pictures, times, turns, colours, and one line where nothing can."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video.orientation import Orientation
from facedancer.inference.video.reader import kind_of, open_video
from facedancer.utils.errors import UserError


def _frames(path, first=0):
    with open_video(path) as reader:
        return list(reader.frames(first)), reader.info, reader.notes


def _mean_error(one, other):
    return np.abs(one.astype(float) - other).mean()


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", None),
        ("a.mov", "libx264", None),
        ("a.mkv", "libx264", None),
        ("a.webm", "libvpx-vp9", {"crf": "5", "b": "0", "cpu-used": "8"}),
        ("a.avi", "mpeg4", {"qmin": "1", "qmax": "2", "bf": "2"}),
    ],
)
def test_every_container_gives_its_pictures_in_order_at_their_times(
    make_clip, picture, name, codec, options
):
    # MPEG-4 in AVI has no colour tags: at this height BT.601 is meant.
    how = {"pixel_format": "yuv420p", "matrix": 5} if codec == "mpeg4" else {}
    path = make_clip(name, codec=codec, options=options, **how)
    frames, info, notes = _frames(path)
    assert (info.width, info.height, notes) == (64, 48, [])
    assert [frame.number for frame in frames] == list(range(12))
    times = [float((frame.pts - frames[0].pts) * info.time_base) for frame in frames]
    # Matroska and WebM count in milliseconds; this AVI has the rate of 24.
    expected = np.arange(12) / 24 if name == "a.avi" else np.arange(12) * 1001 / 24000
    np.testing.assert_allclose(times, expected, atol=0.00051)
    for frame in frames:
        assert _mean_error(frame.image, picture(frame.number)) < 6
    assert sum(frame.duration for frame in frames[:-1]) == frames[-1].pts - frames[0].pts


def test_uneven_times_are_exact_and_durations_reach_to_the_next_frame(make_clip):
    times = (0, 40, 41, 500, 777, 20000)
    frames, info, _ = _frames(make_clip(times=times, time_base=Fraction(1, 24000)))
    assert [frame.pts * info.time_base * 24000 for frame in frames] == list(times)
    assert [int(frame.duration * info.time_base * 24000) for frame in frames[:-1]] == [
        40, 1, 459, 277, 19223,
    ]  # fmt: skip


def test_reading_from_a_later_frame_gives_the_same_frames(make_clip):
    path = make_clip()
    everything, _, _ = _frames(path)
    later, _, notes = _frames(path, first=7)
    assert [frame.number for frame in later] == [7, 8, 9, 10, 11] and notes == []
    for one, other in zip(later, everything[7:], strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        assert (one.pts, one.duration) == (other.pts, other.duration)
    assert _frames(path, first=12)[0] == []


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("colour_range", [1, 2])
def test_colours_follow_the_matrix_and_the_range(make_clip, matrix, colour_range):
    flat = np.array([200, 40, 90], np.uint8)
    path = make_clip(
        times=(0, 1000),
        matrix=matrix,
        colour_range=colour_range,
        draw=lambda number, width, height: np.tile(flat, (height, width, 1)),
        options={"crf": "1"},
    )
    (frame, _), info, _ = _frames(path)
    assert (info.colour.matrix, info.colour.range) == (matrix, colour_range)
    assert np.abs(frame.image.astype(int) - flat).max() <= 3


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("flipped", [False, True])
def test_turns_and_mirrors_are_undone(make_clip, picture, transposed, mirrored, flipped):
    orientation = Orientation(transposed, mirrored, flipped)
    path = make_clip(times=(0, 1000), display=orientation.to_matrix())
    frames, info, _ = _frames(path)
    upright = orientation.displayed(picture(0))
    assert frames[0].image.shape == upright.shape == (info.height, info.width, 3)
    assert _mean_error(frames[0].image, upright) < 6
    assert info.orientation == orientation
    np.testing.assert_array_equal(orientation.stored(upright), picture(0))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_is_told_clockwise_as_ffmpeg_does(make_clip, degrees):
    path = make_clip(times=(0, 1000))
    turned = path.with_name("turned.mp4")
    with av.open(str(path)) as source, av.open(str(turned), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0], opaque=True)
        stream.set_display_rotation(-degrees)  # FFmpeg counts against the clock
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    with open_video(turned) as reader:
        assert reader.info.rotation == degrees


def test_the_content_decides_not_the_name(make_clip, tmp_path, picture):
    clip = make_clip("clip.mp4").rename(tmp_path / "clip.gif")
    assert kind_of(clip) == "video"
    assert len(_frames(clip)[0]) == 12
    still = tmp_path / "still.mp4"
    Image.fromarray(picture(0)).save(still, "PNG")
    assert kind_of(still) == "picture"
    Image.fromarray(picture(0)).save(tmp_path / "one.gif")
    assert kind_of(tmp_path / "one.gif") == "picture"
    Image.fromarray(picture(0)).save(
        tmp_path / "two.gif", save_all=True, append_images=[Image.fromarray(picture(5))]
    )
    assert kind_of(tmp_path / "two.gif") == "animation"


def _only_sound(make_clip, tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(make_clip(audio="aac"))) as source, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    return path


def _written(data):
    def make(make_clip, tmp_path):
        path = tmp_path / "bad.mp4"
        path.write_bytes(data)
        return path

    return make


def _without_its_end(make_clip, tmp_path):
    path = make_clip()  # an mp4's index lies at its end
    path.write_bytes(path.read_bytes()[:1000])
    return path


# A screen of 20000x20000 and one picture of 1x1.
_HUGE_GIF = (
    b"GIF89a\x20\x4e\x20\x4e\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b"
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda make_clip, tmp_path: tmp_path / "none.mp4", "no such video file"),
        (_written(b""), "empty"),
        (_written(b"no video at all " * 99), "as a video"),
        (_written(b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n"), "as a video"),
        (_written(b"GIF89a\x01\x00\x01\x00"), "no frame"),
        (_only_sound, r"no video stream \(only audio\)"),
        (_without_its_end, "as a video"),
        (_written(_HUGE_GIF), "more than the allowed 67 million"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(make_clip, tmp_path, make, message):
    with pytest.raises(UserError, match=message) as refused:
        open_video(make(make_clip, tmp_path))
    assert "\n" not in str(refused.value)


def test_what_is_whole_of_a_cut_file_is_read_and_told(make_clip):
    path = make_clip("cut.mp4", options={"crf": "5", "g": "4"})
    with av.open(str(path)) as source:
        whole = path.with_name("first.mp4")
        options = {"movflags": "+faststart"}
        with av.open(str(whole), "w", container_options=options) as output:
            stream = output.add_stream_from_template(source.streams.video[0], opaque=True)
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    output.mux(packet)
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 3 // 4])
    frames, _, notes = _frames(whole)
    assert 0 < len(frames) < 12
    assert any("cut short" in note for note in notes)


def test_a_change_of_size_midway_is_refused_with_its_place(make_clip):
    options = {"crf": "20", "bf": "0"}
    small = make_clip("small.ts", options=options)
    large = make_clip("large.ts", options=options, size=(80, 64))
    both = small.with_name("both.ts")
    both.write_bytes(small.read_bytes() + large.read_bytes())
    with (
        open_video(both) as reader,
        pytest.raises(UserError, match="change their size midway: frame 12 has 80x64"),
    ):
        list(reader.frames())


def test_frames_larger_than_any_camera_makes_are_refused(make_clip, monkeypatch):
    path = make_clip()
    monkeypatch.setattr("facedancer.inference.video.stream.MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(UserError, match="frames of 64x48 pixels, more than"):
        open_video(path)


def test_a_video_of_one_pixel_is_read(make_clip):
    frames, _, _ = _frames(make_clip(size=(1, 1)))
    assert len(frames) == 12 and frames[0].image.shape == (1, 1, 3)


def test_closing_ends_a_half_read_file(make_clip):
    with open_video(make_clip()) as reader:
        frames = reader.frames()
        next(frames)
    with pytest.raises(StopIteration):
        next(frames)
