"""LiteRT (TensorFlow Lite) files, run by ai-edge-litert, an optional package."""

import threading
from pathlib import Path

import numpy as np

from .cli import UserError

# Bytes 4 to 8 of such a file.
_MARK = b"TFL3"


class LiteFile:
    """The one signature of a LiteRT file, as a function: arrays by name -> arrays by name.

    Threads may call it, one after the other: an interpreter has one set of buffers.

    Args:
        content: the file's bytes.
        threads: that it computes with; None: the runtime's own choice.
        name: of the file, for messages.

    Raises:
        UserError: LiteRT's runtime is missing, or this is not a file of it with one signature.

    Attributes:
        inputs: name -> shape, with None for what is free.
        outputs: names.
    """

    def __init__(
        self, content: bytes, threads: int | None = None, name: str = "the content"
    ) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise UserError("LiteRT files need its runtime: pip install ai-edge-litert") from error
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            [signature] = self._interpreter.get_signature_list()
            self._run = self._interpreter.get_signature_runner(signature)
        except ValueError as error:
            raise UserError(f"{name} is not a LiteRT file with one signature ({error})") from error
        self._lock = threading.Lock()
        self.inputs = {
            key: tuple(side if side > 0 else None for side in one["shape_signature"].tolist())
            for key, one in self._run.get_input_details().items()
        }
        self.outputs = tuple(self._run.get_output_details())

    @classmethod
    def open(cls, path: str | Path) -> "LiteFile":
        """Reads a file; raises as the class does."""
        return cls(Path(path).read_bytes(), name=str(path))

    def __call__(self, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Any batch; a file whose batch is fixed is run for each part of it."""
        fixed = {shape[0] for shape in self.inputs.values()} - {None}
        with self._lock:
            if not fixed:
                return self._run(**inputs)
            (size,) = fixed
            return self._in_parts(size, inputs)

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


def is_lite(path: Path) -> bool:
    """Whether a file is LiteRT's, by its content."""
    with path.open("rb") as file:
        return file.read(8)[4:] == _MARK
