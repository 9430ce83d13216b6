"""The common ground of export tests: a SavedModel is tried in a child process once."""

import hashlib
from pathlib import Path

import pytest

from facedancer.utils.weights.saved_model import trial


@pytest.fixture(scope="session")
def passed():
    """The calls that a child has let through, by their arguments and the files' content."""
    return set()


@pytest.fixture(autouse=True, scope="module")
def _tried_once(passed):
    """A child imports TensorFlow: what one has let through is let through again without another."""

    class OneChild(trial.BoundedChild):
        def __init__(self, module: str, folder: str, *arguments: str) -> None:
            parts = [Path(folder) / "saved_model.pb", *sorted(Path(folder).glob("variables/*"))]
            content = b"".join(part.read_bytes() for part in parts)
            _, *call = arguments
            self._key = (module, *call, hashlib.sha256(content).digest())
            if self._key not in passed:
                super().__init__(module, folder, *arguments)

        def answer(self) -> dict[str, object]:
            if self._key in passed:
                return {"end": True}
            found = super().answer()
            passed.add(self._key)
            return found

        def close(self) -> None:
            if hasattr(self, "_finish"):
                super().close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "BoundedChild", OneChild)
        yield
