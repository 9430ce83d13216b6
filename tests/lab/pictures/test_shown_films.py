"""The pictures of a film's controls: what stands in them."""

import shutil

import numpy as np
import pytest

from facedancer.inference.jobs.tracks import SeenTrack
from facedancer.lab.pictures import made_films
from facedancer.lab.pictures.shown_films import show_steady, show_tracks, show_trim
from facedancer.utils.errors import UserError

from .test_shown_controls import PICTURE, Detector, swapper  # noqa: F401 - the fixture

ROW, COLUMN = 144 + 17 + 6, 144 + 6


@pytest.fixture
def asked(monkeypatch):
    """A swap that changes nothing; what was asked of it."""
    calls = []

    def swap(swapper, film, source, result, settings=None, tracks=()):  # noqa: F811 - unused
        calls.append((settings, tracks))
        shutil.copyfile(film, result)

    monkeypatch.setattr(made_films, "swap_film", swap)
    return calls


def test_what_is_left_of_a_film_stands_below_it(swapper, asked):  # noqa: F811 - the fixture
    sheet = show_trim(swapper, PICTURE, PICTURE)
    assert sheet.shape == (2 * ROW + 6, 6 * COLUMN + 6, 3)
    assert asked[0][0].excerpt.start == "1" and asked[0][0].excerpt.end == "2"
    below = [sheet[ROW + 6 : ROW + 150, 6 + n * COLUMN : 150 + n * COLUMN] for n in range(6)]
    assert [one.std() > 1 for one in below] == [False, False, True, True, False, False]


def test_tracks_that_are_one_person_are_swapped(swapper, asked):  # noqa: F811 - the fixture
    def seen(*like):
        return [
            SeenTrack(n, 0, 1, 0.0, 0.1, 2, np.zeros((8, 8, 3), np.uint8), one)
            for n, one in enumerate(like)
        ]

    swapper.list_tracks = lambda path: seen(0, 1, 0)
    assert show_tracks(swapper, [PICTURE, PICTURE], PICTURE).shape == (3 * 243 + 6, 4 * 226 + 6, 3)
    assert asked[0][1] == (0, 2)
    for like in ((), (0, 1), (0, 1, 2)):
        swapper.list_tracks = lambda path, like=like: seen(*like)
        with pytest.raises(UserError, match="not found or not told apart"):
            show_tracks(swapper, [PICTURE, PICTURE], PICTURE)


def test_changes_are_darker_with_the_filter(swapper):  # noqa: F811 - the fixture
    sheet = show_steady(swapper, PICTURE, PICTURE)
    assert sheet.shape == (3 * ROW + 6, 6 * COLUMN + 6, 3)
    without, steady = (sheet[n * ROW + 6 : n * ROW + 150].mean() for n in (1, 2))
    assert steady < 0.9 * without
    swapper.detector = Detector()
    with pytest.raises(UserError, match="no face"):
        show_steady(swapper, PICTURE, PICTURE)
