"""The process that others are forked from, see `forking.py`.

``python fork_server.py DESCRIPTOR MODULE ...`` imports the modules, answers each message at the
listening socket ``DESCRIPTOR`` by a line, and ends with its standard input.
"""

import functools
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

# It lies in this script's folder.
from forking import LENGTH, fork_children


def serve(listener: socket.socket) -> None:
    """Forks a process for each message that describes one, and answers by its number.

    A message that asks after one that has ended is answered by its exit status.

    Returns in each such process, with what it is to run as `sys.argv`.
    """
    gc.freeze()  # Else each process tidies all of these away as it ends, which takes a second.
    gc.set_threshold(100_000, 20, 50)  # As in conftest.py.
    gc.enable()
    while True:
        ready, _, _ = select.select([sys.stdin, listener], [], [])
        if sys.stdin in ready:
            # Also where what began this was killed.
            shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
            os._exit(0)
        line, _ = listener.accept()
        with line:
            length, descriptors, *_ = socket.recv_fds(line, LENGTH, 3)
            size = int.from_bytes(length)
            request = json.loads(line.recv(size, socket.MSG_WAITALL))
            if "ended" in request:
                _, status = os.waitpid(request["ended"], 0)
                line.sendall(str(os.waitstatus_to_exitcode(status)).encode())
                continue
            if (child := os.fork()) == 0:
                listener.close()
                _settle(**request, descriptors=descriptors)
                return
            line.sendall(str(child).encode())
        for descriptor in descriptors:
            os.close(descriptor)


def _settle(
    command: list[str],
    cwd: str,
    env: dict[str, str],
    places: dict[str, str],
    descriptors: Sequence[int],
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.orig_argv = [sys.executable, *command]
    path = list(filter(None, env.get("PYTHONPATH", "").split(os.pathsep)))
    if command[0] == "-P":
        del command[0]
    else:
        path.insert(0, "" if command[0] == "-m" else str(Path(command[0]).resolve().parent))
    # In the place of this file's folder.
    sys.path[:1] = path
    sys.argv = command
    if places:
        fork_children({name: functools.partial(str, place) for name, place in places.items()})


def run() -> None:
    """Runs `sys.argv` as ``python`` does."""
    if sys.argv[0] == "-m":
        name = sys.argv.pop(1)
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _, descriptor, *modules = sys.argv
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    serve(socket.socket(fileno=int(descriptor)))
    run()
