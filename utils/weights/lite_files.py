"""LiteRT (TensorFlow Lite) files, run by ai-edge-litert, an optional package."""

import importlib.util
import threading
from pathlib import Path

import numpy as np

from ..errors import UserError
from .bounded_child import BoundedChild, ChildError

# More no file of this kind can hold.
_MOST_BYTES = 2**31
# What the runtime raises, of its own and through its Python.
_FAILURES = (ValueError, RuntimeError, TypeError, LookupError)
_PACKAGE = "ai_edge_litert"
_NEEDED = "LiteRT files and --precision=int8 need its runtime: pip install ai-edge-litert"


def need_runtime() -> None:
    """Refuses to go on without LiteRT's runtime.

    Raises:
        UserError: it is not installed.
    """
    if importlib.util.find_spec(_PACKAGE) is None:
        raise UserError(_NEEDED)


class LiteFile:
    """The one signature of a LiteRT file, as a function: arrays by name -> arrays by name.

    Threads may call it, one after the other: an interpreter has one set of buffers.

    Args:
        content: the file's bytes, of our own making; a stranger's file: see `open`.
        threads: that it computes with; None: the runtime's own choice.
        name: of the file, for messages.

    Raises:
        UserError: LiteRT's runtime is missing, or this is not a file of it with one signature.

    Attributes:
        inputs: name -> shape, with None for what is free.
        outputs: names.
        answers: the outputs' shapes for one of each input, of a file that `open` tried; else none.
    """

    def __init__(
        self, content: bytes, threads: int | None = None, name: str = "the content"
    ) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise UserError(_NEEDED) from error
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            [signature] = self._interpreter.get_signature_list()
            self._run = self._interpreter.get_signature_runner(signature)
            self.inputs = {
                key: tuple(side if side > 0 else None for side in one["shape_signature"].tolist())
                for key, one in self._run.get_input_details().items()
            }
            self.outputs = tuple(self._run.get_output_details())
        except _FAILURES as error:
            raise UserError(f"{name} is not a LiteRT file with one signature ({error})") from error
        self._name = name
        self.answers: dict[str, tuple[int, ...]] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: str | Path) -> "LiteFile":
        """Reads a file, once a child with bounds has looked through it and called it.

        Raises:
            UserError: as the class does; or it holds operations that no network of ours has, asks
                for too much time or memory, or answers with NaN or infinity.
        """
        need_runtime()
        if Path(path).stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} is larger than 2 GiB, the limit of LiteRT files")
        child = BoundedChild("facedancer.utils.weights.lite_child", str(path))
        try:
            shapes = child.answer()["shapes"]
        except ChildError as error:
            raise UserError(f"{path} is not a LiteRT file with one signature ({error})") from error
        child.close()
        network = cls(Path(path).read_bytes(), name=str(path))
        network.answers = {name: tuple(shape) for name, shape in shapes.items()}
        return network

    def __call__(self, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Any batch; a file whose batch is fixed is run for each part of it.

        Raises:
            UserError: the network fails on them.
        """
        fixed = {shape[0] for shape in self.inputs.values()} - {None}
        try:
            with self._lock:
                if not fixed:
                    return self._run(**inputs)
                (size,) = fixed
                return self._in_parts(size, inputs)
        except _FAILURES as error:
            shapes = [list(value.shape) for value in inputs.values()]
            raise UserError(f"{self._name} fails on inputs of {shapes} ({error})") from error

    def _in_parts(self, size: int, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        count = len(next(iter(inputs.values())))
        parts = []
        for start in range(0, count, size):
            part = {name: value[start : start + size] for name, value in inputs.items()}
            # The last one is filled up with its own last element.
            missing = size - len(next(iter(part.values())))
            filled = {
                name: np.concatenate([value, np.repeat(value[-1:], missing, 0)])
                for name, value in part.items()
            }
            parts.append(self._run(**filled))
        return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
