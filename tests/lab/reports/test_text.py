"""Tests what a report says of its rows: whether they compare, and what they were measured on."""

from dataclasses import replace

from facedancer.lab.reports.text import report_text

from .conftest import PROTOCOL, result


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


def test_rows_of_other_protocols_are_told(tmp_path):
    other = {**PROTOCOL, "pairs": {"count": 10, "seed": 0}}
    rows = [result("a", protocol=other, pose=1.0), result("c", pose=1.0)]
    lab = {"tasks": {}, "judges": {}}
    assert "not all measured alike" in report_text(rows, lab, {})
    assert "not all measured alike" not in report_text(rows[1:], lab, {})


def test_gates_are_told_where_they_were_asked():
    row = {"cosine": 0.25, "interval": [0.2, 0.3], "found": 0.5, "sibling": 0.25, "target": 0.125}
    gates = {
        "encoder": "an encoder",
        "rows": {"shape": row},
        "verification": {"auc": 0.9, "tar": 0.5, "sibling_auc": 0.75},
        "gates": [
            {"name": "cosine, shape alone", "value": 0.25, "bar": 0.2, "met": True},
            {"name": "verification, AUC", "value": 0.9, "bar": 0.995, "met": False},
        ],
    }
    lab = {"tasks": {}, "judges": {}}
    assert "## Gates" not in report_text([result("a")], lab, {})
    text = report_text([result("a")], {**lab, "gates": [gates]}, {})
    assert "| shape | 0.250 (0.200 to 0.300) | 50.0% | 25.0% | 12.5% |" in text
    assert "| cosine, shape alone | 0.250 | 0.2 | met |" in text
    assert "| verification, AUC | 0.900 | 0.995 | **not met** |" in text
