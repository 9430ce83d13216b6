"""A report says for what its people served, and which generator ships was chosen by what."""

import json

import pytest

from facedancer.lab.reports.choice import chosen, read_choice
from facedancer.lab.reports.served_people import FRESH_HEADING
from facedancer.lab.reports.stored_results import read_fresh
from facedancer.lab.reports.text import report_text
from facedancer.utils.errors import UserError

from .conftest import result


def lab(validation, test, **further):
    commands = {
        "c": ("train", f"python training/train.py --validation_data=lab_out/shards/{validation}"),
        "evaluate_c": (
            "evaluate",
            f"python evaluation/evaluate.py --targets=lab_out/shards/{test}",
        ),
    }
    tasks = {
        name: {"stage": stage, "command": command, "seconds": 1.0}
        for name, (stage, command) in commands.items()
    }
    return {"tasks": tasks, "judges": {}, **further}


def fresh(name, kind="trivial: output = target", pairs=3000, **values):
    metrics = {m: {"value": v, "low": v - 1, "high": v + 1} for m, v in values.items()}
    protocol = {
        "pairs": {"count": pairs, "seed": 0},
        "encoders": {},
        "targets": {"identities": 250},
        "swapper": {"kind": kind},
    }
    return {"name": name, "metrics": metrics, "protocol": protocol}


def test_people_that_served_for_all_are_no_secret():
    text = report_text([result("c", id_top1=90.0)], lab("held_out", "held_out"), {})
    assert "**These people served for more than this report**" in text
    assert "chosen by its ID in this table" in text and "[Below](" not in text


def test_people_that_served_for_nothing_else():
    choice = {"c": {"value": 90.0}, "d": {"value": 92.0}}
    text = report_text([result("c")], lab("validation", "test", choice=choice), {})
    assert "served for more" not in text
    assert "None of these people served for anything before" in text
    assert "C 90.00, D 92.00; D is the one." in text


def test_fresh_people_have_a_section(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    rows = [
        fresh("the shipped generator", "generator", id_top1=95.0, pose=4.0),
        fresh("output = target", id_top1=0.0, pose=0.0),
    ]
    for number, row in enumerate(rows):
        (folder / f"{number}.json").write_text(json.dumps(row))
    (folder / "commands.sh").write_text("python evaluation/evaluate.py --swapper=x\n")
    read = read_fresh(tmp_path)
    assert [row["name"] for row in read[0]] == ["output = target", "the shipped generator"]
    text = report_text([result("c")], lab("held_out", "held_out"), {}, fresh=read)
    assert FRESH_HEADING in text and f"](#{FRESH_HEADING[3:].lower().replace(' ', '-')})" in text
    assert "3,000 random swaps (seed 0) between 250 people" in text
    assert "ID 94.00 to 96.00; Pose 3.00 to 5.00." in text
    assert "```bash\npython evaluation/evaluate.py --swapper=x\n```" in text
    other = fresh("output = grey", pairs=10, id_top1=0.0)
    with pytest.raises(UserError, match="output = grey was measured otherwise"):
        report_text([result("c")], lab("a", "b"), {}, fresh=([*rows, other], ""))


def test_the_candidate_with_the_highest_id_ships(tmp_path):
    with pytest.raises(UserError, match="no generator was evaluated on the people to choose by"):
        chosen(read_choice(tmp_path))
    for name, value, failed in (("c", 90.0, 0.0), ("d", 93.0, 0.0), ("c_long", 99.0, 50.0)):
        folder = tmp_path / "choice" / name
        folder.mkdir(parents=True)
        entry = {"value": value, "failed": failed, "judged": value * (1 - failed / 100)}
        (folder / "results.json").write_text(json.dumps({"metrics": {"id_top1": entry}}))
    assert chosen(read_choice(tmp_path)) == "d"


def test_a_report_of_former_people_says_so():
    rows, former = [result("c", id_top1=90.0)], lab("validation", "test")
    assert "**These people are of an earlier population" in report_text(rows, former, {})
    today = lab("validation", "test")
    command = "python dataset/dataset_sharding.py --output=lab_out/shards/train_judge"
    today["tasks"]["shard_train_judge"] = {"stage": "shard", "command": command, "seconds": 1.0}
    assert "earlier population" not in report_text(rows, today, {})
    assert "earlier population" not in report_text(rows, {"tasks": {}, "judges": {}}, {})
