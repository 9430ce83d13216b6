import json
import math

import numpy as np
import pytest

from facedancer.arcface_model.interface import BLOCK_NAMES
from facedancer.evaluation.margins.analysis import LEVELS
from facedancer.lab.reports import report_pictures
from facedancer.lab.reports.claims import CLAIMS, TARGETS, judge, reached, student_keeps_up
from facedancer.lab.reports.report_tables import main_table, turned, turned_table
from facedancer.lab.reports.report_text import report_text
from facedancer.lab.reports.stored_results import SwapperResult, collect, read_results, thinned
from facedancer.training.runs.run_log import RunLog
from facedancer.utils.cli import UserError

PROTOCOL = {
    "pairs": {"count": 300, "seed": 0},
    "sources": {"identities": 50},
    "gallery": "all pictures",
    "encoders": {"identity": {"name": "CosFace encoder"}},
}


def result(name, spread=0.1, protocol=PROTOCOL, **values):
    metrics = {
        metric: {"value": value, "low": value - spread, "high": value + spread, "count": 300}
        for metric, value in values.items()
    }
    flags = ("--batch_size=10", f"--run_dir=runs/{name}", f"--only_{name}=1")
    evaluation = {"metrics": metrics, "by_yaw": {}, "protocol": protocol}
    return SwapperResult(name, evaluation, flags, steps=7_200, seconds_per_step=0.5)


def by_name(*results):
    return {one.name: one for one in results}


@pytest.mark.parametrize(
    ("b", "a", "verdict"),
    [
        (2.0, 3.0, "held"),
        (3.0, 2.0, "**not held**"),
        (2.0, 2.1, "undecided"),
        (2.0, 2.2, "undecided"),
    ],
)
def test_a_claim_is_judged_by_its_intervals(b, a, verdict):
    claim = CLAIMS[0]
    assert (claim.better, claim.worse, claim.metric, claim.higher) == ("b", "a", "pose", False)
    found, numbers = judge(claim, by_name(result("a", pose=a), result("b", pose=b)))
    assert found == verdict
    assert f"B {b:.2f} ({b - 0.1:.2f} to {b + 0.1:.2f})" in numbers


def test_a_claim_for_more_is_judged_the_other_way():
    claim = next(claim for claim in CLAIMS if claim.higher)
    rows = by_name(result(claim.better, id_top1=90.0), result(claim.worse, id_top1=80.0))
    assert judge(claim, rows)[0] == "held"
    rows = by_name(result(claim.better, id_top1=80.0), result(claim.worse, id_top1=90.0))
    assert judge(claim, rows)[0] == "**not held**"


def test_what_was_not_run_is_said():
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0)))[0] == "not run"
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0), result("b", fid=1.0)))[0] == "not run"
    assert reached(TARGETS[0], by_name(result("b", id_top1=99.0)))[0] == "not run"


def test_the_better_of_c_and_d_counts_for_a_target():
    identity, angle, pose = TARGETS
    rows = by_name(result("c", id_top1=96.0, pose=2.5), result("d", id_top1=94.0, pose=2.1))
    assert reached(identity, rows) == ("met", "C 96.00, D 94.00")
    rows |= by_name(result("truth", id_top1=99.0))
    assert reached(identity, rows) == ("met", "C 96.00, D 94.00, output = truth 99.00")
    assert reached(pose, rows)[0] == "**missed**"
    assert reached(angle, rows | by_name(result("d", pose_angle=1.6)))[0] == "met"


@pytest.mark.parametrize(("identity", "verdict"), [(93.0, "met"), (91.9, "**missed**")])
def test_the_student_may_lose_three_points(identity, verdict):
    rows = by_name(result("c", id_top1=95.0), result("edge", id_top1=identity))
    assert student_keeps_up(rows)[0] == verdict
    assert student_keeps_up(by_name(result("c", id_top1=95.0)))[0] == "not run"


def test_the_table_marks_the_best_that_was_trained():
    rows = [
        result("target", id_top1=0.0, pose=0.0),
        result("a", id_top1=98.0, pose=3.0),
        result("c", id_top1=97.0, pose=2.0),
    ]
    lines = main_table(rows).splitlines()
    assert lines[0] == "| | ID ↑ | Pose ↓ |"
    assert lines[2].startswith("| output = target | 0.00<br>")
    assert lines[3].startswith("| A | **98.00**<br><sub>97.90 to 98.10</sub> | 3.00<br>")
    assert "**2.00**" in lines[4]


def test_turned_is_a_mean_over_pairs():
    bins = {
        "0-15": {"pose": {"value": 1.0, "count": 100}},
        "30-45": {"pose": {"value": 2.0, "count": 30}, "id_top1": {"value": None, "count": 0}},
        "45-60": {"pose": {"value": 4.0, "count": 10}},
    }
    assert turned(bins, 30) == {"pose": {"value": pytest.approx(2.5), "count": 40}}
    assert turned({}, 30) == {}
    row = result("c")
    row.evaluation["by_yaw"] = bins
    assert turned_table([row]).splitlines()[-1] == "| C | 2.50 |"


def test_thinned_curves_keep_means_and_last_steps():
    steps, values = np.arange(10, 110, 10), np.array([1.0, 3, 5, math.nan, 9, 11, 13, 15, 17, 19])
    curve = thinned(steps, values, points=5)
    assert curve == {"steps": [20, 40, 60, 80, 100], "values": [2.0, 5.0, 10.0, 14.0, 18.0]}
    assert thinned(steps[:2], np.array([math.nan, 2.0]), points=5)["values"] == [None, 2.0]


