import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.arcface_model.interface import BLOCK_NAMES
from facedancer.evaluation.margins.analysis import LEVELS
from facedancer.lab import report
from facedancer.lab.reports import report_pictures
from facedancer.lab.reports.claims import (
    CLAIMS,
    TARGETS,
    judge,
    published,
    reached,
    student_keeps_up,
)
from facedancer.lab.reports.report_tables import (
    claims_table,
    flags_table,
    main_table,
    targets_table,
    turned,
    turned_table,
)
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


def paired(name, scores, protocol=PROTOCOL, **further):
    """A result with scores of 300 pairs of 50 people, as their own mean has it."""
    rng = np.random.default_rng(5)
    people = {key: rng.integers(0, 50, 300) for key in ("target_person", "source_person")}
    values = {metric: float(np.mean(one)) for metric, one in scores.items()}
    row = result(name, spread=1.0, protocol=protocol, **values, **further)
    return replace(row, scores={**scores, **people})


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


def test_differences_pair_by_pair_are_surer_than_two_intervals():
    claim = CLAIMS[0]
    hard = np.random.default_rng(0).gamma(2.0, 2.0, 300)
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1}))
    verdict, numbers = judge(claim, rows)
    assert verdict == "held"
    assert numbers.endswith("; difference -0.10 (-0.10 to -0.10)")
    noise = np.random.default_rng(1).normal(0, 1, 300)
    noise -= noise.mean() + 0.01
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard + noise}))
    assert judge(claim, rows)[0] == "undecided"
    # Other pairs have no differences, and neither has FID.
    other = {**PROTOCOL, "pairs": {"count": 300, "seed": 1}}
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1}, other))
    assert judge(claim, rows)[0] == "undecided"
    fid = next(claim for claim in CLAIMS if claim.metric == "fid")
    rows = by_name(paired("a", {"pose": hard}, fid=3.0), paired("b", {"pose": hard}, fid=2.5))
    assert judge(fid, rows) == ("undecided", "B 2.50 (1.50 to 3.50), A 3.00 (2.00 to 4.00)")


def test_what_was_not_run_is_said():
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0)))[0] == "not run"
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0), result("b", fid=1.0)))[0] == "not run"
    assert reached(TARGETS[0], by_name(result("b", id_top1=99.0)))[0] == "not run"


def test_c_and_d_are_held_to_a_target_each():
    identity, angle, pose = TARGETS
    rows = by_name(result("c", id_top1=96.0, pose=2.5), result("d", id_top1=94.0, pose=2.0))
    assert reached(identity, rows) == ("C met, D **missed**", "C 96.00, D 94.00")
    rows |= by_name(result("truth", id_top1=99.0))
    assert reached(identity, rows)[1] == "C 96.00, D 94.00, output = truth 99.00"
    assert reached(pose, rows)[0] == "C **missed**, D met"
    out_of_reach = rows | by_name(result("truth", pose=2.1))
    assert reached(pose, out_of_reach)[0] == "C **missed**, D met, output = truth **missed**"
    assert reached(angle, rows | by_name(result("d", pose_angle=1.6)))[0] == "D met"


def test_the_paper_s_own_numbers_stand_beside_each_claim():
    concatenation = next(c for c in CLAIMS if c.better == "b" and c.worse == "baseline_1")
    assert published(concatenation) == "not held: 96.96, 97.66"
    table = claims_table({})
    assert table.count("| not run |") == len(CLAIMS)
    assert "| held: 2.48, 3.61 |" in table


def test_networks_are_held_to_their_targets():
    networks = {"cosface": {"auc": 0.9987, "tar_at_far_0.001": 0.941}, "pose": {"pose_error": 1.9}}
    lines = targets_table({}, networks).splitlines()
    assert "| cosface: area under the ROC curve, at least 0.998 | met | 0.9987 |" in lines
    assert any(
        line.startswith("| cosface: true acc") and "| **missed** |" in line for line in lines
    )
    assert any(line.startswith("| pose: ") and line.endswith("| met | 1.9 |") for line in lines)
    assert any(line.startswith("| arcface: ") and "| not run |" in line for line in lines)


