"""A program that asks hears how far a run is, and may stop it."""

import numpy as np
import pytest

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.video.encoding import VideoSettings
from facedancer.utils.images import write_image

from .conftest import moving_face

SETTINGS = SwapSettings(
    marking=Marking(is_on=False), video=VideoSettings(preset="ultrafast"), part_frames=4
)


class StoppedError(Exception):
    """The program has had enough."""


def swap(swapper, targets, output, progress):
    tasks = find_tasks(targets, output)
    choice = Choice([Role(np.ones(512, np.float32))])
    return list(swap_all(swapper, tasks, choice, SETTINGS, progress=progress))


def test_a_stopped_film_tells_how_far_it_is_and_goes_on(make_swapper, clip, tmp_path):
    heard = []

    def stop_after_ten(done, total):
        heard.append((done, total))
        if done == 10:
            raise StoppedError

    output = tmp_path / "out.mp4"
    with pytest.raises(StoppedError):
        swap(make_swapper(), [clip], output, stop_after_ten)
    assert heard == [(done, 24) for done in range(11)]
    assert not output.exists()

    heard.clear()
    swap(make_swapper(), [clip], output, lambda done, total: heard.append((done, total)))
    assert heard == [(done, 24) for done in range(8, 25)], "two parts of four were whole"
    assert output.exists()


def test_pictures_are_counted(make_swapper, tmp_path):
    targets = [tmp_path / f"{number}.png" for number in range(2)]
    for path, picture in zip(targets, moving_face(2), strict=True):
        write_image(path, picture)
    heard = []
    swap(make_swapper(), targets, tmp_path / "out", lambda *counts: heard.append(counts))
    assert heard == [(0, 2), (1, 2), (2, 2)]
