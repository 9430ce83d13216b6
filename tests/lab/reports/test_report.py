"""A report from a lab's folder, and again from what was stored of it."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pytest

from facedancer.lab import report
from facedancer.lab.experiment.tasks import ROOT
from facedancer.lab.reports import figures
from facedancer.lab.reports.collection import collect, thinned
from facedancer.lab.reports.page import write_report
from facedancer.lab.reports.stored_results import EDITION, read_results
from facedancer.lab.reports.text import report_text
from facedancer.utils.errors import UserError

from .conftest import fake_lab


def test_thinned_curves_keep_means_and_last_steps():
    steps, values = np.arange(10, 110, 10), np.array([1.0, 3, 5, math.nan, 9, 11, 13, 15, 17, 19])
    curve = thinned(steps, values, points=5)
    assert curve == {"steps": [20, 40, 60, 80, 100], "values": [2.0, 5.0, 10.0, 14.0, 18.0]}
    assert thinned(steps[:2], np.array([math.nan, 2.0]), points=5)["values"] == [None, 2.0]


def test_a_lab_is_collected_and_reported(tmp_path):
    lab_dir, results_dir = tmp_path / "lab", tmp_path / "kept" / "results"
    fake_lab(lab_dir)
    collect(lab_dir, results_dir)
    results = read_results(results_dir)
    names = ["target", "a", "a_seed1", "c", "edge", "c_fixed", "c_twins"]
    assert [one.name for one in results] == names
    trained = results[3]
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
    assert (
        "Not trained or not evaluated yet: Baseline 1, Baseline 2, B, D, E, C longer, B (fixed)"
        in text
    )
    assert "| A | 100 | 0.50 | 0.0 | CPU | 1234567 |" in text
    assert "| Edge | 100 | 0.50 | 0.0 | CPU | 1234567 |" in text
    assert "*Edge* is the student of C" in text
    assert "![swap matrix](results/swap_matrix.png)" in text
    assert "C, the highest ID of those that the targets are for. First row" in text
    assert "Not drawn: Edge, C (fixed), C (twins)." in text
    assert "C 50.00, Edge" not in text and "Edge 50.00, C 50.00; difference 0.00 (" in text
    assert "## IFSR without a swapper" in text and "| C (fixed) | undecided |" not in text
    assert results[3].evaluation["metrics"]["fid_clean"]["value"] == 0.123
    assert "FID, noise-free ↓" in text and "| blurred by 0.4 px | 0.456 |" in text
    assert "500 of the people's pictures before blur" in text
    assert "![curves]" not in text
    # Collected again, what is no longer there is no longer told.
    (lab_dir / "evaluation/a/results.json").unlink()
    (lab_dir / "swap_matrix.npz").unlink()
    collect(lab_dir, results_dir)
    assert [one.name for one in read_results(results_dir)] == [n for n in names if n != "a"]
    assert not (results_dir / "swap_matrix.npz").exists()
    assert not (results_dir / "scores" / "a.npz").exists()


def test_the_command_writes_report_and_pictures(tmp_path):
    lab_dir, results_dir = tmp_path / "lab", tmp_path / "kept" / "results"
    fake_lab(lab_dir)
    settings = report.Settings(lab_dir=str(lab_dir), results_dir=str(results_dir))
    report.main(settings)
    text = (tmp_path / "kept/REPORT.md").read_text()
    for name in ("swap_matrix", "configurations", "figure_6", "curves", "answers"):
        assert f"(results/{name}.png)" in text
        assert (results_dir / f"{name}.png").stat().st_size > 1_000
    # From what is stored alone the same comes out.
    report.main(dataclasses.replace(settings, lab_dir=""))
    assert (tmp_path / "kept/REPORT.md").read_text() == text
    with pytest.raises(UserError, match="--lab_dir needs --results_dir"):
        report.main(dataclasses.replace(settings, results_dir=""))


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
    sheet = figures.swap_matrix({"target": target, "source": source, "c/swaps": swaps}, "c")
    centres = sheet[12::20, 12::20, 0]
    assert centres.tolist() == [[255, 30, 40, 50], [10, 60, 70, 80], [20, 90, 100, 110]]


def test_the_committed_report_is_that_of_the_committed_results(tmp_path):
    results_dir = ROOT / "lab" / "results"
    report_file = ROOT / "lab" / "REPORT.md"
    before = report_file.read_text()
    if json.loads((results_dir / "lab.json").read_text()).get("edition") != EDITION:
        # Of people that today's words are not about: it stays, and says how it is made again.
        with pytest.raises(UserError, match="results of an earlier lab"):
            write_report(results_dir)
        assert report_file.read_text() == before
        assert "of an earlier population" in before and "git checkout" in before
        return
    shutil.copytree(results_dir, tmp_path / "results")
    assert write_report(tmp_path / "results").read_text() == before, "run: make lab-report"
