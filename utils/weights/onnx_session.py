"""ONNX files, run by onnxruntime, an optional package, in a process of its own with bounds."""

import importlib.util
import threading
from pathlib import Path

import numpy as np

from ..errors import UserError
from .bounded_child import SECONDS, BoundedChild, ChildError

_NEEDED = ("onnxruntime", "onnx")
_FLOAT32 = "tensor(float)"


class OnnxNetwork:
    """A network of one picture, on the best device there is.

    It may be called from several threads, and answers one after the other.

    Args:
        path: of the file.

    Raises:
        UserError: the packages are missing, or the file is not there or no network of one picture
            that can be run.

    Attributes:
        shape: of its picture; None where a side is free.
        outputs: how many it has.
    """

    def __init__(self, path: str | Path) -> None:
        for name in _NEEDED:
            if importlib.util.find_spec(name) is None:
                raise UserError(f"ONNX files need {name}: pip install {' '.join(_NEEDED)}")
        if not Path(path).is_file():
            raise UserError(f"no such ONNX file: {path}")
        self._path = path
        self._lock = threading.Lock()
        self._child = BoundedChild("facedancer.utils.weights.onnx_child", str(path), is_brief=False)
        try:
            facts = self._child.answer()
        except ChildError as error:
            raise UserError(f"{path} is no ONNX network that can be run ({error})") from error
        self.outputs = facts["outputs"]
        shapes = [shape for _, kind, shape in facts["inputs"] if kind == _FLOAT32]
        if len(facts["inputs"]) != 1 or len(shapes) != 1 or len(shapes[0]) != 4:
            inputs = [f"{kind} {shape}" for _, kind, shape in facts["inputs"]]
            raise UserError(
                f"{path} takes {', '.join(inputs) or 'nothing'}; wanted is one picture, float32 "
                "[1, 3, side, side]"
            )
        # What is not fixed has a name in place of a number.
        self.shape = tuple(side if isinstance(side, int) else None for side in shapes[0])

    def __call__(self, picture: np.ndarray, is_trial: bool = False) -> list[np.ndarray]:
        """All outputs for a picture, or for a batch.

        Args:
            picture: ``[B, 3, H, W]`` float32.
            is_trial: the time that loading took counts, too.

        Raises:
            UserError: the network fails on it, takes too long or too much memory, or answers with
                NaN, infinity or no numbers.
        """
        seconds = None if is_trial else SECONDS * len(picture)
        try:
            with self._lock:
                found = self._child.ask(picture, seconds)
        except ChildError as error:
            raise UserError(
                f"{self._path} fails on a face of one float32 picture ({error})"
            ) from error
        if not all(np.isfinite(one).all() for one in found):
            raise UserError(f"{self._path} answers with NaN or infinity")
        return found
