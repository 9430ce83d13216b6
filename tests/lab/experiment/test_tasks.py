import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facedancer.lab.experiment.task_runner import run_tasks
from facedancer.lab.experiment.tasks import _FIRST_BASE, ROOT, Ledger, Task, stage_names
from facedancer.utils.errors import UserError

WRITE = """
import pathlib, sys
product, *needed = map(pathlib.Path, sys.argv[1:])
text = "".join(path.read_text() for path in needed) + product.name
with product.open("a") as file:
    file.write(text)
"""


@pytest.fixture
def write(tmp_path):
    """Makes tasks that append their own names, after those of what they need, to their product."""
    script = tmp_path / "write.py"
    script.write_text(WRITE)

    def make(name, *needs, stage="stage", flags=()):
        product = tmp_path / name
        places = [str(task.product) for task in needs]
        return Task(stage, name, (str(script), str(product), *places, *flags), product, needs)

    return make


@pytest.mark.parametrize("jobs", [1, 3])
def test_tasks_run_in_order_once(write, tmp_path, capsys, jobs):
    first = write("a")
    tasks = [first, write("b", first), dataclasses.replace(write("c", first), is_alone=True)]
    ledger = Ledger(tmp_path / "tasks")
    assert run_tasks(tasks, ledger, jobs) is None
    assert (tmp_path / "b").read_text() == "ab"
    assert (tmp_path / "c").read_text() == "ac"
    assert ledger.read(tasks[1]).is_finished
    assert tasks[1].line in capsys.readouterr().out
    run_tasks(tasks, ledger, jobs)
    assert (tmp_path / "b").read_text() == "ab"
    assert capsys.readouterr().out.count("done before") == 3


def test_other_flags_or_needs_are_not_done(write, tmp_path):
    ledger = Ledger(tmp_path / "tasks")
    first = write("a")
    second = write("b", first)
    run_tasks([first, second], ledger)
    changed = dataclasses.replace(first, command=(*first.command, str(tmp_path / "b")))
    assert not ledger.is_done(changed)
    assert not ledger.is_done(dataclasses.replace(second, needs=(changed,)))
    assert ledger.is_done(second)
    (tmp_path / "b").unlink()
    assert not ledger.is_done(second)


def test_what_other_code_measured_is_measured_again(write, tmp_path, capsys, monkeypatch):
    ledger = Ledger(tmp_path / "tasks")
    task = dataclasses.replace(write("a"), place=tmp_path / "a", measures=True)
    monkeypatch.setattr(Task, "code", property(lambda task: code))
    code = "1"
    run_tasks([task], ledger)
    run_tasks([task], ledger)
    assert (tmp_path / "a").read_text() == "a"
    code = "2"
    assert not ledger.is_done(task)
    run_tasks([task], ledger)
    assert "done by other code, so done again: a" in capsys.readouterr().out
    # In its place: the command itself knows what is still good.
    assert (tmp_path / "a").read_text() == "aa" and ledger.is_done(task)


def test_what_other_flags_made_is_refused_or_set_aside(write, tmp_path, capsys):
    ledger = Ledger(tmp_path / "lab" / "tasks")
    task = write("a")
    task = dataclasses.replace(task, place=task.product)
    run_tasks([task], ledger)
    script, product = task.command
    (tmp_path / "b").write_text("b")
    changed = dataclasses.replace(task, command=(script, product, str(tmp_path / "b")))
    with pytest.raises(UserError, match="a was made with other flags, as were 0 more: --remake"):
        run_tasks([changed], ledger)
    assert (tmp_path / "a").read_text() == "a"
    run_tasks([changed], ledger, remake=True)
    assert (tmp_path / "a").read_text() == "ba"
    assert (tmp_path / "lab/former/a.1").read_text() == "a"
    run_tasks([task], ledger, remake=True)
    assert (tmp_path / "lab/former/a.2").read_text() == "ba"
    # What nobody has a record of is gone on from: a run that was killed before it had one.
    (tmp_path / "lab/tasks/a.json").unlink()
    run_tasks([changed], ledger)
    assert (tmp_path / "a").read_text() == "aba"


