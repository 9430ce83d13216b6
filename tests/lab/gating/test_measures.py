"""The gates' arithmetic, on embeddings that are known."""

import numpy as np
import pytest

from facedancer.lab.gating.measures import Embedded, Gate, gates, rows, verification
from facedancer.lab.gating.pictures import PARTS, draw_sources

# Four people of two families; a person's direction is a unit vector of its own.
PEOPLE = np.eye(4, 6)
HAIR = np.eye(6)[4]
SOURCES = np.array([2, 3, 0, 1])


def embedded(swapped):
    return Embedded(
        numbers=np.arange(4),
        families=np.array([0, 0, 1, 1]),
        sources=SOURCES,
        gallery=np.repeat(PEOPLE[:, None], 2, axis=1),
        source=PEOPLE + HAIR,
        swapped=swapped,
    )


def test_rows_tell_cosines_and_who_is_found():
    own, theirs = PEOPLE, PEOPLE[SOURCES]
    siblings = PEOPLE[[3, 2, 1, 0]]
    half = own.copy()
    half[:2] = theirs[:2]
    table = rows(embedded({"nothing": own, "face": theirs, "kin": siblings, "half": half}))
    assert table["nothing"]["cosine"] == 0
    assert table["face"]["cosine"] == pytest.approx(np.sqrt(0.5))
    assert [table[name]["found"] for name in table] == [0, 1, 0, 0.5]
    assert [table[name]["sibling"] for name in table] == [0, 0, 1, 0]
    assert [table[name]["target"] for name in table] == [1, 0, 0, 0.5]


def test_hair_alone_has_its_cosine():
    table = rows(embedded({"hair": PEOPLE + 0.5 * HAIR}))
    assert table["hair"]["cosine"] == pytest.approx(0.5 / np.sqrt(1.25) / np.sqrt(2))


def test_verification_of_people_who_are_told_apart():
    assert verification(embedded({})) == {"auc": 1, "tar": 1, "sibling_auc": 1}


def test_siblings_who_are_alike_cost_auc_among_siblings():
    same = embedded({})
    gallery = same.gallery.copy()
    gallery[1] = gallery[0]
    measured = verification(Embedded(**{**vars(same), "gallery": gallery}))
    # All pairs of one person are of cosine 1, and so are 4 of the 8 pairs of siblings.
    assert measured["sibling_auc"] == pytest.approx((0.5 * 4 + 4) / 8)
    assert measured["auc"] < 1 and measured["tar"] == 0


def test_gates_are_the_issue_s_bars():
    table = {name: {"cosine": 0.2, "found": 0.9} for name in PARTS}
    table["hair and glasses"]["cosine"] = 0.051
    results = gates(table, {"auc": 0.995, "tar": 0.9})
    assert [gate.met for gate in results] == [True, False, True, True, True]
    assert not Gate("", float("nan"), 0.2, True).met
    assert not Gate("", float("nan"), 0.2, False).met


@pytest.mark.parametrize("count", [8, 10, 12, 300])
def test_each_person_is_source_once_and_of_another_family(count):
    for seed in range(5):
        sources = draw_sources(count, seed)
        assert sorted(sources) == list(range(count))
        assert (np.abs(sources - np.arange(count)) >= 4).all()
    with pytest.raises(ValueError, match="one family"):
        draw_sources(4, 0)
