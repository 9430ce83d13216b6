"""Two real processes on this machine as a cluster: they train as one would, and end as one.

Each is ``training/train.py --strategy=multi_worker``, as docs/cluster.md starts it.
"""

import dataclasses
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
import tensorflow as tf

from facedancer.training.loop import train
from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.utils.flags.fields import to_flagfile

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds until processes that show nothing count as stuck

SCRIPT = Path(__file__).with_name("tiny_networks.py")
pytestmark = pytest.mark.usefixtures("tiny_networks")


class Worker:
    """One process of a cluster, the chief where ``index`` is 0."""

    def __init__(
        self, warm_python, flags: list[str], addresses: list[str], index: int, folder: Path
    ) -> None:
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        self._output, self._errors = folder / f"{index}.out", folder / f"{index}.err"
        for file in (self._output, self._errors):
            file.unlink(missing_ok=True)
        self.process = warm_python.start(
            SCRIPT,
            *flags,
            cwd=folder,
            env=os.environ | {"TF_CONFIG": json.dumps(task)},
            stdout=self._output,
            stderr=self._errors,
        )

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    @property
    def last_line(self) -> str:
        return self.errors.rstrip().rpartition("\n")[2]

    def wait(self) -> int:
        """Its exit status."""
        return self.process.wait(PATIENCE)


@pytest.fixture
def start_cluster(tmp_path, warm_python):
    """Starts two workers, each in a folder of its own; neither outlives the test."""
    started = []

    def start(config, *flags: str, second=None) -> list[Worker]:
        """``second``: the second worker's configuration, where it is another."""
        addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
        workers = []
        for index, own in enumerate((config, second or config)):
            folder = tmp_path / f"machine_{index}"
            folder.mkdir(exist_ok=True)
            flagfile = folder / "flags.cfg"
            flagfile.write_text(to_flagfile(dataclasses.replace(own, strategy="multi_worker")))
            given = [f"--flagfile={flagfile}", *flags]
            workers.append(Worker(warm_python, given, addresses, index, folder))
        started.extend(workers)
        return workers

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def files_of(config) -> list[str]:
    """Lists the run's folder; the name of a log of events holds a time and a process."""
    paths = Path(config.run_dir).rglob("*")
    names = [str(path.relative_to(config.run_dir)) for path in paths if path.is_file()]
    return sorted(re.sub(r"tfevents\..*", "tfevents", name) for name in names)


def tensors_of(config) -> dict[str, bytes]:
    """Every value of the last checkpoint: both networks, both optimizers, the step."""
    reader = tf.train.load_checkpoint(str(find_checkpoints(config.checkpoint_dir)[-1] / "state"))
    names = reader.get_variable_to_shape_map()
    return {name: reader.get_tensor(name).tobytes() for name in names if not name.startswith("_")}


def assert_same_end(config, other) -> None:
    """Bit for bit: sums over two replicas are the same sums, wherever the replicas are."""
    ours, theirs = tensors_of(config), tensors_of(other)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 20
    assert [name for name in ours if ours[name] != theirs[name]] == []


def losses_of(config) -> list[dict[str, float]]:
    """Losses and gradient norms, as logged."""
    lines = map(json.loads, (Path(config.run_dir) / "log.jsonl").read_text().splitlines())
    return [
        {name: line[name] for name in line if name.startswith(("loss/", "gradient_norm/"))}
        for line in lines
        if "loss/generator/identity" in line
    ]


@pytest.fixture
def config(quick_config):
    """Two pairs for each of two replicas."""
    return dataclasses.replace(quick_config, batch_size=4, total_steps=3)


def test_two_workers_train_as_one_process_of_two_replicas(
    config, tmp_path, strategies, start_cluster
):
    alone = dataclasses.replace(config, run_dir=str(tmp_path / "alone"))
    chief, worker = start_cluster(config)
    train(alone, strategies(2))
    assert (chief.wait(), worker.wait()) == (0, 0), chief.errors + worker.errors
    assert_same_end(config, alone)
    assert losses_of(config) == losses_of(alone)
    assert len(losses_of(config)) == config.total_steps

    # The second worker writes nothing, nowhere, and says nothing.
    assert files_of(config) == files_of(alone)
    assert {path.name for path in (tmp_path / "machine_1").iterdir()} == {
        "flags.cfg",
        "1.out",
        "1.err",
    }
    # What it trains with and where it went, by the chief alone.
    encoder, start, generator = chief.output.splitlines()
    assert encoder.startswith("identity encoder: untrained_small")
    assert start == "begins with new networks"
    assert generator == f"generator: {config.generator_path}"
    assert worker.output == ""
    for text in (chief.errors, worker.errors):
        assert "Traceback" not in text
        assert "crashed" not in text


def test_workers_that_were_started_unlike_say_so(config, start_cluster):
    other = dataclasses.replace(config, learning_rate=1e-3)
    for worker in start_cluster(config, second=other):
        assert worker.wait() == 2
        assert worker.last_line.startswith("error: the workers differ in flags: start all")
    assert not Path(config.run_dir).exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "hit", "status"),
    [
        (signal.SIGTERM, 0, 0),
        (signal.SIGTERM, 1, 0),
        (signal.SIGKILL, 0, 2),
        (signal.SIGKILL, 1, 2),
        # Frozen, as behind a cut cable: it is there and does not answer.
        (signal.SIGSTOP, 1, 2),
    ],
)
def test_a_signal_to_one_ends_both_and_resuming_goes_on(
    config, tmp_path, strategies, start_cluster, number, hit, status
):
    endless = dataclasses.replace(config, total_steps=10_000, checkpoint_every=1)
    workers = start_cluster(endless)
    wait_for_checkpoint(endless, workers)
    workers[hit].process.send_signal(number)
    other = workers[1 - hit]
    assert other.wait() == status, other.errors
    if status:
        assert other.last_line.startswith("error: another worker has ended or cannot be reached")
    else:
        assert workers[hit].wait() == 0
        for worker in workers:
            assert f"stopped after step {last_step(endless)}, which is saved" in worker.errors
    workers[hit].process.kill()
    for worker in workers:
        assert "Traceback" not in worker.errors

    longer = dataclasses.replace(endless, total_steps=last_step(endless) + 2)
    alone = dataclasses.replace(longer, run_dir=str(tmp_path / "alone"))
    resumed = start_cluster(longer)
    train(alone, strategies(2))
    assert [worker.wait() for worker in resumed] == [0, 0]
    assert last_step(longer) == longer.total_steps
    assert_same_end(longer, alone)


@pytest.mark.long
def test_a_run_folder_on_each_machine_s_own_disk_is_refused(config, start_cluster):
    # The same flags, but each worker's working directory is its own.
    config = dataclasses.replace(config, run_dir="run")
    assert [worker.wait() for worker in start_cluster(config)] == [0, 0]
    longer = dataclasses.replace(config, total_steps=4)
    for worker in start_cluster(longer):
        assert worker.wait() == 2
        assert worker.last_line.startswith("error: the workers are at different steps (0, 3)")


def wait_for_checkpoint(config, workers: list[Worker]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not find_checkpoints(config.checkpoint_dir):
        for worker in workers:
            assert worker.process.poll() is None, worker.errors
        assert time.monotonic() < deadline
        time.sleep(0.1)


def last_step(config) -> int:
    return int(find_checkpoints(config.checkpoint_dir)[-1].name.removeprefix("step_"))
