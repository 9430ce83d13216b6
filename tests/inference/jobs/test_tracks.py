"""The people of a video as a preview shows them, and the choice by their numbers."""

import json

import numpy as np
import pytest

from facedancer.inference import list_tracks as script
from facedancer.inference.core.frames import Observation
from facedancer.inference.faces.choosing import LARGEST, NOT_CHOSEN, Choice, Role
from facedancer.inference.faces.planning import VideoPlanner
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.jobs.tracks import list_tracks
from facedancer.inference.video.excerpt import Excerpt
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

from .conftest import HOPPER

NEW = Role(np.ones(512, np.float32))


def seen(number, places):
    """A frame with people, by (who, where)."""
    faces, embeddings = [], []
    for who, x in places:
        box = np.array([x, 0, x + 80, 80], np.float32)
        faces.append(Face(box, template(80) + np.float32([x, 0]), 0.9))
        embeddings.append(np.eye(512, dtype=np.float32)[who])
    embeddings = np.stack(embeddings) if embeddings else np.zeros((0, 512), np.float32)
    return Observation(number, number / 25, tuple(faces), embeddings, np.zeros(192, np.float32))


def test_the_tracks_that_are_named_are_swapped_and_no_other():
    choice = Choice([NEW], tracks=(1, 2))
    assert choice.needs_embeddings_over_time and not choice.takes_all
    planner = VideoPlanner(choice)
    frames = [[(0, 0), (1, 300)]] * 12 + [[]] * 15 + [[(0, 0)]] * 12
    plans = [plan for n, one in enumerate(frames) for plan in planner.push(seen(n, one))]
    plans += planner.finish()
    told = {(one.track, one.identity is not None, one.reason) for plan in plans for one in plan}
    # Who comes back after an absence has another number.
    assert told == {(0, False, NOT_CHOSEN), (1, True, ""), (2, True, "")}
    assert choice.fingerprint() != Choice([NEW], tracks=(1,)).fingerprint()


def test_a_preview_has_the_numbers_of_the_report(make_swapper, clip, tmp_path):
    swapper = make_swapper()
    [track] = list_tracks(swapper, clip)
    assert (track.number, track.first, track.last, track.frames, track.like) == (0, 0, 23, 24, 0)
    assert track.last_s == pytest.approx(23 / 12, abs=0.01)
    assert track.thumbnail.shape == (128, 128, 3) and track.thumbnail.std() > 20
    [part] = swapper.list_tracks(clip, Excerpt("6f", "12f"))
    assert (part.first, part.last) == (0, 5)
    settings = SwapSettings(excerpt=Excerpt("6f", "9f"))
    for number, expected in ((0, 3), (1, 0)):
        tasks = find_tasks([clip], tmp_path / f"{number}.mp4")
        [outcome] = swap_all(swapper, tasks, Choice([NEW], tracks=(number,)), settings)
        assert outcome.summary.swapped == expected
        said = "there is no track 1: facedancer tracks shows them"
        assert outcome.notes == ((said,) if number else ())


def test_the_command(clip, tmp_path, capsys):
    settings = script.Settings(encoder="untrained_small", output=str(tmp_path / "people"), end="4f")
    assert script.main(settings, [str(clip)]) == 0
    assert "track 0: frames 0 to 3, 0.0 to 0.2 s" in capsys.readouterr().out
    [told] = json.loads((tmp_path / "people" / "tracks.json").read_text())
    assert (told["track"], told["first_frame"], told["last_frame"]) == (0, 0, 3)
    assert read_image(tmp_path / "people" / "tracks.png").shape[1] == 140


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"tracks": (0,), "which": LARGEST}, "track numbers already choose"),
        ({"tracks": (-1,)}, "numbered from 0, not -1"),
    ],
)
def test_choices_that_do_not_go_together(words, match):
    with pytest.raises(UserError, match=match):
        Choice([NEW], **words)


def test_a_still_picture_has_no_tracks(make_swapper, tmp_path):
    tasks = find_tasks([HOPPER], tmp_path / "out.png")
    with pytest.raises(UserError, match="tracks exist only in videos"):
        list(swap_all(make_swapper(), tasks, Choice([NEW], tracks=(0,)), SwapSettings()))
