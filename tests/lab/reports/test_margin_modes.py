"""IFSR without a swapper: results that keep the bars, and results that break each."""

import pytest

from facedancer.lab.experiment.margin_modes import BY_MODE
from facedancer.lab.reports.margin_modes import HEADING, margin_modes_part
from facedancer.lab.reports.no_worse import compared, id_stays, pose_stays
from facedancer.lab.reports.seed_groups import grouped

from .conftest import seeds


def runs(name, pose, identity, apart=0.01):
    """Three seeds about two numbers."""
    return seeds(
        name,
        *(pose + apart * step for step in (-1, 0, 1)),
        metric="pose",
        id_top1=[identity + apart * step for step in (1, 0, -1)],
    )


def verdicts(*rows):
    groups = grouped(rows)
    return (
        pose_stays(compared(groups, "c_fixed", "c", "pose")),
        id_stays(compared(groups, "c_fixed", "c", "id_top1")),
    )


@pytest.mark.parametrize(
    ("pose", "identity", "said"),
    [
        (3.0, 91.0, ("held", "held")),
        # Better is no reason to refuse.
        (2.0, 99.0, ("held", "held")),
        (4.0, 91.0, ("**not held**", "held")),
        (3.0, 85.0, ("held", "**not held**")),
        (3.1, 90.0, ("undecided", "undecided")),
    ],
)
def test_a_mode_is_held_to_pose_and_id_of_the_road_in_two_stages(pose, identity, said):
    # Their people's intervals, of .1 each, are part of the difference's.
    two_stages = runs("c", 3.0, 90.0)
    if said[0] == "held":
        pose -= 0.2
    assert verdicts(*two_stages, *runs("c_fixed", pose, identity)) == said


def test_seeds_that_lie_apart_leave_it_open():
    rows = [*runs("c", 3.0, 90.0, 1.0), *runs("c_fixed", 2.5, 91.0, 1.0)]
    assert verdicts(*rows) == ("undecided", "undecided")


def test_the_part_has_a_row_for_each_and_says_what_was_not_run():
    assert margin_modes_part(grouped(runs("c", 3.0, 90.0))) == []
    rows = [*runs("c", 3.0, 90.0), *runs("c_fixed", 4.0, 95.0), *runs("c_adaptive", 2.0, 95.0)]
    text = "\n\n".join(margin_modes_part(grouped(rows)))
    assert text.startswith(HEADING)
    lines = text.splitlines()
    assert any(line.startswith("| C (fixed) | **95.00**<br>") for line in lines)
    assert any(line.startswith("| C (fixed) | **not held** | 1.00 (") for line in lines)
    assert any(line.startswith("| C (adaptive) | held | -1.00 (") for line in lines)
    assert "| C (relative) | not run |  | not run |  |" in lines
    assert sum(line.startswith("| B (") for line in lines) == len(BY_MODE["b"])