def test_a_product_that_is_there_early_is_no_end(write, tmp_path):
    task = dataclasses.replace(write("a"), end=tmp_path / "end")
    with pytest.raises(UserError, match="left no .*end"):
        run_tasks([task], Ledger(tmp_path / "tasks"))
    assert task.product.exists()


def test_a_file_that_is_read_counts_by_its_content(write, tmp_path):
    file = tmp_path / "network"
    file.write_text("1")
    task = dataclasses.replace(write("a"), files=(file,))
    before = task.fingerprint
    file.write_text("2")
    assert task.fingerprint != before


def test_a_flagfile_counts_by_its_flags(write, tmp_path):
    flagfile = tmp_path / "flags.cfg"
    flagfile.write_text("# one\n--steps=1\n")
    task = write("a", flags=(f"--flagfile={flagfile}",))
    before = task.fingerprint
    flagfile.write_text("# another comment\n--steps=1\n")
    assert task.fingerprint == before
    flagfile.write_text("--steps=2\n")
    assert task.fingerprint != before
    maker = dataclasses.replace(write("maker"), product=tmp_path / "not_yet.cfg")
    made = write("b", maker, flags=(f"--flagfile={maker.product}",))
    assert made.fingerprint  # though the file does not exist


def test_a_flag_s_new_name_makes_nothing_else():
    def evaluation(*flags):
        return Task("evaluate", "a", ("evaluation/evaluate.py", *flags), Path("a"))

    before = evaluation("--arcface_path=x", "--pairs=1", "--out_dir=y").fingerprint
    assert evaluation("--encoder=x", "--pairs=1", "--output=y").fingerprint == before
    assert evaluation("--encoder=z", "--pairs=1", "--output=y").fingerprint != before


def test_what_base_cfg_need_not_say_makes_nothing_else():
    said = json.dumps(["training/train.py", *_FIRST_BASE, "--train_data=x"])
    task = Task("train", "a", ("training/train.py", "--data=x"), Path("a"))
    assert task.fingerprint == hashlib.sha256(said.encode()).hexdigest()


def test_failures_are_told(write, tmp_path, capsys):
    ledger = Ledger(tmp_path / "tasks")
    failing = dataclasses.replace(write("a"), command=("-c", "raise SystemExit('out of paper')"))
    with pytest.raises(UserError, match="ended with status 1"):
        run_tasks([failing], ledger)
    assert "out of paper" in capsys.readouterr().err
    assert not ledger.read(failing).is_finished
    with pytest.raises(UserError, match="left no"):
        run_tasks([dataclasses.replace(write("a"), command=("-c", "pass"))], ledger)
    with pytest.raises(UserError, match="add the stage s1 to --stages"):
        run_tasks([write("b", write("c", stage="s1"))], ledger)


def test_a_damaged_record_counts_as_none(write, tmp_path):
    ledger = Ledger(tmp_path / "tasks")
    task = write("a")
    run_tasks([task], ledger)
    (tmp_path / "tasks" / "a.json").write_text("{")
    assert not ledger.is_done(task)


STOPPED = """
import pathlib, signal, sys
from facedancer.lab.experiment.task_runner import run_tasks
from facedancer.lab.experiment.tasks import Ledger, Task
folder = pathlib.Path(sys.argv[1])
work = (
    "import pathlib, signal, sys, time\\n"
    "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(sys.argv[2]).touch(), sys.exit(0)))\\n"
    "pathlib.Path(sys.argv[1]).touch()\\n"
    "time.sleep(60)\\n"
)
task = Task("s", "t", ("-c", work, str(folder / "began"), str(folder / "saved")), folder / "saved")
stopped = run_tasks([task], Ledger(folder))
sys.exit(77 if stopped == signal.SIGTERM and not Ledger(folder).is_done(task) else 1)
"""


def test_sigterm_reaches_the_command_which_is_then_not_done(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", STOPPED, str(tmp_path)], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not (tmp_path / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=30) == 77
    assert (tmp_path / "saved").exists()


def test_stage_names(write):
    assert stage_names([write("a", stage="y"), write("b", stage="x"), write("c", stage="y")]) == (
        "y",
        "x",
    )
