"""GIF, animated WebP and PNG: as displayed, with their times and repetitions."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.reader import kind_of, open_video
from facedancer.inference.video.writer import VideoWriter
from facedancer.utils.errors import UserError


def _read(path):
    with open_video(path) as reader:
        return list(reader.frames()), reader.info, reader.notes


def _save(path, images, **options):
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_times_are_kept_and_very_short_ones_last_as_in_browsers(tmp_path, picture, suffix):
    images = [Image.fromarray(picture(number)) for number in range(4)]
    path = _save(tmp_path / f"a{suffix}", images, duration=[40, 10, 250, 30])
    frames, info, _ = _read(path)
    assert [frame.duration for frame in frames] == [40, 100, 250, 30]
    assert [frame.pts for frame in frames] == [0, 40, 140, 390]
    assert info.is_animation and info.codec == suffix[1:] and info.time_base.denominator == 1000


def test_transparency_is_laid_over_white_and_disposal_is_done(tmp_path):
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    square = clear.copy()
    square.paste((255, 0, 0, 255), (0, 0, 8, 8))
    other = clear.copy()
    other.paste((0, 0, 255, 255), (8, 8, 16, 16))
    for disposal, left_behind in ((1, (255, 0, 0)), (2, (255, 255, 255))):
        path = _save(tmp_path / "a.gif", [square, other], duration=50, disposal=disposal)
        (first, second), _, notes = _read(path)
        assert first.image[2, 2].tolist() == [255, 0, 0]
        assert first.image[12, 12].tolist() == [255, 255, 255]
        assert second.image[12, 12].tolist() == [0, 0, 255]
        assert second.image[2, 2].tolist() == list(left_behind)
        assert notes == ["its transparency was laid over white"]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("loops", [0, 3])
def test_repetitions_are_kept(tmp_path, picture, suffix, loops):
    images = [Image.fromarray(picture(number)) for number in range(3)]
    source = _save(tmp_path / f"a{suffix}", images, duration=60, loop=loops)
    path = tmp_path / f"out{suffix}"
    with open_video(source) as reader, VideoWriter(path, reader.info) as writer:
        for frame in reader.frames():
            writer.write(frame.image, frame.pts, frame.duration)
    with Image.open(path) as written:
        assert written.info["loop"] == loops and written.n_frames == 3
    frames, _, _ = _read(path)
    assert [frame.duration for frame in frames] == [60, 60, 60]


def test_a_gif_that_is_played_once_stays_so(tmp_path, picture):
    images = [Image.fromarray(picture(number)) for number in range(2)]
    source = _save(tmp_path / "a.gif", images, duration=60)
    path = tmp_path / "out.gif"
    with open_video(source) as reader, VideoWriter(path, reader.info) as writer:
        assert reader.info.loops is None
        for frame in reader.frames():
            writer.write(frame.image, frame.pts, frame.duration)
    with Image.open(path) as written:
        assert "loop" not in written.info


def test_an_animation_becomes_a_video_and_back(tmp_path, picture):
    images = [Image.fromarray(picture(number)) for number in range(5)]
    source = _save(tmp_path / "a.webp", images, duration=[40, 80, 40, 120, 40], lossless=True)
    video, again = tmp_path / "a.mp4", tmp_path / "b.webp"
    for one, other in ((source, video), (video, again)):
        with open_video(one) as reader, VideoWriter(other, reader.info, VideoSettings(crf=1)) as to:
            for frame in reader.frames():
                to.write(frame.image, frame.pts, frame.duration)
    frames, _, _ = _read(again)
    assert [frame.duration for frame in frames] == [40, 80, 40, 120, 40]
    for frame in frames:
        # Chroma of half the size, twice.
        assert np.abs(frame.image.astype(int) - picture(frame.number)).mean() < 5


def test_a_damaged_animation_gives_its_whole_frames(tmp_path, picture):
    images = [Image.fromarray(picture(7 * number)) for number in range(8)]
    path = _save(tmp_path / "a.gif", images, duration=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    frames, _, notes = _read(path)
    assert 1 <= len(frames) < 8
    assert any("damaged after frame" in note or "cut short" in note for note in notes)


def test_an_animated_png_is_written_without_loss(tmp_path, picture):
    images = [Image.fromarray(picture(number)) for number in range(4)]
    cover = Image.new("RGB", images[0].size, (1, 2, 3))
    times = [40, 250, 80, 500]
    source = tmp_path / "a.png"
    # A cover for those who cannot show the animation is no part of it.
    cover.save(source, save_all=True, append_images=images, duration=times, default_image=True)
    path = tmp_path / "out.png"
    with open_video(source) as reader, VideoWriter(path, reader.info) as writer:
        for frame in reader.frames():
            np.testing.assert_array_equal(frame.image, picture(frame.number))
            writer.write(frame.image, frame.pts, frame.duration)
    frames, _, notes = _read(path)
    assert [frame.duration for frame in frames] == times and notes == []
    for frame in frames:
        np.testing.assert_array_equal(frame.image, picture(frame.number))


def test_a_png_of_one_picture_is_no_animation(tmp_path, picture):
    Image.fromarray(picture(0)).save(tmp_path / "a.png")
    assert kind_of(tmp_path / "a.png") == "picture"


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_animations_that_are_too_wide_are_refused_before_the_work(tmp_path, picture, suffix):
    longest = {".webp": 16383, ".gif": 65535}[suffix]
    info = dataclasses.replace(_info(tmp_path, picture), width=longest + 1, height=2)
    with pytest.raises(UserError, match=f"holds at most {longest} a side"):
        VideoWriter(tmp_path / f"o{suffix}", info)


def _info(folder, picture):
    path = _save(folder / "a.gif", [Image.fromarray(picture(n)) for n in range(2)])
    with open_video(path) as reader:
        return reader.info
