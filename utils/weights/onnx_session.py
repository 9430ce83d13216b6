"""ONNX files, run by onnxruntime, an optional package, in a process of its own with bounds."""

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import UserError
from .bounded_child import SECONDS, BoundedChild, ChildError

_NEEDED = ("onnxruntime", "onnx")
_FLOAT32 = "tensor(float)"


class OnnxFile:
    """A network of any inputs, on the best device there is.

    It may be called from several threads, and answers one after the other.

    Args:
        path: of the file.
        with_matrix: the file's last matrix is wanted too.

    Raises:
        UserError: the packages are missing, or the file is not there or no network that can be run.

    Attributes:
        inputs: name, ONNX's name of the kind of numbers, and shape of each, None where a side is
            free.
        outputs: how many it has.
        matrix: ``[N, M]``, the last that lies in the file; None where none does or is wanted.
    """

    def __init__(self, path: str | Path, with_matrix: bool = False) -> None:
        for name in _NEEDED:
            if importlib.util.find_spec(name) is None:
                raise UserError(f"ONNX files need {name}: pip install {' '.join(_NEEDED)}")
        if not Path(path).is_file():
            raise UserError(f"no such ONNX file: {path}")
        self._path = path
        self._lock = threading.Lock()
        self._child = BoundedChild(
            "facedancer.utils.weights.onnx_child",
            str(path),
            *(["matrix"] if with_matrix else []),
            is_brief=False,
        )
        self.matrix: np.ndarray | None = None
        try:
            facts = self._child.answer()
            if with_matrix:
                self.matrix = next(iter(self._child.ask([])), None)
        except ChildError as error:
            raise UserError(f"{path} is not an ONNX network that can be run ({error})") from error
        self.outputs = facts["outputs"]
        # What is not fixed has a name in place of a number.
        self.inputs = [
            (name, kind, tuple(side if isinstance(side, int) else None for side in shape))
            for name, kind, shape in facts["inputs"]
        ]

    def run(self, arrays: Sequence[np.ndarray], is_trial: bool = False) -> list[np.ndarray]:
        """All outputs for one of each input, or for a batch.

        Args:
            arrays: in the order of `inputs`; as many of each, ``[B, ...]``.
            is_trial: the time that loading took counts, too.

        Raises:
            UserError: the network fails on it, takes too long or too much memory, or answers with
                NaN, infinity or no numbers.
        """
        seconds = None if is_trial else SECONDS * len(arrays[0])
        try:
            with self._lock:
                found = self._child.ask(arrays, seconds)
        except ChildError as error:
            raise UserError(
                f"{self._path} fails on a face of one float32 picture ({error})"
            ) from error
        if not all(np.isfinite(one).all() for one in found):
            raise UserError(f"{self._path} returns NaN or infinity")
        return found


class OnnxNetwork(OnnxFile):
    """A network of one picture.

    Args:
        path: of the file.

    Raises:
        UserError: as `OnnxFile`; or it is a network of something else.

    Attributes:
        shape: of its picture; None where a side is free.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        shapes = [shape for _, kind, shape in self.inputs if kind == _FLOAT32]
        if len(self.inputs) != 1 or len(shapes) != 1 or len(shapes[0]) != 4:
            raise UserError(
                f"{path} takes {told_inputs(self)}; expected one picture, float32 [1, 3, side, "
                "side]"
            )
        self.shape = shapes[0]

    def __call__(self, picture: np.ndarray, is_trial: bool = False) -> list[np.ndarray]:
        """All outputs for a picture, or for a batch, ``[B, 3, H, W]`` float32; see `run`."""
        return self.run([picture], is_trial)


def told_inputs(network: OnnxFile) -> str:
    """A network's inputs in words, for one line."""
    return (
        ", ".join(
            f"{kind} [{', '.join('?' if side is None else str(side) for side in shape)}]"
            for _, kind, shape in network.inputs
        )
        or "nothing"
    )
