"""Tables of results, the paper's rows beside them, and summaries."""

import copy
import json

import numpy as np
import pytest

from facedancer.evaluation.metrics.search import Gallery
from facedancer.evaluation.reports import comparison
from facedancer.evaluation.reports.published import TABLES, published_rows
from facedancer.evaluation.reports.summary import score_pairs, summarise, summarise_by_yaw
from facedancer.evaluation.reports.table import markdown_table
from facedancer.utils.errors import UserError

RESULT = {
    "name": "ours",
    "metrics": {"id_top1": {"value": 98.765}, "fid": {"value": 12.0}, "pose": {"value": None}},
    "protocol": {
        "targets": {"name": "faces", "side": 64},
        "sources": {"name": "faces", "side": 64},
        "pairs": {"count": 7},
        "encoders": {"identity": {"name": "some encoder"}},
        "not_as_the_paper": ["identity by some encoder; the paper: CosFace"],
    },
}


def test_table_in_the_paper_s_order():
    other = {"name": "theirs", "metrics": {"id_top1": {"value": 90.0}, "fid": {"value": 11.0}}}
    lines = markdown_table([RESULT, other]).splitlines()
    assert lines[0] == "| swapper | ID ↑ | Pose ↓ | FID ↓ |"
    assert lines[2] == "| ours | **98.77** |  | 12.00 |"
    assert lines[3] == "| theirs | 90.00 |  | **11.00** |"


def test_published_rows():
    # The paper's own bold numbers are the best of their columns.
    text = markdown_table(published_rows("2"))
    for bold in ("**98.57**", "**1.87**", "**5.73**", "**13.50**"):
        assert bold in text
    assert [len(TABLES[table]) for table in "123"] == [9, 7, 7]
    assert published_rows("3")[2]["metrics"]["pose"]["value"] == 14.97


def test_comparison_refuses_other_protocols():
    text = comparison.compare([RESULT, RESULT], "2")
    assert "C (paper)" in text and "do not compare: identity by some encoder" in text
    assert "10,000 frames of FaceForensics++" in text
    assert "here: 7 pairs of faces and faces at 64 px" in text
    other = copy.deepcopy(RESULT)
    other["protocol"]["pairs"]["count"] = 8
    with pytest.raises(UserError, match="different pairs"):
        comparison.compare([RESULT, other])


def test_comparison_says_when_the_code_was_another():
    assert "different code" not in comparison.compare([RESULT, RESULT])
    text = comparison.compare([{**RESULT, "code": "1"}, {**RESULT, "code": "2"}])
    assert "computed by different code" in text


def test_times_of_other_devices_do_not_stand_in_one_table():
    one, other = copy.deepcopy(RESULT), copy.deepcopy(RESULT)
    one["metrics"]["memory_gb"] = {"value": 1.0, "device": "a GPU"}
    other["metrics"]["memory_gb"] = {"value": 0.5, "device": "a CPU"}
    assert "Memory" in comparison.compare([one, one])
    text = comparison.compare([one, other])
    assert "Memory" not in text
    assert "on a CPU, a GPU; left out" in text


def test_reading_results(tmp_path):
    with pytest.raises(UserError, match="run evaluation/evaluate.py"):
        comparison.read_results(tmp_path)
    (tmp_path / "results.json").write_text('{"name": "a"}')
    with pytest.raises(UserError, match="is damaged"):
        comparison.read_results(tmp_path)
    (tmp_path / "results.json").write_text(json.dumps(RESULT))
    assert comparison.read_results(tmp_path) == RESULT


def test_scores_and_bins():
    gallery = Gallery(np.eye(6, dtype=np.float32), np.arange(6), np.array([0, 1, 2]))
    measured = {
        "swap/identity": np.eye(6, dtype=np.float32)[[0, 1, 5]],
        "target/identity": np.eye(6, dtype=np.float32)[[3, 4, 5]],
        "target/pose": np.array([[0.0, 0, 0], [-20, 0, 0], [29, 0, 0]]),
        "swap/pose": np.array([[0.0, 0, 1], [-20, 0, 3], [29, 0, 0]]),
        "psnr_outside": np.array([30.0, 40.0, 50.0]),
    }
    scores = score_pairs(measured, gallery)
    np.testing.assert_array_equal(scores["id_top1"], [100, 100, 0])
    np.testing.assert_array_equal(scores["id_cosine"], [1, 1, 0])
    np.testing.assert_array_equal(scores["id_cosine_target"], [0, 0, 1])
    assert np.isnan(scores["id_top1_other"]).all()
    metrics = summarise(scores, measured, [np.arange(3)])
    assert metrics["id_top1"]["value"] == pytest.approx(200 / 3)
    assert metrics["id_top1_other"]["count"] == 0
    assert metrics["pose"]["value"] == pytest.approx(4 / 3)
    assert metrics["pose_angle"]["value"] == pytest.approx(4 / 9)
    bins = summarise_by_yaw(scores, measured, [np.arange(3)])
    assert list(bins) == ["0-15", "15-30"]
    expected = {"value": 1.5, "low": 0.0, "high": 3.0, "count": 2, "pairs": 2, "failed": 0.0}
    assert bins["15-30"]["pose"] == expected