def fake_run(lab_dir, name):
    run = lab_dir / "runs" / name
    run.mkdir(parents=True)
    # A student's run knows no --accumulate.
    accumulate = "" if name == "edge" else "--accumulate=1\n"
    (run / "flags.cfg").write_text(f"--batch_size=10\n{accumulate}--resume\n")
    (run / "run.json").write_text(json.dumps({"parts": [{"git": "x"}]}))
    log = RunLog(run, 0)
    for step in (50, 100):
        log.write(step, {"images_per_second": 20.0, "validation/identity_source": step / 100})
    log.close()


def fake_lab(lab_dir):
    """What a finished lab leaves, as small as can be."""
    rng = np.random.default_rng(0)
    for name in ("target", "a", "c", "edge"):
        folder = lab_dir / "evaluation" / name
        folder.mkdir(parents=True)
        (folder / "results.json").write_text(json.dumps(result(name, id_top1=50.0).evaluation))
    for name in ("a", "c", "edge"):
        fake_run(lab_dir, name)
    (lab_dir / "tasks").mkdir()
    entry = {"stage": "train", "command": "python training/train.py", "seconds": 61.0}
    (lab_dir / "tasks" / "c.json").write_text(json.dumps(entry))
    log = RunLog(lab_dir / "encoders" / "cosface", 0)
    log.write(5, {"validation/auc": 0.9987, "validation/score": 0.5})
    log.close()
    faces = rng.integers(0, 256, (9, 16, 16, 3), np.uint8)
    swaps = {f"{name}/swaps": np.stack([faces[:2]] * 3) for name in ("a", "c")}
    np.savez(lab_dir / "swap_matrix.npz", target=faces[:3], source=faces[3:5], **swaps)
    (lab_dir / "ifsr").mkdir()
    distances = {
        kind: rng.random((20, len(LEVELS)), np.float32) for kind in ("c2t", "c2s", "negative")
    }
    np.savez(lab_dir / "ifsr" / "distances.npz", **distances)
    row = {f"{kind}_{part}": 0.3 for kind in distances for part in ("mean", "std")}
    analysis = {
        "pairs": 20,
        "blocks": dict.fromkeys(LEVELS, {**row, "eer": 0.2, "eer_negative": 0.1}),
        "margins": {BLOCK_NAMES[4]: 0.1},
    }
    (lab_dir / "ifsr" / "ifsr.json").write_text(json.dumps(analysis))


def test_a_lab_is_collected_and_reported(tmp_path):
    lab_dir, results_dir = tmp_path / "lab", tmp_path / "kept" / "results"
    fake_lab(lab_dir)
    collect(lab_dir, results_dir)
    results = read_results(results_dir)
    assert [one.name for one in results] == ["target", "a", "c", "edge"]
    trained = results[2]
    assert (trained.steps, trained.seconds_per_step) == (100, 0.5)
    assert trained.curves["validation/identity_source"]["values"] == [0.5, 1.0]
    with np.load(results_dir / "ifsr_distances.npz") as arrays:
        assert arrays["c2t"].dtype == np.float16
    lab = json.loads((results_dir / "lab.json").read_text())
    assert lab["judges"] == {"cosface": {"auc": 0.9987, "score": 0.5}}
    text = report_text(results, lab, {"swap_matrix": "results/swap_matrix.png"})
    assert "300 random swaps (seed 0) between 50 people" in text
    assert "Not trained or not evaluated yet: Baseline 1, Baseline 2, B, D, E." in text
    assert "| A | 100 | 0.50 | 0.0 |" in text
    assert "| Edge | 100 | 0.50 | 0.0 |" in text
    assert "*Edge* is the student of C" in text
    assert "![swap matrix](results/swap_matrix.png)" in text
    assert "![curves]" not in text


def test_rows_of_other_protocols_are_told(tmp_path):
    other = {**PROTOCOL, "pairs": {"count": 10, "seed": 0}}
    rows = [result("a", protocol=other, pose=1.0), result("c", pose=1.0)]
    lab = {"tasks": {}, "judges": {}}
    assert "not all measured alike" in report_text(rows, lab, {})
    assert "not all measured alike" not in report_text(rows[1:], lab, {})


def test_no_results_are_refused(tmp_path):
    with pytest.raises(UserError, match="holds no results"):
        collect(tmp_path, tmp_path / "results")
    with pytest.raises(UserError, match="holds no results"):
        read_results(tmp_path)
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(UserError, match="damaged"):
        read_results(tmp_path)


def test_the_swap_matrix_shows_each_swap_where_row_and_column_meet():
    tiles = [np.full((8, 8, 3), value, np.uint8) for value in range(10, 130, 10)]
    target, source = np.stack(tiles[:2]), np.stack(tiles[2:5])
    swaps = np.stack(tiles[5:11]).reshape(2, 3, 8, 8, 3)
    sheet = report_pictures.swap_matrix({"target": target, "source": source, "c/swaps": swaps}, "c")
    centres = sheet[12::20, 12::20, 0]
    assert centres.tolist() == [[255, 30, 40, 50], [10, 60, 70, 80], [20, 90, 100, 110]]
