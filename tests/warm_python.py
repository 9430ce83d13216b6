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
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 300  # seconds until a process counts as stuck


class Running:
    """A process that goes on by itself, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, pid: int, ask: Callable[[dict[str, object]], str]) -> None:
        self.pid, self._ask, self._status = pid, ask, None

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self._status is None and (answer := self._ask({"poll": self.pid})):
            self._status = int(answer)
        return self._status

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit status, in the end."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.02)
        return self._status

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)


class WarmPython:
    """A server of such processes."""

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
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("stdout", "stderr")]
            process = _request(command, cwd, env, *files)
            status = self._ask({**process, "waits": True})
            out, err = (
                file.read_text(encoding="utf-8", errors="surrogateescape") for file in files
            )
        return subprocess.CompletedProcess(
            [sys.executable, *process["arguments"]], int(status), out, err
        )

    def start(
        self,
        *command: str | os.PathLike,
        stdout: Path,
        stderr: Path | None = None,
        cwd: str | os.PathLike | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Running:
        """Begins the same, and returns at once.

        Args:
            command, cwd, env: as above.
            stdout: the file for what it prints.
            stderr: the same for its errors; None: both into one.
        """
        process = _request(command, cwd, env, stdout, stderr or stdout)
        return Running(int(self._ask({**process, "waits": False})), self._ask)

    def _ask(self, request: dict[str, object]) -> str:
        print(json.dumps(request), file=self._server.stdin, flush=True)
        watch = threading.Timer(PATIENCE, os.killpg, (self._server.pid, signal.SIGKILL))
        watch.start()
        answer = self._server.stdout.readline()
        watch.cancel()
        assert answer, f"{request} took over {PATIENCE} s, or the server has ended"
        return answer.strip()

    def close(self) -> None:
        """Ends the server."""
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def _request(
    command: Sequence[str | os.PathLike],
    cwd: str | os.PathLike | None,
    env: Mapping[str, str] | None,
    stdout: Path,
    stderr: Path,
) -> dict[str, object]:
    return {
        "arguments": [os.fspath(part) for part in command],
        "cwd": os.fspath(cwd or Path.cwd()),
        "env": dict(os.environ if env is None else env),
        "stdout": os.fspath(stdout),
        "stderr": os.fspath(stderr),
    }


def serve() -> None:
    """Forks a process for each line of standard input that describes one, and answers by a line.

    The answer is its exit status, or, of one that is not waited for, its number. A line that asks
    after such a process is answered by its exit status, or by nothing while it runs.

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
        if "poll" in request:
            child, status = os.waitpid(request["poll"], os.WNOHANG)
            print(os.waitstatus_to_exitcode(status) if child else "", flush=True)
            continue
        waits = request.pop("waits")
        if (child := os.fork()) == 0:
            _settle(**request)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if waits else child, flush=True)
    os._exit(0)


def _settle(arguments: list[str], cwd: str, env: dict[str, str], stdout: str, stderr: str) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for descriptor, path in enumerate((os.devnull, stdout, stderr)):
        # To the end of it, as both may be one file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if descriptor else os.O_RDONLY
        opened = os.open(path, flags, 0o600)
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