def test_runs_of_other_flags_are_told():
    lab = {"tasks": {}, "judges": {}}
    one, other = result("a"), result("c")
    rows = [replace(one, flags=("--up_types=add", "--run_dir=a", "--seed=0")), other]
    rows[1] = replace(other, flags=("--up_types=affa", "--run_dir=c", "--seed=0"))
    assert "not all trained alike" not in report_text(rows, lab, {})
    rows[1] = replace(other, flags=("--up_types=affa", "--run_dir=c", "--seed=1"))
    assert "not all trained alike" in report_text(rows, lab, {})


def test_of_a_file_its_bytes_count():
    lab = {"tasks": {}, "judges": {}}
    files = [("one.keras", "f00"), ("copy.keras", "f00"), ("other.keras", "ba5")]
    same, copy, other = (
        replace(
            result(name),
            flags=(f"--arcface_path={path}", f"--run_dir={name}"),
            origin={"sha256": {"arcface_path": sha256}},
        )
        for name, (path, sha256) in zip("acd", files, strict=True)
    )
    assert "not all trained alike" not in report_text([same, copy], lab, {})
    assert "arcface_path" not in report_text([same, copy], lab, {})
    text = report_text([same, other], lab, {})
    assert "not all trained alike" in text
    assert "| D | `--arcface_path=other.keras` |" in text


def test_long_flags_are_cut():
    margins = ",".join(f"conv4_block{block}_out=0.3" for block in range(1, 7))
    rows = [replace(result("a"), flags=("--seed=0",))]
    rows.append(replace(result("c"), flags=("--seed=0", f"--ifsr_margins={margins}")))
    line = flags_table(rows).splitlines()[-1]
    assert line.startswith("| C | `--ifsr_margins=conv4_block1_out=0.3")
    assert line.endswith("...` |") and len(line) < 80


@pytest.mark.parametrize(("identity", "verdict"), [(93.0, "met"), (91.9, "**missed**")])
def test_the_student_may_lose_three_points(identity, verdict):
    rows = by_name(result("c", id_top1=95.0), result("edge", id_top1=identity))
    assert student_keeps_up(rows)[0] == verdict
    assert student_keeps_up(by_name(result("c", id_top1=95.0)))[0] == "not run"


@pytest.mark.parametrize(("lost", "verdict"), [(1, "met"), (8, "undecided"), (30, "**missed**")])
def test_the_student_s_loss_has_an_interval(lost, verdict):
    hits = np.where(np.arange(300) % 20, 100.0, 0.0)
    fewer = hits.copy()
    fewer[np.flatnonzero(hits)[:lost]] = 0.0
    rows = by_name(paired("c", {"id_top1": hits}), paired("edge", {"id_top1": fewer}))
    assert student_keeps_up(rows)[0] == verdict


def test_what_time_was_measured_on_is_told():
    lab = {"tasks": {}, "judges": {}}
    one, other = result("a", ms_per_image=5.0), result("c", ms_per_image=4.0)
    assert "Time and memory" not in report_text([one], lab, {})
    for row, device in ((one, "a CPU"), (other, "a GPU")):
        row.evaluation["metrics"]["ms_per_image"] |= {"device": device, "batch": 32}
    assert "are of batch 32 on a CPU, the identity" in report_text([one], lab, {})
    text = report_text([one, other], lab, {})
    assert "on a CPU and batch 32 on a GPU" in text
    assert "**which do not compare**" in text


