"""The ways to run a generator that `export_latency.py` compares, each in a process of its own."""

import dataclasses
import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Swap = Callable[[np.ndarray, np.ndarray], np.ndarray]
# Imported before memory is looked at: what they take is no network's.
_PACKAGES = ("facedancer.networks.loading.generator", "ai_edge_litert.interpreter", "onnxruntime")
# What stands in a benchmark's folder.
KERAS_FILE, SAVED_MODEL = "generator.keras", "saved_model"


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to run a generator.

    Attributes:
        name: for the table.
        kind: a key of `_OPEN`.
        file: in the benchmark's folder.
        precision: of the file, or of the graph.
        threads: that it computes with; 0: all cores.
    """

    name: str
    kind: str
    file: str
    precision: str = "float32"
    threads: int = 0


_THREADS = {1: "1 thread", 2: "2 threads"}
WAYS = (
    Way("Keras, op by op", "eager", KERAS_FILE),
    Way("tf.function", "function", KERAS_FILE),
    Way("tf.function, bfloat16", "function", KERAS_FILE, "bfloat16"),
    Way("SavedModel", "saved_model", SAVED_MODEL),
    *(
        Way(f"LiteRT {precision}, {words}", "lite", f"{precision}/swap.tflite",
            precision, threads)
        for precision in ("float32", "float16", "int8_dynamic", "int8")
        for threads, words in _THREADS.items()
    ),
    *(
        Way(f"ONNX Runtime, {words}", "onnx", "float32/swap.onnx", "float32", threads)
        for threads, words in _THREADS.items()
    ),
)  # fmt: skip


class Runner:
    """One way in this process: made by `prepare`, then run in turn with the others'."""

    current: "Runner | None" = None

    def __init__(self, way: Way, folder: Path) -> None:
        inputs = np.load(folder / "inputs.npz")
        self._target, self._identity = inputs["target"], inputs["identity"]
        for package in _PACKAGES:
            importlib.import_module(package)
        self._before = _memory("VmRSS:")
        network = _OPEN[way.kind](folder / way.file, way)
        self._swap = lambda target, identity: _one_by_one(network, target, identity)
        self._changed = self._swap(self._target, self._identity)

    def run(self) -> float:
        start = time.perf_counter()
        self._swap(self._target[:1], self._identity[:1])
        return time.perf_counter() - start

    def end(self) -> tuple[np.ndarray, int]:
        return self._changed, _memory("VmHWM:") - self._before


def prepare(way: Way, folder: Path) -> None:
    """Loads a way in the process that calls it, and runs it once."""
    Runner.current = Runner(way, folder)
    Runner.current.run()


def run_once() -> float:
    """Seconds of one picture."""
    return Runner.current.run()


def end() -> tuple[np.ndarray, int]:
    """The pictures, ``[N, S, S, 3]`` float32 in [-1, 1], and by how many bytes memory grew at most.

    It counts from before the file was opened, when all packages were loaded.
    """
    return Runner.current.end()


def _keras(path: Path, way: Way) -> Swap:
    from facedancer.networks.loading.keras_generator import load_keras_generator

    model = load_keras_generator(path, way.precision)
    return lambda target, identity: model([target, identity], training=False).numpy()


def _function(path: Path, way: Way) -> Swap:
    from facedancer.networks.loading.generator import load_generator

    generator = load_generator(path, way.precision)
    return lambda target, identity: generator(target, identity).numpy()


def _lite(path: Path, way: Way) -> Swap:
    from facedancer.utils.weights.lite_files import LiteFile

    network = LiteFile(path.read_bytes(), way.threads)
    return lambda target, identity: network(target=target, identity=identity)["changed"]


def _onnx(path: Path, way: Way) -> Swap:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = way.threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda target, identity: session.run(
        ["changed"], {"target": target, "identity": identity}
    )[0]


def _one_by_one(network: Swap, target: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """As a device does, which has one face at a time; a batch would take a multiple of memory."""
    return np.concatenate(
        [network(target[n : n + 1], identity[n : n + 1]) for n in range(len(target))]
    )


_OPEN: dict[str, Callable[[Path, Way], Swap]] = {
    "eager": _keras,
    "function": _function,
    "saved_model": _function,
    "lite": _lite,
    "onnx": _onnx,
}


def _memory(what: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(what)[2].split()[0]) * 1024


def quiet_process() -> None:
    """For a process's start: TensorFlow's notes say nothing here."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
