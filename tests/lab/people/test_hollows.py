import numpy as np
import pytest

from facedancer.lab.people.heads import heads
from facedancer.lab.people.hollows import hollow_openness, lay_tongue
from facedancer.lab.people.person import person

HEAD = heads()
NEUTRAL = HEAD.neutral(person(5, 3).shape)


def posed(**units):
    expression = np.zeros(len(HEAD.unit_names), np.float32)
    for name, strength in units.items():
        expression[HEAD.index([name])] = strength
    return HEAD.pose(NEUTRAL, expression)


def test_eyes_are_darker_under_the_upper_lid_and_skin_stays():
    head, whole = posed(), np.ones(len(NEUTRAL), np.float32)
    seen = hollow_openness(head, whole)
    for ball in HEAD.eyeball_slices:
        place = head[ball]
        front = place[:, 2] > np.percentile(place[:, 2], 60)
        up = front & (place[:, 1] > place[0, 1] + 0.04)
        down = front & (np.abs(place[:, 1] - place[0, 1] + 0.02) < 0.02)
        assert seen[ball][up].mean() < 0.7 * seen[ball][down].mean()
    assert (seen[HEAD.region_vertices("skin")] == 1).mean() > 0.95
    assert (whole == 1).all()


def test_a_mouth_is_the_darker_the_deeper():
    head = posed(jawOpen=0.8)
    seen = hollow_openness(head, np.ones(len(NEUTRAL), np.float32))
    teeth = HEAD.region_vertices("teeth")
    order = teeth[head[teeth, 2].argsort()]
    assert seen[order[-20:]].mean() > 0.4
    assert seen[order[:20]].mean() < 0.2


def test_a_tongue_lies_down_in_an_open_mouth_unless_it_is_out():
    tongue = HEAD.region_vertices("tongue")
    for head in (posed(), posed(jawOpen=1.0)):
        np.testing.assert_array_equal(lay_tongue(head, True), head)
    still = np.abs(lay_tongue(posed(), False) - posed())[tongue].max()
    head = posed(jawOpen=1.0)
    laid = lay_tongue(head, False)
    assert still < 0.02
    assert (head - laid)[tongue, 1].min() > 0.08
    assert np.abs(np.delete(head - laid, tongue, axis=0)).max() == pytest.approx(0)
