"""ONNX files, run by onnxruntime, an optional package."""

from pathlib import Path
from typing import TYPE_CHECKING

from .cli import UserError

if TYPE_CHECKING:
    import onnxruntime


def open_onnx(path: str | Path) -> "onnxruntime.InferenceSession":
    """A network, on the best device there is.

    Raises:
        UserError: onnxruntime is missing, or the file is not there or no network that it runs.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError("ONNX files need onnxruntime: pip install onnxruntime") from error
    if not Path(path).is_file():
        raise UserError(f"no such ONNX file: {path}")
    try:
        return onnxruntime.InferenceSession(
            str(path), providers=onnxruntime.get_available_providers()
        )
    # The runtime's errors have no common class: what is not its own is raised on.
    except Exception as error:
        if not is_from_onnxruntime(error):
            raise
        raise UserError(f"{path} is no ONNX network that can be run ({error})") from error


def is_from_onnxruntime(error: Exception) -> bool:
    """Whether onnxruntime raised it: its errors have its module in common, and no class."""
    return type(error).__module__.partition(".")[0] == "onnxruntime"
