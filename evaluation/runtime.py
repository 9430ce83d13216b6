"""Time and memory of a swap (the paper's Table 2), measured in a process of its own.

"Inference and memory consumption profiling are done on a single Nvidia RTX 3090 with a batch size
of 32. Profiling includes inference for ArcFace" (section 4.3).
"""

import multiprocessing
import platform
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path

BATCH = 32
_TIMED = 10
_MOST_SECONDS = 60.0
_GB = 1e9


def measure_runtime(swapper: str, arcface_path: str) -> dict[str, object]:
    """Swaps random crops with a generator and its encoder.

    Args:
        swapper: the generator, as `inference.loading.load_generator` takes it.
        arcface_path: the identity encoder.

    Returns:
        ``ms_per_batch`` (of `BATCH` crops, the median), ``ms_per_image``, ``memory_gb``: on a GPU
        the most that TensorFlow held, weights included; else by how much the process grew from
        before the networks were loaded. And ``device``, ``batch``.

    Raises:
        RuntimeError: the process ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(sender, swapper, arcface_path))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError as error:
        raise RuntimeError("the process that measures time and memory ended early") from error
    finally:
        process.join()


def _measure(sender: Connection, swapper: str, arcface_path: str) -> None:
    import numpy as np
    import tensorflow as tf

    from .swappers import load_swapper

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    before = _most_resident(reset=True)
    loaded = load_swapper(swapper, arcface_path)
    shape = (2, BATCH, loaded.side, loaded.side, 3)
    targets, sources = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    numbers = np.arange(BATCH)
    times: list[float] = []
    end = time.monotonic() + _MOST_SECONDS
    loaded.swap(targets, sources, numbers)  # traces the graph
    while len(times) < _TIMED and (not times or time.monotonic() < end):
        start = time.perf_counter()
        loaded.swap(targets, sources, numbers)
        times.append(time.perf_counter() - start)
    if gpus:
        memory = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        device = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    else:
        memory, device = _most_resident() - before, _processor()
    median = statistics.median(times)
    sender.send(
        {
            "ms_per_batch": 1e3 * median,
            "ms_per_image": 1e3 * median / BATCH,
            "memory_gb": memory / _GB,
            "batch": BATCH,
            "timed_batches": len(times),
            "device": device,
        }
    )


def _most_resident(reset: bool = False) -> int:
    """The most bytes that this process has had in memory; from now on, with ``reset``."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError("the system does not tell how much memory the process had")


def _processor() -> str:
    import os

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {len(os.sched_getaffinity(0))} cores"
