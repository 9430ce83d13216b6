"""Memory: the replay on graphs counted by hand, the estimate, and the word where it runs out."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from facedancer.training.cost.flops import count_flops, step_flops_per_pair
from facedancer.training.cost.memory import (
    checkpoint_bytes,
    standing_bytes,
    step_bytes,
)
from facedancer.training.cost.out_of_memory import explain_out_of_memory, explaining_memory
from facedancer.training.cost.peak import peak_bytes
from facedancer.training.cost.step_graph import trace_step
from facedancer.training.networks.trained import build_networks
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError

ROOT = Path(__file__).parents[3]
KIB = 1024


def peak_of(function, *shapes, unknown: int = 1) -> float:
    """In KiB."""
    specs = [tf.TensorSpec(shape) for shape in shapes]
    traced = tf.function(function, autograph=False).get_concrete_function(*specs)
    return peak_bytes(traced, unknown) / KIB


# Each of these takes or makes tensors of 1 KiB, if nothing else is said.
@pytest.mark.parametrize(
    ("function", "shapes", "unknown", "peak"),
    [
        # What comes in and what goes out; what lies between is gone by then.
        (lambda x: tf.sin(tf.sin(tf.sin(x))), [[256]], 1, 2),
        # The argument is still needed when the last is made.
        (lambda x: tf.sin(tf.sin(tf.sin(x))) + x, [[256]], 1, 3),
        # Other shapes of the same numbers cost nothing.
        (lambda x: tf.sin(tf.reshape(tf.identity(x), [16, 16])), [[256]], 1, 2),
        # Nor does what no result needs.
        (lambda x: (tf.tile(x, [9]), tf.sin(x))[1], [[256]], 1, 2),
        (lambda x: tf.tile(x, [3]), [[256]], 1, 1 + 3),
        (lambda x: tf.cast(x, tf.bfloat16), [[256]], 1, 1 + 0.5),
        # An open dimension is what the caller says.
        (lambda x: tf.sin(x), [[None, 256]], 5, 5 + 5),
    ],
)
def test_the_replay(function, shapes, unknown, peak):
    assert peak_of(function, *shapes, unknown=unknown) == pytest.approx(peak, abs=0.1)


def test_a_gradient_keeps_what_it_needs():
    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(5):
                y = tf.sin(y)
        return tape.gradient(y, x)

    # The argument and four of the sines wait for the backward pass; each step back has the slope
    # that comes in, the cosine and their product.
    assert 5 + 1 <= peak_of(gradient, [256]) <= 5 + 3


@pytest.fixture(scope="module")
def small_step(shards):
    """Networks of the smallest size, and one of their steps at batch 10."""
    config = TrainConfig(
        data=str(shards),
        run_dir="unused",
        up_types=("affa", "affa", "affa", "affa", "concat"),
        image_size=64,
        base_width=8,
        mapping_size=16,
        encoder="untrained_small",
        perceptual_features="mobilenet_v2",
        penalty_every=4,
    )
    networks = build_networks(config, tf.distribute.get_strategy())
    return config, networks, trace_step(config, networks, config.batch_size)


def passes(network: keras.Model, batch: int) -> float:
    """Arithmetic of an image in one forward pass."""
    inputs = [tf.TensorSpec([batch, *(side or 64 for side in x.shape[1:])]) for x in network.inputs]
    call = tf.function(lambda *x: network(x if len(x) > 1 else x[0]), autograph=False)
    return count_flops(call.get_concrete_function(*inputs)) / batch


def test_a_steps_arithmetic_is_that_of_its_passes(small_step):
    """A backward pass costs as much as a forward one for the inputs, and again for the weights."""
    config, networks, step = small_step
    generator, discriminator, encoder, features = (
        passes(network, step.batch)
        for network in (
            networks.generator.network,
            networks.discriminator.network,
            networks.encoder,
            networks.extractor,
        )
    )
    same = config.same_ratio
    expected = (
        # Source, target, changed; back through the changed one to its pixels.
        (3 + 1) * encoder
        # Swap and cycle: forward, and back for inputs and weights.
        + 2 * 3 * generator
        # Swaps and photographs likewise; what comes back to a swap's pixels serves both players.
        + 2 * 3 * discriminator
        # The penalty: forward, back to the pixels, and back through both.
        + (2 + 2 * 2) * discriminator
        # Same pairs: target and changed, and back to the changed pixels.
        + same * (2 + 1) * features
    )
    assert count_flops(step.function, step.same_pairs) / step.batch == pytest.approx(
        expected, rel=0.04
    )
    # One step in four takes the penalty.
    assert step_flops_per_pair(config, networks, step) == pytest.approx(
        expected - 3 / 4 * (2 + 2 * 2) * discriminator, rel=0.04
    )


def test_what_stays_and_what_is_saved(small_step):
    _, networks, step = small_step
    generator, discriminator, encoder, features = (
        4 * network.count_params()
        for network in (
            networks.generator.network,
            networks.discriminator.network,
            networks.encoder,
            networks.extractor,
        )
    )
    # Each learning network with Adam's two moments.
    learning = 3 * (generator + discriminator)
    assert standing_bytes(networks) == pytest.approx(learning + encoder + features, rel=1e-3)
    assert checkpoint_bytes(networks) == pytest.approx(learning + generator, rel=1e-3)
    # Beside them at least a gradient of each, and the three pictures of each pair.
    assert step_bytes(networks, step) > standing_bytes(networks) + generator + discriminator


@pytest.mark.parametrize(
    ("changes", "replicas", "named"),
    [
        (
            {"batch_size": 12, "accumulate": 2},
            2,
            "--batch_size=12 (6 pairs on each of 2 replicas) at --image_size=64 in float32",
        ),
        ({"batch_size": 12, "accumulate": 2}, 2, "--batch_size=6 with --accumulate=4 (the same"),
        ({"batch_size": 12, "accumulate": 2}, 4, "--batch_size=4 with --accumulate=6 (the same"),
        ({"batch_size": 2}, 1, "mixed_bfloat16 (a quarter less), --base_width=4"),
        ({"batch_size": 2, "precision": "mixed_float16"}, 1, "order: --base_width=4"),
        ({"image_size": 128}, 1, "--image_size=64, --base_width=4, --mapping_size"),
    ],
)
def test_what_to_lower(small_config, monkeypatch, changes, replicas, named):
    monkeypatch.setattr("facedancer.training.cost.out_of_memory._need", lambda config, batch: 2**30)
    config = dataclasses.replace(small_config, **changes)
    message = explain_out_of_memory(config, replicas)
    assert named in message
    assert "\n" not in message


def test_the_word_on_memory_names_the_estimate(small_config):
    config = dataclasses.replace(
        small_config,
        perceptual_weight=0.0,
        cycle_weight=0.0,
        ifsr_weight=0.0,
        gradient_penalty_weight=0.0,
        batch_size=512,
    )
    message = explain_out_of_memory(config, 1)
    estimate = float(message.partition("needs about ")[2].split()[0])
    # 512 pairs: at least both networks' first maps of 8 channels, in float32.
    assert estimate > 2 * 512 * 64 * 64 * 8 * 4 / 2**30


# `training/train.py` in an address space of 32 GiB.
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (32 * 2**30, 32 * 2**30))
sys.argv[0] = "training/train.py"
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_memory_that_runs_out_is_told_as_what_to_lower(small_config, monkeypatch):
    monkeypatch.setattr("facedancer.training.cost.out_of_memory._need", lambda config, batch: None)
    with (
        pytest.raises(UserError, match="^out of memory: --batch_size="),
        explaining_memory(small_config, tf.distribute.get_strategy()),
    ):
        raise tf.errors.ResourceExhaustedError(None, None, "no room for a tensor")


@pytest.mark.long
def test_too_little_memory_is_one_line_and_exit_2(shards, tmp_path, warm_python):
    """A weight of 40 GB cannot be had there."""
    (tmp_path / "limited.py").write_text(LIMITED)
    done = warm_python(
        tmp_path / "limited.py",
        "--flagfile=flags/config_c.cfg",
        f"--data={shards}",
        f"--run_dir={tmp_path / 'run'}",
        "--image_size=64",
        "--base_width=8",
        "--total_steps=1",
        "--mapping_size=100000",
        # Half as much to trace for the estimate.
        "--perceptual_weight=0",
        "--cycle_weight=0",
        "--ifsr_weight=0",
        "--gradient_penalty_weight=0",
        cwd=ROOT,
    )
    assert done.returncode == 2, done.stderr
    *_, last = done.stderr.strip().splitlines()
    assert last.startswith("error: out of memory: --batch_size=10 ")
    assert "--mapping_size" in last
    assert "Traceback" not in done.stderr


MEASURE = """
import json, re, sys
import facedancer
import tensorflow as tf
from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.networks.trained import build_networks
from facedancer.training.cost.memory import step_bytes
from facedancer.training.step import StepFunction
from facedancer.training.cost.step_graph import trace_step
from facedancer.training.devices.batches import distribute

config = TrainConfig(**json.loads(sys.argv[1]))
strategy = tf.distribute.MirroredStrategy(["CPU:0"])
networks = build_networks(config, strategy)
estimate = step_bytes(networks, trace_step(config, networks, config.batch_size))
step_function, batches = StepFunction(networks, strategy), distribute(strategy, config, 0)
for step in range(2):
    step_function(batches, step).values()
# Not getrusage: to that a process begins with its parent's size.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]
print(estimate, int(peak) * 1024)
"""


@pytest.mark.long
def test_the_estimate_against_real_steps(small_config):
    """A larger step against the smallest one; the program itself takes the same."""

    def measure(**changes: int) -> tuple[int, int]:
        config = dataclasses.asdict(dataclasses.replace(small_config, **changes))
        command = [sys.executable, "-c", MEASURE, json.dumps(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        estimate, peak = map(int, done.stdout.split())
        return estimate, peak

    small_estimate, small_peak = measure()
    estimate, peak = measure(base_width=48, batch_size=12)
    assert estimate - small_estimate == pytest.approx(peak - small_peak, rel=0.25)
