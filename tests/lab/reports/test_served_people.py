"""A report says for what its people served, and which generator ships was chosen by what."""

import json

import pytest

from facedancer.lab.reports.choice import chosen, read_choice
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


def test_people_that_served_for_all_are_no_secret():
    text = report_text([result("c", id_top1=90.0)], lab("held_out", "held_out"), {})
    assert "**These people served for more than this report**" in text


def test_people_that_served_for_nothing_else():
    choice = {"c": {"value": 90.0}, "d": {"value": 92.0}}
    text = report_text([result("c")], lab("validation", "test", choice=choice), {})
    assert "served for more" not in text
    assert "None of these people served for anything before" in text
    assert "C 90.00, D 92.00; D is the one." in text


def test_the_candidate_with_the_highest_id_ships(tmp_path):
    with pytest.raises(UserError, match="no generator was evaluated on the model-selection people"):
        chosen(read_choice(tmp_path))
    for name, value, failed in (("c", 90.0, 0.0), ("d", 93.0, 0.0), ("c_long", 99.0, 50.0)):
        folder = tmp_path / "choice" / name
        folder.mkdir(parents=True)
        entry = {"value": value, "failed": failed, "judged": value * (1 - failed / 100)}
        (folder / "results.json").write_text(json.dumps({"metrics": {"id_top1": entry}}))
    assert chosen(read_choice(tmp_path)) == "d"
