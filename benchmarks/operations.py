"""Measures the time of each operation in a swap and in a training step.

python benchmarks/operations.py [--write]
"""

import collections
import dataclasses
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field

if TYPE_CHECKING:
    from facedancer.training.settings.train_config import TrainConfig

SECTION = "operations"
_ENCODER = Path(__file__).resolve().parents[1] / "model_zoo/dlib/encoder.keras"
_PRECISION = "mixed_bfloat16"
# The first that is found in an operation's name decides.
_KINDS = {
    "BackpropFilter": "convolutions, gradients by weights",
    "BackpropInput": "convolutions, gradients by maps",
    "Conv2": "convolutions, forward",
    "DepthwiseConv": "convolutions, forward",
    "MatMul": "dense layers",
    "BatchNorm": "normalisations",
    "LeakyRelu": "LeakyReLU",
    "Resize": "up-sampling",
    "Pool": "pooling",
    "Cast": "casts",
    "ApplyAdam": "Adam",
}
_OTHER = "all else"
_NETWORKS = {
    "generator": "generator",
    "discriminator": "discriminator",
    "dlib_resnet": "identity encoder",
    "mobilenet_v2": "perceptual features",
}

# Milliseconds of each operation, by its kind of operation and its name.
Times = Mapping[tuple[str, str], float]


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    traced_runs: int = flag_field(
        7, "Number of traced runs; the fastest counts for each operation.", least=1
    )


def main(settings: Settings) -> None:
    """Measures, prints the tables and writes them if asked."""
    runs = settings.traced_runs
    swap = least_times(swap_call(), runs)
    step = _step_calls(step_config())
    steps = {
        "a step without the penalty": least_times(lambda: step(1), runs),
        "one with it": least_times(lambda: step(0), runs),
    }
    text = markdown({"a swap": swap, **steps}, steps)
    print(text)
    if settings.write:
        write_section(README, SECTION, text)


def swap_call() -> Callable[[], object]:
    """A swap of one picture of 256 px, configuration C, in bfloat16, as `network_time` has it."""
    import keras

    from facedancer.benchmarks.network_time import SWAP, UP_TYPES, forms
    from facedancer.networks.generator import get_generator

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(_PRECISION)
    generator = get_generator(UP_TYPES)
    keras.config.set_dtype_policy(before)
    return forms(generator, 1)[SWAP]


def step_config() -> "TrainConfig":
    """The training of flags/photographs/64.cfg, but for data, margins and second encoder."""
    from facedancer.training.settings.train_config import TrainConfig

    return TrainConfig(
        data="unused",
        run_dir="unused",
        image_size=64,
        base_width=32,
        encoder=str(_ENCODER),
        perceptual_features="mobilenet_v2",
        ema=0.999,
        precision=_PRECISION,
        penalty_every=4,
        ifsr_margins=("conv4_block1_out=0.09", "conv3_block1_out=0.05", "conv2_block3_out=0.035"),
    )


def _step_calls(config: "TrainConfig") -> Callable[[int], object]:
    from facedancer.benchmarks.step_worker import make_step
    from facedancer.benchmarks.variants import Variant

    variant = Variant("ours", precision=config.precision, penalty_every=config.penalty_every)
    return make_step(variant, config)


def least_times(call: Callable[[], object], runs: int) -> Times:
    """Each operation's fastest of several traced calls: what else runs only ever adds."""
    call()
    call()
    traces = [_traced(call) for _ in range(runs)]
    common = set.intersection(*(set(trace) for trace in traces))
    return {key: min(trace[key] for trace in traces) for key in common}


def _traced(call: Callable[[], object]) -> Times:
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    times: dict[tuple[str, str], float] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            call()
        (path,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(path.read_bytes())
    for plane in space.planes:
        names = {number: about.name for number, about in plane.event_metadata.items()}
        for event in (event for line in plane.lines for event in line.events):
            # "generator/stem/BiasAdd:_MklNativeFusedConv2D"; other events are no operations.
            if found := re.fullmatch(r"([A-Za-z0-9_][^:$ ]*):(\w+)", names[event.metadata_id]):
                name, kind = found.groups()
                if kind not in ("Process", "Run", "While", "StatelessWhile", "If", "StatelessIf"):
                    times[kind, name] += event.duration_ps / 1e9
    return times


def shares(times: Times, of: Callable[[str, str], str]) -> dict[str, float]:
    """The share of each group in the whole; ``of`` names the group of an operation."""
    groups: dict[str, float] = collections.Counter()
    for (kind, name), milliseconds in times.items():
        groups[of(kind, name)] += milliseconds
    whole = sum(groups.values())
    return {group: value / whole for group, value in groups.items()}


def kind_group(kind: str, name: str) -> str:
    """Tells what an operation is, by its kind."""
    return next((group for part, group in _KINDS.items() if part in kind), _OTHER)


def network_group(kind: str, name: str) -> str:
    """Tells whose an operation is, by its name."""
    owner = next((owner for part, owner in _NETWORKS.items() if part in name), None)
    if owner is None:
        return "updates" if "update_" in name else "losses and all else"
    return f"{owner}, backward" if "gradient" in name else f"{owner}, forward"


def markdown(by_kind: Mapping[str, Times], by_network: Mapping[str, Times]) -> str:
    """The measurement in words, a table by kinds of operations, and one by networks."""
    from facedancer.benchmarks.machine import machine

    words = (
        "A swap: configuration C, 256 px, one picture; a step: `flags/photographs/64.cfg`; both in "
        "bfloat16. Shares of the operations' time, each operation's fastest of several runs."
    )
    tables = [
        _table("operations", by_kind, kind_group),
        _table("network", by_network, network_group),
    ]
    return "\n\n".join([words, machine(), *tables])


def _table(head: str, columns: Mapping[str, Times], of: Callable[[str, str], str]) -> str:
    found = {name: shares(times, of) for name, times in columns.items()}
    first = next(iter(found.values()))
    groups = {group: 0 for each in found.values() for group in each}
    rows = sorted(groups, key=lambda group: -first.get(group, 0.0))
    lines = [f"| {head} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for group in rows:
        cells = (f"{each.get(group, 0.0):.1%}" for each in found.values())
        lines.append(f"| {group} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
