import numpy as np
import pytest

from facedancer.lab.people.expressions import NAMED, POOL, expression, mood_pool, with_gaze
from facedancer.lab.people.heads import heads
from facedancer.lab.people.moods import EXCLUSIVE


def strengths(mood: np.ndarray) -> dict[str, float]:
    return {name: float(mood[i]) for i, name in enumerate(heads().unit_names) if mood[i]}


def test_pool_holds_neutral_then_named_moods_then_blends():
    pool = mood_pool()
    assert pool.shape == (POOL, 52)
    assert not pool[0].any()
    assert pool.min() >= 0 and pool.max() <= 1
    smile = NAMED["smile"]["mouthSmile"]
    assert strengths(pool[list(NAMED).index("smile")])["mouthSmileLeft"] == pytest.approx(smile)
    with pytest.raises(ValueError, match="read-only"):
        pool[0] = 1


def test_no_two_moods_are_alike():
    moved = mood_pool() @ heads().units
    landmarks = moved.reshape(POOL, -1, 3)[:, heads().landmark_vertices].reshape(POOL, -1)
    squares = (landmarks**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * landmarks @ landmarks.T
    apart[np.eye(POOL, dtype=bool)] = np.inf
    rms = np.sqrt(apart / len(heads().landmark_vertices)) * 100
    assert rms[len(NAMED) :].min() > 1.19  # millimetres
    assert rms.min() > 0.5


def test_blends_ask_nothing_impossible_of_a_face():
    index = heads().index
    for mood in mood_pool()[len(NAMED) :]:
        for pair in EXCLUSIVE:
            assert not mood[index(pair)].all(), pair
        tongue, jaw = mood[index(["tongueOut", "jawOpen"])]
        assert not tongue or jaw >= 0.3


def test_moods_leave_the_gaze_alone():
    looks = [i for i, name in enumerate(heads().unit_names) if name.startswith("eyeLook")]
    assert len(looks) == 8
    assert not mood_pool()[:, looks].any()


@pytest.mark.parametrize(
    ("gaze", "units"),
    [
        ((0, 0), {}),
        ((35, 0), {"eyeLookOutLeft": 1, "eyeLookInRight": 1}),
        ((-17.5, 0), {"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5}),
        ((0, 14), {"eyeLookUpLeft": 0.5, "eyeLookUpRight": 0.5}),
        ((0, -60), {"eyeLookDownLeft": 1, "eyeLookDownRight": 1}),
    ],
)
def test_lids_follow_the_gaze(gaze, units):
    mood = expression({"jawOpen": 0.4})
    looking = strengths(with_gaze(mood, gaze))
    assert looking == pytest.approx({"jawOpen": 0.4, **units})


def test_units_without_a_side_stand_for_both():
    assert strengths(expression({"eyeBlink": 1, "browDownLeft": 0.5})) == {
        "browDownLeft": 0.5,
        "eyeBlinkLeft": 1,
        "eyeBlinkRight": 1,
    }
    with pytest.raises(ValueError, match="not in tuple"):
        expression({"earWiggle": 1})
