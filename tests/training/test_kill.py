"""A real run that real signals end again and again comes to the same end as one left alone."""

import dataclasses
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from facedancer.training.runs.checkpoint_folder import UNFINISHED, find_checkpoints, find_damage
from facedancer.utils.flags.fields import to_flagfile

ROOT = Path(__file__).parents[2]
PATIENCE = 900  # seconds until a process that shows nothing counts as stuck


class Trainer:
    """``training/train.py`` as a process, and what can be seen of it from outside."""

    def __init__(self, config, launch: Callable[..., subprocess.Popen]) -> None:
        self.run_dir, self.checkpoints = Path(config.run_dir), config.checkpoint_dir
        self.run_dir.mkdir(parents=True, exist_ok=True)
        flagfile = self.run_dir.with_suffix(".cfg")
        flagfile.write_text(to_flagfile(config))
        self.output = self.run_dir.with_suffix(".log")
        self.output.unlink(missing_ok=True)
        self.first_step = self.step
        self.process = launch(f"--flagfile={flagfile}", self.output)

    @property
    def step(self) -> int:
        """The step of the newest checkpoint."""
        names = [path.name for path in find_checkpoints(self.checkpoints)]
        return int(names[-1].removeprefix("step_")) if names else 0

    @property
    def is_saving(self) -> bool:
        return any(self.checkpoints.glob(f"{UNFINISHED}step_*"))

    def freeze_when(self, condition: Callable[[], bool]) -> None:
        """Waits for a moment, and stops the process's time in it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"ended too early: {self.output.read_text()}"
            if condition():
                self.process.send_signal(signal.SIGSTOP)
                if condition():
                    return
                self.thaw()
            time.sleep(0.003)
        raise AssertionError(f"nothing for {PATIENCE} s: {self.output.read_text()}")

    def thaw(self) -> None:
        """Lets its time go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL

    def finish(self) -> str:
        """Waits for the end and returns what was printed."""
        status = self.process.wait(PATIENCE)
        text = self.output.read_text()
        assert status == 0, text
        return text


def launch(flag: str, output: Path) -> subprocess.Popen:
    """``training/train.py``, as users start it."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "training/train.py", flag],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture
def launch_quickly(warm_python):
    """The same with networks of a few layers, and TensorFlow imported."""
    script = Path(__file__).with_name("tiny_networks.py")
    return lambda flag, output: warm_python.start(script, flag, stdout=output, cwd=ROOT)


@pytest.fixture
def start():
    """Starts trainers; none of them outlives the test."""
    trainers = []

    def start_trainer(config, by=launch) -> Trainer:
        trainers.append(Trainer(config, by))
        return trainers[-1]

    yield start_trainer
    for trainer in trainers:
        trainer.process.kill()
        trainer.process.wait()


def tensors_of(config) -> dict[str, bytes]:
    """Every value of the last checkpoint, which is the run's last step's, bit for bit."""
    checkpoint = find_checkpoints(config.checkpoint_dir)[-1]
    assert checkpoint.name == f"step_{config.total_steps:07d}"
    assert find_damage(checkpoint) is None
    reader = tf.train.load_checkpoint(str(checkpoint / "state"))
    names = reader.get_variable_to_shape_map()
    return {
        name: reader.get_tensor(name).tobytes()
        for name in names
        if name != "_CHECKPOINTABLE_OBJECT_GRAPH"
    }


def assert_same_end(config, other) -> None:
    ours, theirs = tensors_of(config), tensors_of(other)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 20
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_killed_in_a_save_then_stopped_then_resumed(quick_config, tmp_path, start, launch_quickly):
    config = dataclasses.replace(
        quick_config,
        total_steps=8,
        checkpoint_every=2,
        log_every=100,
    )
    straight = dataclasses.replace(config, run_dir=str(tmp_path / "straight"))
    left_alone = start(straight, launch_quickly)

    first = start(config, launch_quickly)
    first.freeze_when(lambda: first.step >= 2 and first.is_saving)
    before = first.step
    first.kill()
    assert first.step == before

    second = start(config, launch_quickly)
    second.freeze_when(lambda: second.step > before and not second.is_saving)
    second.process.send_signal(signal.SIGTERM)
    second.thaw()
    said = second.finish()
    assert not second.is_saving
    assert before < second.step < config.total_steps
    assert f"stopped after step {second.step}" in said

    last = start(config, launch_quickly)
    last.finish()
    left_alone.finish()
    assert_same_end(config, straight)


@pytest.mark.long
def test_killed_twenty_five_times(small_config, tmp_path, start):
    config = dataclasses.replace(
        small_config,
        total_steps=120,
        checkpoint_every=2,
        sample_every=7,
        validate_every=11,
        ema=0.9,
        penalty_every=4,
        accumulate=2,
        steps_per_call=3,
    )
    straight = dataclasses.replace(config, run_dir=str(tmp_path / "straight"))
    begin = time.monotonic()
    left_alone = start(straight)
    left_alone.freeze_when(lambda: left_alone.step > 0)
    start_up = time.monotonic() - begin
    left_alone.thaw()
    left_alone.finish()

    rng = random.Random(0)
    moments = ["start-up"] * 5 + ["training"] * 12 + ["saving"] * 8
    rng.shuffle(moments)
    for moment in moments:
        trainer = start(config)
        saves = rng.randint(0, 1)
        goal = trainer.first_step + 2 * saves
        if moment == "start-up":
            # By the clock, but however fast this start is, not beyond its first checkpoint.
            end = time.monotonic() + rng.uniform(0.0, start_up)
            while time.monotonic() < end and trainer.step == trainer.first_step:
                time.sleep(0.01)
        elif moment == "training":
            trainer.freeze_when(lambda goal=goal, it=trainer: it.step > goal and not it.is_saving)
            trainer.thaw()
            time.sleep(rng.uniform(0.0, 1.0))
        else:
            trainer.freeze_when(lambda goal=goal, it=trainer: it.step >= goal and it.is_saving)
            trainer.thaw()
            time.sleep(rng.uniform(0.0, 0.1))
        trainer.kill()
        assert trainer.step < config.total_steps
    start(config).finish()
    assert_same_end(config, straight)
