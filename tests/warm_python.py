"""Python processes that need not import TensorFlow: forked from one that has.

A command that refuses its input takes a tenth of a second, and the import before it four. A process
forked here is otherwise one of its own: its directory, variables, descriptors, signals and exit are
real, and it imports the project's own modules itself, as ``python SCRIPT`` does.
"""

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 300  # seconds until a process counts as stuck


class WarmPython:
    """A server of such processes; one at a time."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What TensorFlow says on its import.
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

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
        arguments = [os.fspath(part) for part in command]
        with tempfile.TemporaryDirectory() as folder:
            request = {
                "arguments": arguments,
                "cwd": os.fspath(cwd or Path.cwd()),
                "env": dict(os.environ if env is None else env),
                "folder": folder,
            }
            print(json.dumps(request), file=self._server.stdin, flush=True)
            watch = threading.Timer(PATIENCE, os.killpg, (self._server.pid, signal.SIGKILL))
            watch.start()
            status = self._server.stdout.readline()
            watch.cancel()
            assert status, f"{arguments} took over {PATIENCE} s, or the server has ended"
            out, err = (
                (Path(folder) / name).read_text(encoding="utf-8", errors="surrogateescape")
                for name in ("stdout", "stderr")
            )
        return subprocess.CompletedProcess([sys.executable, *arguments], int(status), out, err)

    def close(self) -> None:
        """Ends the server."""
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def serve() -> None:
    """Forks a process for each line of standard input, and writes its exit status as a line.

    Returns in each such process, with what it is to run as `sys.argv`.
    """
    import av  # noqa: F401
    import cv2  # noqa: F401
    import h5py  # noqa: F401
    import keras  # noqa: F401
    import tensorflow  # noqa: F401

    gc.freeze()  # Else each process tidies all of these away as it ends, which takes a second.
    for line in sys.stdin:
        request = json.loads(line)
        if (child := os.fork()) == 0:
            _settle(**request)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    os._exit(0)


def _settle(arguments: list[str], cwd: str, env: dict[str, str], folder: str) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for descriptor, path in enumerate((os.devnull, f"{folder}/stdout", f"{folder}/stderr")):
        opened = os.open(path, os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv, sys.orig_argv = arguments, [sys.executable, *arguments]
    # In the place of this file's folder.
    first = "" if arguments[0] == "-m" else str(Path(arguments[0]).resolve().parent)
    sys.path[:1] = [first, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]


def run() -> None:
    """Runs `sys.argv` as ``python`` does."""
    if sys.argv[0] == "-m":
        name = sys.argv.pop(1)
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    serve()
    run()
