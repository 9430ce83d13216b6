"""Checks this machine's GPU, in one table: tests, step time and memory, a swapped clip.

bash benchmarks/gpu_check.sh [--small] [--output=gpu_check.md]

It takes at most 9 minutes; the table names what it had no time for. Without a GPU, all of it runs
on the CPU: use --small then.
"""

import dataclasses
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.benchmarks.gpu_step import Cost, Way, measure
from facedancer.benchmarks.machine import machine
from facedancer.utils.cli import run
from facedancer.utils.files import write_text
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.training.settings.train_config import TrainConfig

_ROOT = Path(__file__).resolve().parents[1]
_GIBIBYTE = 2**30
_MOST_SECONDS = 530.0
# Kept for the clip, which comes last.
_FOR_THE_CLIP = 60.0
_MOST_SECONDS_A_WAY = 240.0
_TESTS = (
    "tests/networks/test_instance_norm.py",
    "tests/networks/test_layers.py",
    "tests/losses/test_gradient_penalty.py",
)
_PRECISIONS = (
    Way("float32", "float32"),
    Way("TF32", "float32", is_tf32=True),
    Way("float16", "mixed_float16"),
    Way("bfloat16", "mixed_bfloat16"),
)
_STEPS, _FRAMES = 10, 120


@dataclasses.dataclass(frozen=True)
class Settings:
    """The extent of the check, and its table's place."""

    small: bool = flag_field(False, "use a small network, and few tests, steps and frames")
    output: str = shared_flag("output", default="gpu_check.md", text="Markdown file for the table")


def main(settings: Settings) -> int:
    """Does all, prints the table and writes it; 1 where a test or a step failed."""
    end = time.monotonic() + _MOST_SECONDS
    gpus = _gpus()
    rows = [run_tests(_TESTS[:1] if settings.small else _TESTS, end)]
    with tempfile.TemporaryDirectory() as folder:
        config = _config(settings.small, Path(folder))
        for way in ways(bool(gpus), settings.small):
            limit = min(_MOST_SECONDS_A_WAY, end - _FOR_THE_CLIP - time.monotonic())
            cost = "no time left"
            if limit > 0:
                cost = measure(way, config, 2 if settings.small else _STEPS, limit)
            rows.append(step_row(way, config.batch_size, cost))
            print(rows[-1], flush=True)
        rows.append(swap_clip(Path(folder), 8 if settings.small else _FRAMES, end))
    table = markdown(config, gpus, rows)
    print(table)
    write_text(Path(settings.output), table + "\n")
    return int(any("failed" in row for row in rows))


def _gpus() -> list[str]:
    """The GPUs' names, asked in another process: this one shall not take their memory."""
    script = (
        "import tensorflow as tf\n"
        "for gpu in tf.config.list_physical_devices('GPU'):\n"
        "    print('GPU:', tf.config.experimental.get_device_details(gpu).get('device_name'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if line.startswith("GPU: ")]


def ways(has_gpu: bool, small: bool) -> list[Way]:
    """Each precision without XLA and with it; a CPU has no TF32.

    In small, XLA compiles float32 alone: compiling takes longer than all else together.
    """
    found = [
        dataclasses.replace(way, is_compiled=is_compiled)
        for way in _PRECISIONS
        if has_gpu or not way.is_tf32
        for is_compiled in (False, True)
    ]
    return [way for way in found if not (small and way.is_compiled and way.words != "float32")]


def _config(small: bool, folder: Path) -> "TrainConfig":
    """Configuration C at batch 10 with random frozen networks of the real sizes, or a small one."""
    from facedancer.training.settings.train_config import TrainConfig

    if small:
        return TrainConfig(
            data="unused",
            run_dir="unused",
            up_types=("affa", "no_skip", "add", "affa", "concat"),
            image_size=64,
            base_width=8,
            mapping_size=16,
            batch_size=2,
            encoder="untrained_small",
            perceptual_features="mobilenet_v2",
        )
    from facedancer.benchmarks.step_worker import write_frozen_weights

    return TrainConfig(data="unused", run_dir="unused", **write_frozen_weights(folder))


def run_tests(paths: tuple[str, ...], end: float) -> str:
    """Runs tests on the device that TensorFlow takes; the table's row."""
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *paths]
    limit = min(_MOST_SECONDS_A_WAY, end - start)
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=limit)
        words = done.stdout.strip().splitlines()[-1].strip("= ")
        if done.returncode:
            print(done.stdout)
            words = f"failed: {words}"
    except subprocess.TimeoutExpired:
        words = f"failed: not done within {limit:.0f} s"
    return f"| tests | {time.monotonic() - start:.0f} s | | {words} |"


def step_row(way: Way, pairs: int, cost: Cost | str) -> str:
    """A step's row of the table."""
    name = f"| training step, {way.words}{', XLA' if way.is_compiled else ''} |"
    if isinstance(cost, str):
        return f"{name} | | {cost} |"
    peak = cost.peak_bytes / _GIBIBYTE
    return f"{name} {cost.seconds:.3f} s | {peak:.2f} GiB | {pairs / cost.seconds:.1f} pairs/s |"


def swap_clip(folder: Path, frames: int, end: float) -> str:
    """Swaps a film of one face by the generator that ships; the table's row."""
    from facedancer.benchmarks.plain_swap import PHOTOGRAPH, RATE, write_clip

    clip, swapped = folder / "clip.mp4", folder / "swapped.mp4"
    write_clip(clip, 1280, 720, RATE, frames)
    command = [sys.executable, "inference/swap.py", str(clip), f"--source={PHOTOGRAPH}"]
    start = time.monotonic()
    try:
        done = subprocess.run(
            [*command, f"--output={swapped}"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=max(_FOR_THE_CLIP, end - start),
        )
    except subprocess.TimeoutExpired:
        return "| swap of a clip | | | failed: no time left |"
    seconds = time.monotonic() - start
    words = f"{frames} frames of 720p, the start included"
    if done.returncode or not swapped.is_file():
        print(done.stderr)
        words = f"failed: it ended with {done.returncode}"
    return f"| swap of a clip | {seconds:.1f} s | | {words} |"


def markdown(config: "TrainConfig", gpus: list[str], rows: list[str]) -> str:
    """The table, and above it what was measured on what."""
    lines = [
        f"{config.image_size} px, base width {config.base_width}, batch {config.batch_size}, "
        f"losses of the {config.loss_profile} profile; a step's time is a median.",
        "",
        "; ".join(gpus) or "No GPU: all on the CPU, whose memory is the whole process's.",
        machine(),
        "",
        "| check | time | peak memory | |",
        "|---|---:|---:|---|",
    ]
    return "\n".join(lines + rows)


if __name__ == "__main__":
    run(main, Settings)
