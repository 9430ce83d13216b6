"""Commands in processes that need not import TensorFlow.

A command that refuses its input takes a tenth of a second, and the import before it four.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

PATIENCE = 300  # seconds until a process counts as stuck
MODULES = ("av", "cv2", "h5py", "keras", "tensorflow")


class WarmPython:
    """Runs such commands.

    Args:
        fork: `Forked` of forking.py.
        place: of a `ForkServer` that has imported `MODULES`.
    """

    def __init__(self, fork: Callable, place: Callable[[], str]) -> None:
        self._fork, self._place = fork, place

    def __call__(
        self,
        *command: str | os.PathLike,
        cwd: str | os.PathLike | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess:
        """Runs ``python *command`` to its end: ``SCRIPT`` or ``-m MODULE``, and arguments.

        Args:
            command: what would stand behind ``python``.
            cwd: the directory, this process's where there is none.
            env: all variables, this process's where there are none.
        """
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("stdout", "stderr")]
            process = self.start(*command, cwd=cwd, env=env, stdout=files[0], stderr=files[1])
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            out, err = (
                file.read_text(encoding="utf-8", errors="surrogateescape") for file in files
            )
        return subprocess.CompletedProcess(process.args, status, out, err)

    def start(
        self,
        *command: str | os.PathLike,
        stdout: Path,
        stderr: Path | None = None,
        cwd: str | os.PathLike | None = None,
        env: Mapping[str, str] | None = None,
    ):
        """Begins the same, and returns at once with the process, a `Forked`.

        Args:
            command, cwd, env: as above.
            stdout: the file for what it prints.
            stderr: the same for its errors; None: both into one.
        """
        arguments = [os.fspath(part) for part in command]
        streams = [os.open(os.devnull, os.O_RDONLY), _opened(stdout), _opened(stderr or stdout)]
        try:
            return self._fork(
                self._place(),
                arguments,
                os.fspath(cwd or Path.cwd()),
                os.environ if env is None else env,
                streams,
            )
        finally:
            for stream in streams:
                os.close(stream)


def _opened(path: Path) -> int:
    # To the end of it, as both may be one file.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
