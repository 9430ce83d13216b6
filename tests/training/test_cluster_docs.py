"""The commands of docs/cluster.md, run as they stand there, build what training takes."""

import json
import os
import re
import shlex
import subprocess
import textwrap
from pathlib import Path

import pytest

from facedancer.training.devices.tf_config import parse_tf_config
from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.start import check_batch
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.flags.files import expand_flagfiles

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "cluster.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)
SHELL = [text for kind, text in BLOCKS if kind == "bash"]
[SLURM] = [text for text in SHELL if "#SBATCH" in text]
[EIGHT_GPUS] = [text for text in SHELL if "the eight GPUs" in text]
TRAININGS = [text for text in SHELL if "training/train.py" in text]
BY_HAND = [text for text in TRAININGS if text not in (SLURM, EIGHT_GPUS)]
[KUBERNETES] = [text for kind, text in BLOCKS if kind == "yaml"]
POD = textwrap.dedent(KUBERNETES.partition("- |\n")[2].partition("          resources:")[0])

# Stands for the trainer: writes down how it was started, and ends as it is told to.
PYTHON = """#!/bin/bash
printf '%s\\0' "$TF_CONFIG" "$@" > "started_${TF_CONFIG: -3:1}"
mkdir -p "$SAVES"
exit $STATUS
"""
# Stands for Slurm's: runs the command once for each node, one after the other.
SRUN = """#!/bin/bash
while [[ $1 == --* ]]; do shift; done
for SLURM_NODEID in 0 1; do export SLURM_NODEID; "$@" || exit; done
"""
SCONTROL = """#!/bin/bash
if [[ $* == 'show hostnames node[07-08]' ]]; then printf 'node07\\nnode08\\n'; else echo "$@"; fi
"""


@pytest.fixture
def shell(tmp_path):
    """Runs a text by bash where the commands above are found."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name, text in {"python": PYTHON, "srun": SRUN, "scontrol": SCONTROL}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    def run(text: str, saves: Path = tmp_path / "nothing", status: int = 0, **variables: str):
        path = f"{folder}:{os.environ['PATH']}"
        wanted = {"PATH": path, "SAVES": str(saves), "STATUS": str(status), **variables}
        return subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, env=wanted, capture_output=True, text=True
        )

    return run


def started(folder: Path, index: int) -> tuple:
    """The task that a trainer was started as, and its flags' values, by our own readers of both."""
    tf_config, script, *arguments, _ = (folder / f"started_{index}").read_text().split("\0")
    assert (ROOT / script).is_file()
    values = parse_flags(TrainConfig, expand_flagfiles(arguments, ROOT))[0]
    assert values.strategy == "multi_worker"
    task = parse_tf_config(tf_config)
    assert task.index == index
    return task, values


def test_by_hand(shell, tmp_path):
    one_host, *several_hosts = BY_HAND
    assert shell(one_host).returncode == 0
    tasks = []
    for index, text in enumerate(several_hosts):
        assert shell(text).returncode == 0
        tasks.append(started(tmp_path, index)[0])
    assert [task.address for task in tasks] == ["host-a:2222", "host-b:2222"]
    assert len({json.dumps(task.cluster) for task in tasks}) == 1


def test_a_batch_for_eight_gpus():
    """Each command is taken, and makes the paper's 3 million pairs."""
    commands = [
        shlex.split(line)
        for line in EIGHT_GPUS.replace("\\\n", "").splitlines()
        if not line.startswith("#")
    ]
    shares = []
    for words in commands:
        script = words.index("training/train.py")
        arguments, given = words[script + 1 :], "0,1,2,3,4,5,6,7"
        if words[0] != "python":
            given = words[0].removeprefix("CUDA_VISIBLE_DEVICES=")
        config, _ = parse_flags(TrainConfig, expand_flagfiles(arguments, ROOT))
        devices = len(given.split(","))
        check_batch(config, devices)
        assert config.total_steps * config.batch_size == 3_000_000
        assert config.learning_rate_decay_steps * 3 == config.total_steps
        shares.append((devices, config.batch_size // devices))
    assert shares == [(5, 2), (8, 1), (8, 2)]


@pytest.mark.parametrize(
    ("batch", "devices", "named"),
    [
        (10, 8, "(--batch_size=8 or --batch_size=16), or 5 of the devices (docs/cluster.md"),
        (3, 4, "(--batch_size=4), or 3 of the devices"),
        (7, 4, "(--batch_size=4 or --batch_size=8), or 1 of the devices"),
    ],
)
def test_the_refusal_names_what_fits(batch, devices, named):
    config = TrainConfig(data="a", run_dir="b", batch_size=batch)
    with pytest.raises(UserError) as caught:
        check_batch(config, devices)
    assert named in str(caught.value)
    heading = re.search(r'"(.*)"', str(caught.value))[1]
    assert f"# {heading}\n" in DOCS


@pytest.mark.parametrize(("is_finished", "status"), [(True, 0), (False, 0), (False, 2)])
def test_slurm(shell, tmp_path, is_finished, status):
    text = SLURM.replace("/shared/runs", str(tmp_path))
    run_dir = tmp_path / "config_c"
    variables = {"SLURM_JOB_ID": "123456", "SLURM_JOB_NODELIST": "node[07-08]"}
    step = "step_0300000" if is_finished else "step_0005000"
    done = shell(
        text, run_dir / "checkpoints" / step, status, SLURM_CPUS_PER_TASK="16", **variables
    )
    assert (done.returncode, done.stderr) == (status, "")
    # It queues itself again where it was stopped in good order, and then alone.
    assert done.stdout == ("" if is_finished or status else "requeue 123456\n")
    for index in range(1 if status else 2):
        task, values = started(tmp_path, index)
        assert task.cluster == {"worker": ["node07:23456", "node08:23456"]}
        assert (values.run_dir, values.total_steps) == (str(run_dir), 300_000)


@pytest.mark.parametrize("is_finished", [True, False])
@pytest.mark.parametrize("index", [0, 1])
def test_kubernetes(shell, tmp_path, is_finished, index):
    run_dir = tmp_path / "run"
    step = "step_0000300" if is_finished else "step_0000200"
    variables = {"WORKERS": "2", "STEPS": "300", "RUN": str(run_dir)}
    done = shell(POD, run_dir / "checkpoints" / step, JOB_COMPLETION_INDEX=str(index), **variables)
    assert (done.returncode, done.stderr) == (0 if is_finished else 1, "")
    task, values = started(tmp_path, index)
    names = ["facedancer-0.facedancer:2222", "facedancer-1.facedancer:2222"]
    assert task.cluster == {"worker": names}
    assert (values.run_dir, values.total_steps) == (str(run_dir), 300)


def test_kubernetes_hands_sigterm_on_and_waits(shell, tmp_path):
    on_signal = "trap 'sleep 1; echo saved; exit' TERM"
    slow = f"{on_signal}; touch {tmp_path}/runs; sleep 9 >&/dev/null & wait"
    script = f"python() {{ {slow}; }}\n{POD}"
    killer = f"while ! test -f {tmp_path}/runs; do sleep 0.1; done; sleep 0.3; kill -TERM $$"
    done = shell(f"( {killer} ) &\n{script}", WORKERS="2", STEPS="1", RUN="run")
    assert done.stdout == "saved\n"
    assert done.returncode == 1
