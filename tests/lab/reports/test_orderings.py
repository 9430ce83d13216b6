"""The paper's orderings of C and its rivals, on results that hold them and on such that don't."""

import numpy as np
import pytest

from facedancer.lab.reports.further_text import further_sections, margins_table
from facedancer.lab.reports.orderings import ORDERINGS, judge_ordering, orderings_table
from facedancer.lab.reports.seed_groups import grouped

from .conftest import paired, result, seeds

PAIRS = [(one, other) for one in ORDERINGS for other in one.others]


def rows(best, other, metric, values):
    """Both runs' results, by a metric's scores of each pair."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 0.1, 300)
    named = {best: values[0], other: values[1]}
    return grouped(paired(name, {metric: scores + mean}) for name, mean in named.items())


@pytest.mark.parametrize(("ordering", "other"), PAIRS)
def test_each_ordering_holds_and_breaks(ordering, other):
    good, bad = (0.9, 0.4) if ordering.higher else (0.4, 0.9)
    for values, verdict in (((good, bad), "held"), ((bad, good), "**not held**")):
        found, numbers = judge_ordering(
            ordering, other, rows(ordering.best, other, ordering.metric, values)
        )
        assert found == verdict
        assert "difference" in numbers


@pytest.mark.parametrize(("ordering", "other"), PAIRS)
def test_a_difference_that_may_be_none_is_undecided(ordering, other):
    made = rows(ordering.best, other, ordering.metric, (0.5, 0.5))
    noise = np.random.default_rng(2).normal(0, 1, 300)
    made[other].runs[0].scores[ordering.metric][:] += noise - noise.mean()
    assert judge_ordering(ordering, other, made)[0] == "undecided"


def test_an_ordering_is_judged_over_seeds():
    ordering = ORDERINGS[0]
    c = seeds("c", 90.0, 89.0, 91.0)
    agree = grouped([*c, *seeds("sim_swap", 80.0, 81.0, 79.0)])
    verdict, numbers = judge_ordering(ordering, "sim_swap", agree)
    assert verdict == "held" and numbers.startswith("C 90.00 (3 seeds), SimSwap 80.00 (3 seeds)")
    lucky = grouped([*c, *seeds("sim_swap", 80.0, 95.0, 70.0)])
    assert judge_ordering(ordering, "sim_swap", lucky)[0] == "undecided"
    # Another rival's verdict is its own.
    assert judge_ordering(ordering, "face_shifter", lucky)[0] == "not run"


def test_a_shape_beyond_the_right_one_is_no_gain():
    ordering = next(one for one in ORDERINGS if one.metric == "shape_inner")
    found = judge_ordering(ordering, "c", rows("hifi_face", "c", "shape_inner", (1.4, 0.9)))
    assert found[0] == "undecided" and found[1].endswith("one lies beyond 1")


def test_intervals_serve_where_no_pair_has_scores():
    made = grouped([result("c", id_top1=90.0), result("hifi_face", id_top1=80.0)])
    assert judge_ordering(ORDERINGS[0], "hifi_face", made)[0] == "held"
    table = orderings_table(made)
    assert table.count("not run") == len(PAIRS) - 1
    assert "| SimSwap has the lowest pose error | FaceDancer C | not run |" in table


def test_a_section_for_each_subject_that_was_evaluated():
    c = result("c", id_top1=90.0)
    assert further_sections([c], [], {"ifsr": {}}, {}) == []
    rivals = further_sections([c], [result("sim_swap", id_top1=85.0)], {}, {"rivals": "x.png"})
    text = "\n".join(rivals)
    assert "the paper's Table 1" in text and "| SimSwap |" in text and "(x.png)" in text
    analyses = {"ifsr": {"margins": {"conv2_block3_out": 0.1, "conv3_block1_out": 0.2}}}
    analyses["ifsr_labels"] = {"margins": {"conv2_block3_out": 0.15}}
    assert "| `conv3_block1_out` | 0.2000 |  |" in margins_table(analyses)
    text = "\n".join(further_sections([c], [result("c_fixed", id_top1=91.0)], analyses, {}))
    assert "| C, margins without a swapper |" in text and "Table 1" not in text
    students = [result("tenth_ifsr", id_top1=60.0), result("tenth_output", id_top1=50.0)]
    text = "\n".join(further_sections([c], students, {}, {}))
    assert "| IFSR's features raise the tenth's `id_top1` | held |" in text
    assert "| IFSR's features raise the quarter's `id_top1` | not run |" in text
