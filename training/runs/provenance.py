"""The origin of a result: the versions of the libraries and the revision of the code."""

import platform
import subprocess
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import facedancer

_ROOT = Path(__file__).parents[2]
_GIT_SECONDS = 20


def versions() -> dict[str, str]:
    """Version by name, of what decides a run's numbers."""
    return {
        "facedancer": facedancer.__version__,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def git_state(root: Path = _ROOT) -> dict[str, str | bool] | None:
    """``revision`` and ``modified`` (whether files differ from it) of the code in ``root``.

    None where git is not installed or ``root`` is not the top of a repository: an installed copy
    of this package may well lie in a folder of somebody else's.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    revision = _git(root, "rev-parse", "HEAD")
    if not top or not revision or not root.samefile(top):
        return None
    changes = _git(root, "status", "--porcelain")
    return {"revision": revision, "modified": changes != ""}


def _git(root: Path, *arguments: str) -> str | None:
    """Asks git; None if it cannot answer. It takes no lock, so as not to disturb a person's."""
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
