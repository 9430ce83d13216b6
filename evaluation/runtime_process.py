"""The process of `runtime.measure_runtime`; not for use by hand."""

import dataclasses
import os
import platform
import statistics
import time
from pathlib import Path

import numpy as np

from facedancer.evaluation.files import plain
from facedancer.evaluation.runtime import BATCH, share_gpus
from facedancer.utils.cli import run
from facedancer.utils.files import write_json
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

_TIMED = 10
_MOST_SECONDS = 60.0
_GB = 1e9


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """One measurement."""

    generator: str = shared_flag("generator", text="generator to measure", aliases=(), needed=True)
    encoder: str = shared_flag(
        "encoder", text="identity encoder of the generator", aliases=(), needed=True
    )
    batch_size: int = shared_flag("batch_size", default=BATCH, text="crops per batch")
    output: str = shared_flag("output", text="JSON file to write", needed=True)


def main(settings: Settings) -> None:
    """Measures, and writes the numbers."""
    numbers = measure(settings.generator, settings.encoder, settings.batch_size)
    write_json(Path(settings.output), plain(numbers))


def measure(generator: str, encoder: str, batch: int) -> dict[str, object]:
    """See `runtime.measure_runtime`; of this very process."""
    import tensorflow as tf

    from facedancer.evaluation.swaps.swappers import load_swapper

    share_gpus()
    gpus = tf.config.list_physical_devices("GPU")
    before = _most_resident(reset=True)
    # Whoever starts this process has compared the encoder with the generator's.
    loaded = load_swapper(generator, encoder, any_encoder=True)
    shape = (2, batch, loaded.side, loaded.side, 3)
    targets, sources = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    numbers = np.arange(batch)
    times: list[float] = []
    loaded.swap(targets, sources, numbers)  # traces the graph
    end = time.monotonic() + _MOST_SECONDS
    while len(times) < _TIMED and (not times or time.monotonic() < end):
        start = time.perf_counter()
        loaded.swap(targets, sources, numbers)
        times.append(time.perf_counter() - start)
    if gpus:
        memory = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        device = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    else:
        after, device = _most_resident(), _processor()
        memory = None if before is None or after is None else after - before
    median = statistics.median(times)
    return {
        "ms_per_batch": 1e3 * median,
        "ms_per_image": 1e3 * median / batch,
        "memory_gb": None if memory is None else memory / _GB,
        "batch": batch,
        "timed_batches": len(times),
        "device": device,
    }


def _most_resident(reset: bool = False) -> int | None:
    """The most bytes that this process has had in memory; from now on, with ``reset``.

    None where the system does not tell: only Linux does, and not in every container.
    """
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    except OSError:
        return None
    return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


if __name__ == "__main__":
    run(main, Settings)
