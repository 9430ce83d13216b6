"""GIF and animated WebP: as displayed, with their times and repetitions."""

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.writer import VideoWriter


def _read(path):
    with open_video(path) as reader:
        return list(reader.frames()), reader.info, reader.notes


def _save(path, images, **options):
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
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
        (first, second), _, _ = _read(path)
        assert first.image[2, 2].tolist() == [255, 0, 0]
        assert first.image[12, 12].tolist() == [255, 255, 255]
        assert second.image[12, 12].tolist() == [0, 0, 255]
        assert second.image[2, 2].tolist() == list(left_behind)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
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
