"""Ways of putting back, against the right answer."""

import numpy as np

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.lab.reports import pasting
from facedancer.lab.reports.pasting import (
    ANSWER,
    NOTHING,
    WAYS,
    draw_pairs,
    judge_pasting,
    paste_all,
    pasting_table,
)


def test_each_way_is_compared_with_the_right_answer(monkeypatch):
    # The metric has tests of its own, and takes seconds to trace.
    monkeypatch.setattr(pasting, "perceptual_everywhere", lambda one, other: np.zeros(len(one)))
    # A picture of a quarter of the size, and a swap likewise.
    monkeypatch.setattr(pasting, "_SIDE", 192)
    pairs = draw_pairs(8_000_000, 1)
    assert pairs.pictures.shape == pairs.truths.shape == (1, 192, 192, 3)
    pasted = paste_all(pairs, 32)
    assert list(pasted) == [ANSWER, NOTHING, *WAYS]
    judge = FaceEncoder("mean", {"sha256": "m"}, lambda x: x.mean((1, 2), dtype=np.float32))
    content = judge_pasting(pairs, pasted, {"mean": judge})
    rows = {
        way: {n: one["value"] for n, one in row.items()} for way, row in content["rows"].items()
    }
    nothing, box, plain = (rows[way] for way in (NOTHING, "box", "box, no detail"))
    assert nothing["PSNR"] < plain["PSNR"] - 1
    assert plain["sharpness"] < box["sharpness"] - 0.05
    assert rows[ANSWER]["PSNR"] == 100
    assert nothing["cos to target, mean"] > 0.9999
    assert pasting_table(content).count("\n") == 2 + len(rows)
