"""Groups of rendered people: whose pairs a row has, and what its means are of."""

import numpy as np

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.lab.reports.groups import GROUPS, People, draw_people, group_table, judge_groups

# Skin from pale to dark, women and men in turn.
TONES = np.array([0.1, 0.2, 0.5, 0.9])


def people():
    """Four people; a face's colour is its person's number."""
    faces = np.repeat(np.arange(4, dtype=np.uint8) * 50 + 20, 8 * 8 * 3).reshape(4, 8, 8, 3)
    values = {"skin_tone": TONES, "masculinity": np.array([0, 1, 0, 1.0]), "age": 20.0 + 20 * TONES}
    labels = {n: {"target": v, "source": np.roll(v, -1)} for n, v in values.items()}
    sources = np.roll(faces, -1, axis=0)
    return People(faces, sources, sources + 1, labels)


def encoder(name):
    """An identity for each colour; a pose that grows with it."""
    eye = np.eye(256, dtype=np.float32)
    return FaceEncoder(name, {"sha256": name}, lambda images: eye[images[:, 0, 0, 0] // 10])


def pose():
    def measure(images):
        return np.stack([images[:, 0, 0, 0] / 10.0] * 3, axis=1)

    return FaceEncoder("pose", {}, measure)


def row_of(content, role, group):
    return next(r for r in content["rows"] if (r["role"], r["group"]) == (role, group))


def test_rows_have_the_pairs_of_their_group():
    def swap(targets, sources, numbers):
        # It serves nobody whose source is dark.
        fails = np.isin(numbers, [2])[:, None, None, None]
        return np.where(fails, targets, sources)

    given = people()
    swapper = PairSwapper("some", {"sha256": "s"}, swap, 8)
    content = judge_groups(swapper, given, {"one": encoder("one"), "two": encoder("two")}, pose())
    assert row_of(content, "all", "all")["pairs"] == 4
    for role, group, pairs, found in (
        ("source", "pale", 2, 100),
        ("source", "dark", 1, 0),
        ("target", "dark", 1, 100),
        ("target", "between", 1, 0),
        ("source", "male", 2, 50),
    ):
        row = row_of(content, role, group)
        assert row["pairs"] == pairs
        assert row["metrics"]["id_top1, one"]["value"] == found
    assert row_of(content, "target", "over 50") == {
        "label": "age",
        "group": "over 50",
        "role": "target",
        "pairs": 0,
        "metrics": {},
    }
    table = group_table(content)
    assert table.count("\n") == 4 + 2 * sum(map(len, GROUPS.values()))
    # The judges see the sources in the right answers, and the pose's judge is not at its best.
    answers = row_of(content, "right answer", "right answer")
    assert answers["pairs"] == 4 and answers["metrics"]["id_top1, one"]["value"] == 100
    assert answers["metrics"]["pose"]["value"] > 0
    assert "| right answer | 4 |" in table
    assert "| source: skin_tone, dark | 1 |" in table


def test_each_is_a_target_and_a_source_once():
    drawn = draw_people(4_000_000, 2, 32)
    assert drawn.targets.shape == drawn.sources.shape == (2, 32, 32, 3)
    assert not np.array_equal(drawn.targets[0], drawn.sources[1]), "two pictures of one person"
    # An answer is its target in all but the face.
    away = np.abs(drawn.answers.astype(float) - drawn.targets).mean((1, 2, 3))
    others = np.abs(drawn.answers.astype(float) - drawn.targets[::-1]).mean((1, 2, 3))
    assert (away > 0).all() and (away < others).all()
    for of_label in drawn.labels.values():
        np.testing.assert_array_equal(of_label["source"], of_label["target"][::-1])
