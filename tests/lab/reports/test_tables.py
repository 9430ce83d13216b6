"""The tables of a report."""

from dataclasses import replace

import pytest

from facedancer.lab.reports.own_flags import flags_table
from facedancer.lab.reports.seed_groups import grouped
from facedancer.lab.reports.tables import (
    best_by_identity,
    main_table,
    truth_table,
    turned,
    turned_table,
)

from .conftest import result, seeds


def test_long_flags_are_cut():
    margins = ",".join(f"conv4_block{block}_out=0.3" for block in range(1, 7))
    rows = [replace(result("a"), flags=("--seed=0",))]
    rows.append(replace(result("c"), flags=("--seed=0", f"--ifsr_margins={margins}")))
    line = flags_table(rows).splitlines()[-1]
    assert line.startswith("| C | `--ifsr_margins=conv4_block1_out=0.3")
    assert line.endswith("...` |") and len(line) < 80


def test_the_table_marks_the_best_that_was_trained():
    rows = [
        result("target", id_top1=0.0, pose=0.0),
        result("a", id_top1=98.0, pose=3.0),
        result("c", id_top1=97.0, pose=2.0),
        result("c_long", id_top1=99.0, pose=1.0),
        result("edge", id_top1=98.5, pose=1.5),
    ]
    lines = main_table(grouped(rows)).splitlines()
    assert lines[0] == "| | ID ↑ | Pose ↓ |"
    assert lines[2].startswith("| output = target | 0.00<br>")
    assert lines[3].startswith("| A | **98.00**<br><sub>97.90 to 98.10</sub> | 3.00<br>")
    assert "**2.00**" in lines[4]
    # Trained longer than they, or by one of them, these are not compared with them.
    assert lines[5].startswith("| C longer | 99.00<br>")
    assert lines[6].startswith("| Edge | 98.50<br>")


def test_the_swaps_shown_are_of_the_best_that_a_target_is_for():
    rows = [result("a", id_top1=98.0), result("c", id_top1=96.0), result("d", id_top1=97.0)]
    assert best_by_identity(rows) == "d"
    assert best_by_identity(rows[:1]) == "a"
    assert best_by_identity([result("c"), result("d")]) == "d"


def test_turned_is_a_mean_over_pairs():
    bins = {
        "0-15": {"pose": {"value": 1.0, "count": 100}},
        "30-45": {"pose": {"value": 2.0, "count": 30}, "id_top1": {"value": None, "count": 0}},
        "45-60": {"pose": {"value": 4.0, "count": 10}},
    }
    means = {"pose": {"value": pytest.approx(2.5), "count": 40}, "pairs": {"value": 40}}
    assert turned(bins, 30) == means
    assert turned({}, 30) == {}
    row = result("c")
    row.evaluation["by_yaw"] = bins
    assert turned_table(grouped([row])).splitlines()[-1] == "| C | 2.50 | 40 |"


def test_a_network_for_real_faces_stands_beside_every_table():
    rows = [
        result("truth", id_top1=90.0, shape_inner=1.0, judges={"id_top1": 92.0, "id_target": 1.0}),
        result("c", id_top1=80.0, shape_inner=0.5, judges={"id_top1": 3.4, "id_target": 30.0}),
    ]
    heads = "| source found first, faceres ↑ | target found first, faceres ↓ |"
    for table in (main_table, truth_table):
        lines = table(grouped(rows)).splitlines()
        assert lines[0].endswith(heads)
        assert lines[-1].endswith(
            "| 3.4<br><sub>3.3 to 3.5</sub> | 30.0<br><sub>29.9 to 30.1</sub> |"
        )
    judged = {"id_top1": {"value": 4.0, "count": 30}, "id_target": {"value": 20.0, "count": 30}}
    rows[1].evaluation["by_yaw"] = {"30-45": {"pose": {"value": 2.0, "count": 30}}}
    rows[1].evaluation["judges_by_yaw"] = {"30-45": {"faceres": judged}}
    assert turned_table(grouped(rows[1:])).splitlines()[-1] == "| C | 2.00 | 4.0 | 20.0 | 30 |"


def test_seeds_are_one_row_and_other_experiments_have_tables_of_their_own():
    rows = [*seeds("c", 80.0, 82.0, 84.0), result("c_twins", id_top1=99.0)]
    lines = main_table(grouped(rows)).splitlines()
    assert len(lines) == 3 and lines[2].startswith("| C | 82.00<br><sub>77.03 to 86.97</sub>")
