"""Further judges of identity: whose person is found first, and by how far heads are turned."""

import numpy as np
import pytest

from facedancer.evaluation.judges import judge_pairs, judges_by_yaw
from facedancer.evaluation.metrics.search import Gallery, IdentitySearch
from facedancer.evaluation.reports.summary import rows_by_yaw

PEOPLE = np.arange(4)
SOURCES = np.array([1, 2, 3, 0])


def searched(swaps, targets=PEOPLE):
    """Swaps onto four people, each with the next one's identity; a picture of each is known."""
    known = np.eye(4, dtype=np.float32)
    return IdentitySearch(known[swaps], known, Gallery(known, PEOPLE, SOURCES, targets))


@pytest.mark.parametrize(("swaps", "source", "target"), [(SOURCES, 100, 0), (PEOPLE, 0, 100)])
def test_the_person_found_first_may_be_the_source_s_or_the_target_s(swaps, source, target):
    said = judge_pairs({"one": searched(swaps)})["one"]
    assert said["id_top1"].mean() == source and said["id_target"].mean() == target


def test_nobody_says_who_targets_are_that_sources_do_not_know():
    assert "id_target" not in judge_pairs({"one": searched(SOURCES, None)})["one"]


def test_judges_tell_of_turned_heads_too():
    measured = {"target/pose": np.array([[-40.0, 0, 0], [5, 0, 0], [50, 0, 0], [35, 0, 0]])}
    said = judge_pairs({"one": searched(np.array([1, 1, 3, 3]))})
    bins = rows_by_yaw(measured)
    found = judges_by_yaw(said, bins, [PEOPLE, SOURCES])
    assert list(found) == ["0-15", "30-45", "45-60"]
    assert found["30-45"]["one"]["id_top1"]["value"] == 50
    assert found["0-15"]["one"]["id_target"]["value"] == 100
    assert judges_by_yaw({}, bins, [PEOPLE, SOURCES]) == {} == rows_by_yaw({"swap/pose": PEOPLE})
