"""Scenes with the wrong people in them: what is counted, and that nothing is looked at twice."""

import numpy as np

from facedancer.benchmarks.following import judge, markdown, observe
from facedancer.benchmarks.scenes_of_people import SCENES
from facedancer.inference.core.frames import Observation, PlannedFace
from facedancer.retinaface.detector import Face

SCENE = SCENES["leaves for 1.2 s (nth)"]
PORTRAITS = [np.full((24, 24, 3), grey, np.uint8) for grey in (80, 160)]


def planned(one, is_swapped):
    middle = np.tile(np.array([one.x, one.y], np.float32), (5, 1))
    face = Face(np.zeros(4, np.float32), middle, 0.9)
    return PlannedFace(face, np.ones(512) if is_swapped else None)


def test_a_judge_sees_what_is_wrong():
    every, none, right = (
        [tuple(planned(one, one.person in who) for one in moment.seen) for moment in SCENE.moments]
        for who in ({0, 1}, set(), {0})
    )
    assert judge(SCENE, none) == (0, 45, 75)
    assert judge(SCENE, every) == (75, 0, 75)
    assert judge(SCENE, right) == (0, 0, 75)
    assert "| a | 75 | 1 | 2 |" in markdown({"a": np.array([1, 2, 75])})


def test_a_picture_is_looked_at_once():
    looked = []

    def look(frames):
        looked.extend(frame.image for frame in frames)
        return [Observation.of(frame, []) for frame in frames]

    seen = observe(SCENE, PORTRAITS, look)
    assert [one.number for one in seen] == list(range(75))
    assert [one.time_s for one in seen] == list(SCENE.times)
    assert len(looked) == 2
    assert looked[0].shape == (300, 640, 3)
