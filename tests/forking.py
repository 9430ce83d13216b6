"""Processes forked from one that has imported what they import: how to ask for them.

Such a process is otherwise one of its own: its directory, variables, descriptors, limits, signals
and exit are real, and it imports the project's own modules itself, as ``python SCRIPT`` does.
`fork_server.py` is the process that they are forked from.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Of the number of bytes that each message begins with.
LENGTH = 4
_SERVER = Path(__file__).with_name("fork_server.py")
# The servers that this process has its children forked by, see `fork_children`.
_servers: dict[str, Callable[[], str]] = {}


class ForkServer:
    """The process that others are forked from; it begins when it is first asked for its `place`.

    Args:
        modules: that it imports.
        variables: of its environment, with all of this process's.
    """

    def __init__(self, modules: Sequence[str], **variables: str) -> None:
        self._modules, self._variables = modules, variables
        self._folder = Path(tempfile.mkdtemp(prefix="fork"))
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()

    def place(self) -> str:
        """The path of its socket."""
        place = str(self._folder / "socket")
        # Threads that read several networks at once ask together.
        with self._lock:
            if self._process is None:
                self._process = self._begin(place)
        return place

    def _begin(self, place: str) -> subprocess.Popen:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(place)
            listener.listen()
            return subprocess.Popen(
                [sys.executable, str(_SERVER), str(listener.fileno()), *self._modules],
                env={**os.environ, **self._variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # What TensorFlow says on its import.
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def close(self) -> None:
        """Ends it."""
        if self._process:
            self._process.stdin.close()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class Forked:
    """A process that was forked, with the part of `subprocess.Popen` that is used of it."""

    def __init__(
        self,
        place: str,
        command: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        streams: Sequence[int],
    ) -> None:
        """Args:
        place: the server's socket.
        command: what would stand behind ``python``: ``SCRIPT`` or ``-m MODULE``, and arguments.
        cwd, env: its directory and all its variables.
        streams: descriptors of its standard input, output and errors.
        """
        self.args, self._place = [sys.executable, *command], place
        self.stdin = self.stdout = self.returncode = None
        # A child that reads a file starts none itself.
        servers = {} if command[0] == "-P" else _servers
        places = {name: ask() for name, ask in servers.items()}
        request = {"command": command, "cwd": cwd, "env": dict(env), "places": places}
        self.pid = int(_ask(place, request, streams))
        self._end = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, in the end."""
        if self.returncode is None:
            if not select.select([self._end], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            os.close(self._end)
            self.returncode = int(_ask(self._place, {"ended": self.pid}))
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)


def _ask(place: str, request: Mapping[str, object], descriptors: Sequence[int] = ()) -> str:
    message = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(place)
        socket.send_fds(line, [len(message).to_bytes(LENGTH)], list(descriptors))
        line.sendall(message)
        answer = line.makefile().read()
    assert answer, f"the process that forks others has ended: {request}"
    return answer


def fork_children(servers: Mapping[str, Callable[[], str]]) -> None:
    """Has this process fork the children that read strangers' files, where it would start Python.

    It starts one for nearly each network that it loads: of an HDF5 file that takes a seventh of a
    second, of a SavedModel three, and nearly all of it is imports.

    Args:
        servers: their `ForkServer.place`, by the name of the child's script or module.
    """
    _servers.update(servers)
    real = subprocess.Popen

    class Popen(real):
        def __new__(cls, command, *args, **options):
            # Nothing but these children is started so.
            is_child = isinstance(command, list) and command[:2] == [sys.executable, "-P"]
            name = Path(command[2 + (command[2] == "-m")]).name if is_child else ""
            if name not in servers:
                return super().__new__(cls)
            return _child(servers[name](), command[1:], **options)

    subprocess.Popen = Popen


def _child(place: str, command: Sequence[str], env: Mapping[str, str], **streams: object) -> Forked:
    theirs, ours = [], {}
    for name, mode in (("stdin", "wb"), ("stdout", "rb"), ("stderr", "rb")):
        stream = streams[name]
        if stream == subprocess.PIPE:
            ends = os.pipe()
            their, our = ends if mode == "wb" else ends[::-1]
            ours[name] = os.fdopen(our, mode)
        elif stream == subprocess.DEVNULL:
            their = os.open(os.devnull, os.O_RDWR)
        else:
            their = os.dup(stream.fileno())
        theirs.append(their)
    child = Forked(place, command, str(Path.cwd()), env, theirs)
    for descriptor in theirs:
        os.close(descriptor)
    vars(child).update(ours)
    return child
