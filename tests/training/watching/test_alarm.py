"""Runs that are called hopeless, and those that are not."""

import pytest

from facedancer.training.watching.alarm import UNCHANGED, find_alarm

GOOD = {
    "validation/identity_source": 0.5,
    "validation/identity_target": 0.3,
    "validation/reconstruction": 0.05,
    "validation/change": 0.2,
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"validation/identity_target": 0.61}, ["cosine 0.500", "0.610", "0.200", "0.050"]),
        ({"validation/identity_target": 0.5}, ["no closer to the source's identity"]),
        (
            {"validation/change": 1 / 127.5},
            ["output equals the target", "1.00 of 255", "--same_ratio"],
        ),
        # Whoever copies keeps the target's identity too: the cause is named, not the symptom.
        (
            {"validation/change": 0.0, "validation/identity_target": 1.0},
            ["output equals the target"],
        ),
    ],
)
def test_what_sets_it_off(changes, said):
    values = {**GOOD, **changes}
    alarm = find_alarm(values, 200, alarm_after=200)
    for part in said:
        assert part in alarm
    assert "\n" not in alarm
    assert find_alarm(values, 199, alarm_after=200) is None


def test_a_run_that_swaps_is_left_alone():
    assert find_alarm(GOOD, 10**6, alarm_after=0) is None
    assert find_alarm({**GOOD, "validation/change": UNCHANGED}, 10**6, alarm_after=0) is None
