"""Tests who is swapped: all, the largest, the nth from the left, or whoever a photograph shows."""

import numpy as np
import pytest

from facedancer.inference.core.frames import Observation
from facedancer.inference.faces.choosing import (
    ALL,
    BETTER_MATCH,
    LARGEST,
    LOW_SCORE,
    NTH,
    TOO_SMALL,
    UNKNOWN,
    Choice,
    Role,
    mean_identity,
)
from facedancer.inference.faces.planning import PicturePlanner, VideoPlanner
from facedancer.retinaface.detector import Face

NEW = np.ones(512, np.float32)


def face(x, side=80.0, score=0.9):
    box = np.array([x, 0, x + side, side], np.float32)
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    return Face(box, (points * side + [x, 0]).astype(np.float32), score)


def person(number, noise=0.0, seed=0):
    vector = np.zeros(512, np.float32)
    vector[number] = 1
    return vector + noise * np.random.default_rng(seed).normal(size=512).astype(np.float32)


def seen(faces, people=None, number=0):
    embeddings = None if people is None else np.stack(people)
    return Observation(number, number / 25, tuple(faces), embeddings, np.zeros(192, np.float32))


def swapped(planner, observation):
    [plan] = planner.push(observation)
    return [one.identity is not None for one in plan], [one.reason for one in plan]


FACES = [face(300), face(0, side=120), face(600, side=40)]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"which": ALL}, [True, True, True]),
        ({"which": LARGEST}, [False, True, False]),
        ({"which": NTH, "nth": 1}, [True, False, False]),
        ({"which": NTH, "nth": 2}, [False, False, True]),
        ({"which": NTH, "nth": 3}, [False, False, False]),
        ({"min_size": 50}, [True, True, False]),
        # Whoever is refused is not counted.
        ({"which": NTH, "nth": 1, "min_size": 100}, [False, False, False]),
    ],
)
def test_without_references(flags, expected):
    done, why = swapped(PicturePlanner(Choice([Role(NEW)], **flags)), seen(FACES))
    assert done == expected
    assert all(bool(reason) != is_done for reason, is_done in zip(why, done, strict=True))


def test_reasons():
    choice = Choice([Role(NEW)], min_score=0.95, min_size=50)
    faces = [face(0, score=0.9), face(300, side=40, score=0.99)]
    assert swapped(PicturePlanner(choice), seen(faces))[1] == [
        LOW_SCORE,
        TOO_SMALL,
    ]


def test_by_reference():
    choice = Choice([Role(2 * NEW, person(1), "anna"), Role(3 * NEW, person(2), "ben")])
    assert choice.needs_embeddings
    # Ben, a stranger, Anna, and one who looks a little like Anna.
    people = [person(2, 0.02), person(7), person(1, 0.01), 0.5 * person(1) + person(9)]
    [plan] = PicturePlanner(choice).push(seen([*FACES, face(900)], people))
    assert [one.person for one in plan] == ["ben", "", "anna", ""]
    np.testing.assert_array_equal(plan[0].identity, 3 * NEW)
    assert [one.reason for one in plan] == ["", UNKNOWN, "", BETTER_MATCH]


def play(choice, observations):
    planner = VideoPlanner(choice)
    plans = [plan for one in observations for plan in planner.push(one)]
    return plans + planner.finish()


def test_the_largest_stays_chosen_while_it_is_there():
    sides = [(100, 90)] * 5 + [(100, 110)] * 20
    frames = [seen([face(0, a), face(300, b)], number=n) for n, (a, b) in enumerate(sides)]
    for plan in play(Choice([Role(NEW)], which=LARGEST), frames):
        assert [one.identity is not None for one in plan] == [True, False]
        assert [one.track for one in plan] == [0, 1]


def test_a_video_recognises_tracks_and_not_frames():
    choice = Choice([Role(NEW, person(1), "anna")], threshold=0.5)
    # One frame in four looks like nobody.
    frames = [
        seen([face(n)], [person(5 if n % 4 == 3 else 1, 0.01, n)], number=n) for n in range(40)
    ]
    plans = play(choice, frames)
    assert [len(plan) for plan in plans] == [1] * 40
    assert all(plan[0].person == "anna" for plan in plans)


@pytest.mark.parametrize("first", ["right", "likeness"])
def test_who_is_a_little_like_a_photograph_is_nobody_once_the_right_one_was_seen(first):
    choice = Choice([Role(NEW, person(1), "anna")])
    # By cosines: the right one 0.9 like the photograph, the other 0.5, and 0.45 like the right one.
    right = 0.9 * person(1) + np.sqrt(1 - 0.81) * person(2)
    other = 0.5 * person(1) + np.sqrt(1 - 0.25) * person(3)
    shown = [right] * 20 + [other] * 20 if first == "right" else [other] * 20 + [right] * 20
    plans = play(choice, [seen([face(0)], [one], number=n) for n, one in enumerate(shown)])
    done = [plan[0].identity is not None for plan in plans]
    # Nobody can know better while only the other one was seen.
    assert done == [True] * 20 + [first == "likeness"] * 20


def test_a_face_about_the_limits_does_not_flicker():
    scores = [0.85] * 3 + [0.95, 0.88] * 10 + [0.6] * 3
    frames = [seen([face(0, score=score)], number=n) for n, score in enumerate(scores)]
    plans = play(Choice([Role(NEW)], min_score=0.9), frames)
    assert [plan[0].identity is not None for plan in plans] == [False] * 3 + [True] * 20 + [
        False
    ] * 3


def test_choices_that_make_no_sense():
    with pytest.raises(ValueError, match="every role has a reference"):
        Choice([Role(NEW, person(1)), Role(NEW)])
    with pytest.raises(ValueError, match="several roles need references"):
        Choice([Role(NEW), Role(NEW)])
    with pytest.raises(ValueError, match="one of all, largest, nth"):
        Choice([Role(NEW)], which="some")
    same = Choice([Role(NEW)], min_size=5)
    assert same.fingerprint() == Choice([Role(NEW.copy())], min_size=5).fingerprint()
    assert same.fingerprint() != Choice([Role(NEW)], min_size=6).fingerprint()


def test_mean_identity_by_hand():
    found = mean_identity(np.array([[3.0, 0.0], [0.0, 5.0]]))
    np.testing.assert_allclose(found, 4 * np.array([1, 1]) / np.sqrt(2), rtol=1e-6)