def test_the_table_marks_the_best_that_was_trained():
    rows = [
        result("target", id_top1=0.0, pose=0.0),
        result("a", id_top1=98.0, pose=3.0),
        result("c", id_top1=97.0, pose=2.0),
        result("c_long", id_top1=99.0, pose=1.0),
    ]
    lines = main_table(rows).splitlines()
    assert lines[0] == "| | ID ↑ | Pose ↓ |"
    assert lines[2].startswith("| output = target | 0.00<br>")
    assert lines[3].startswith("| A | **98.00**<br><sub>97.90 to 98.10</sub> | 3.00<br>")
    assert "**2.00**" in lines[4]
    # Trained longer than they, it is not compared with them.
    assert lines[5].startswith("| C longer | 99.00<br>")


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
    assert turned_table([row]).splitlines()[-1] == "| C | 2.50 | 40 |"


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
    part = {"git": {"revision": "1234567890", "modified": False}, "devices": {"local": ["CPU"]}}
    (run / "run.json").write_text(json.dumps({"parts": [part]}))
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
        people = {"target_person": np.arange(300), "source_person": np.arange(300)}
        np.savez(folder / "scores.npz", id_top1=np.full(300, 50.0), other=np.ones(300), **people)
    for name in ("a", "c", "edge"):
        fake_run(lab_dir, name)
    (lab_dir / "tasks").mkdir()
    entry = {"stage": "train", "command": "python training/train.py", "seconds": 61.0}
    for name, is_finished in (("c", True), ("d", False)):
        entry["is_finished"] = is_finished
        (lab_dir / "tasks" / f"{name}.json").write_text(json.dumps(entry))
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
    assert set(trained.scores) == {"id_top1", "target_person", "source_person"}
    assert trained.scores["id_top1"].dtype == np.float16
    with np.load(results_dir / "ifsr_distances.npz") as arrays:
        assert arrays["c2t"].dtype == np.float16
    lab = json.loads((results_dir / "lab.json").read_text())
    assert lab["judges"] == {"cosface": {"auc": 0.9987, "score": 0.5}}
    assert list(lab["tasks"]) == ["c"]
    pictures = {"swap_matrix": "results/swap_matrix.png"}
    text = report_text(results, lab, pictures, "c", ["a", "c"])
    assert "300 random swaps (seed 0) between 50 people" in text
    assert "Not trained or not evaluated yet: Baseline 1, Baseline 2, B, D, E, C longer." in text
    assert "| A | 100 | 0.50 | 0.0 | CPU | 1234567 |" in text
    assert "| Edge | 100 | 0.50 | 0.0 | CPU | 1234567 |" in text
    assert "*Edge* is the student of C" in text
    assert "![swap matrix](results/swap_matrix.png)" in text
    assert "C, the highest ID of those drawn." in text
    assert "Not drawn: Edge." in text
    assert "C 50.00 (49.90 to 50.10); difference 0.00 (0.00 to 0.00)" in text
    assert "![curves]" not in text
    # Collected again, what is no longer there is no longer told.
    (lab_dir / "evaluation/a/results.json").unlink()
    (lab_dir / "swap_matrix.npz").unlink()
    collect(lab_dir, results_dir)
    assert [one.name for one in read_results(results_dir)] == ["target", "c", "edge"]
    assert not (results_dir / "swap_matrix.npz").exists()
    assert not (results_dir / "scores" / "a.npz").exists()


def test_the_command_writes_report_and_pictures(tmp_path, monkeypatch, capsys):
    lab_dir, results_dir = tmp_path / "lab", tmp_path / "kept" / "results"
    fake_lab(lab_dir)
    values = {"lab_dir": str(lab_dir), "results_dir": str(results_dir)}
    monkeypatch.setattr(report, "FLAGS", SimpleNamespace(**values))
    report.main()
    text = (tmp_path / "kept/REPORT.md").read_text()
    for name in ("swap_matrix", "configurations", "figure_6", "curves"):
        assert f"(results/{name}.png)" in text
        assert (results_dir / f"{name}.png").stat().st_size > 1_000
    # From what is stored alone the same comes out.
    monkeypatch.setattr(report, "FLAGS", SimpleNamespace(**{**values, "lab_dir": None}))
    report.main()
    assert (tmp_path / "kept/REPORT.md").read_text() == text
    monkeypatch.setattr(report, "FLAGS", SimpleNamespace(**{**values, "results_dir": None}))
    with pytest.raises(UserError, match="--lab_dir needs --results_dir"):
        report.main()


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
