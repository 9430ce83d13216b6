"""The pictures of --fps and --scale: what stands in them."""

import cv2
import pytest

from facedancer.inference.video.reader import open_video
from facedancer.lab.pictures import made_films
from facedancer.lab.pictures.shown_sampling import show_fps, show_scale

from .test_shown_controls import PICTURE

ROW, COLUMN = 96 + 17 + 6, 96 + 6


@pytest.fixture
def asked(monkeypatch):
    """A swap that only takes the excerpt; what was asked of it."""
    calls = []

    def swap(swapper, film, source, result, settings):
        calls.append(settings.excerpt)
        with open_video(film, settings.excerpt) as video:
            frames, rate = [frame.image for frame in video.frames()], video.info.average_rate
        monkeypatch.setattr(made_films, "RATE", int(rate))
        count = iter(frames)
        write_film(result, lambda at: next(count), len(frames) / int(rate))

    write_film = made_films.write_film
    monkeypatch.setattr(made_films, "swap_film", swap)
    return calls


def test_frames_that_stay_are_below_those_of_their_moment(asked):
    sheet = show_fps(None, PICTURE, PICTURE)
    assert sheet.shape == (3 * ROW + 6, 12 * COLUMN + 6, 3)
    assert [one.fps for one in asked] == [8, 4]
    film, *below = (
        [
            sheet[6 + row * ROW : 102 + row * ROW, 6 + n * COLUMN : 102 + n * COLUMN].astype(int)
            for n in range(12)
        ]
        for row in range(3)
    )
    for row, stay in zip(below, ((0, 1, 3, 4, 6, 7, 9, 10), (0, 3, 6, 9)), strict=True):
        assert tuple(n for n in range(12) if row[n].std() > 1) == stay
        assert all(abs(row[n] - film[n]).mean() < 8 for n in stay)
    assert min(abs(film[n] - film[n + 1]).mean() for n in range(11)) > 8


def test_sizes_are_true(asked, monkeypatch):
    sheet = show_scale(None, cv2.resize(PICTURE, (160, 160)), PICTURE)
    assert [one.scale for one in asked] == [1, 0.5, 0.25]
    for number, side in enumerate((288, 144, 72)):
        left = 6 + number * 294
        square = sheet[6:294, left : left + 288].astype(int)
        assert square[288 - side + 2 :, : side - 2].std() > 20
        assert (square[: 288 - side] == 24).all() and (square[:, side:] == 24).all()
