"""Whole clips that invite a swap of the wrong person, with networks that are made up of numbers."""

import json

import numpy as np
import pytest

from facedancer.benchmarks.following import draw, judge, plan
from facedancer.benchmarks.scenes_of_people import SCENES, Moment
from facedancer.inference.core.cuts import cut_signature
from facedancer.inference.core.frames import Observation
from facedancer.retinaface.detector import Face

PORTRAITS = [np.full((24, 24, 3), colour, np.uint8) for colour in ((200, 150, 120), (90, 60, 50))]
FIVE = np.array([[-0.1, -0.08], [0.1, -0.08], [0, 0], [-0.08, 0.1], [0.08, 0.1]])


def people():
    """Two who are a little alike, by a cosine of 0.2."""
    first, second, common = np.random.default_rng(0).normal(size=(3, 512)) / np.sqrt(512)
    return [np.sqrt(0.8) * one + np.sqrt(0.2) * common for one in (first, second)]


PEOPLE = people()


class Looked:
    """The sight of stand-ins of detector and encoder: noisy, and little in bad light."""

    def __init__(self, noise):
        self.noise = noise
        self.rng = np.random.default_rng(1)

    def __call__(self, moment: Moment, number: int, time_s: float) -> Observation:
        faces, identities = [], []
        gain, offset = moment.light
        for one in moment.seen if gain > 0.3 else ():
            points = [one.x, one.y] + one.side * (FIVE + self.rng.normal(0, 0.002, (5, 2)))
            box = np.array([points.min(0) - 0.1 * one.side, points.max(0) + 0.1 * one.side])
            faces.append(Face(box.ravel().astype(np.float32), points.astype(np.float32), 0.9))
            mixed = np.zeros(512)
            for other in (s for s in moment.shown if abs(s.x - one.x) < 5):
                mixed = (1 - other.part) * mixed + other.part * PEOPLE[other.person]
            noise = self.noise + 0.03 * offset / 60
            identities.append(20 * (mixed + self.rng.normal(0, noise, 512)))
        embeddings = np.array(identities, np.float32).reshape(-1, 512)
        signature = cut_signature(draw(moment, PORTRAITS, 0.125))
        return Observation(number, time_s, tuple(faces), embeddings, signature)


def seen(scene, noise):
    looked = Looked(noise)
    return [
        looked(m, n, t) for n, (m, t) in enumerate(zip(scene.moments, scene.times, strict=True))
    ]


@pytest.mark.parametrize("noise", [0.01, 0.03])
@pytest.mark.parametrize("name", SCENES)
def test_only_the_right_person_is_swapped(name, noise):
    scene = SCENES[name]
    wrong, lost, frames = judge(scene, plan(scene, seen(scene, noise), PEOPLE))
    assert (wrong, lost) == (0, 0), f"of {frames}"


@pytest.mark.parametrize("name", ["quiet cut (nth)", "leaves, another takes the place (nth)"])
def test_what_is_replayed_from_records_leads_to_the_same(name):
    scene = SCENES[name]
    observations = seen(scene, 0.03)
    again = [Observation.from_json(json.loads(json.dumps(o.to_json()))) for o in observations]
    first, second = (plan(scene, one, PEOPLE) for one in (observations, again))
    for frame, other in zip(first, second, strict=True):
        for one, same in zip(frame, other, strict=True):
            np.testing.assert_array_equal(one.face.landmarks, same.face.landmarks)
            assert (one.track, one.reason) == (same.track, same.reason)
