"""The web page as a process of its own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PATIENCE_S = 30.0


@contextlib.contextmanager
def page_process(files: Path, run: Path) -> Iterator[str]:
    """The address of ``facedancer ui`` on a free port of this machine, with the networks that ship.

    Args:
        files: where visitors' files are kept.
        run: a training's folder, or one of several.

    Raises:
        RuntimeError: it ended before it had an address.
    """
    command = [
        sys.executable, "-m", "facedancer.serving.ui", "--port=0", f"--files_dir={files}",
        f"--run={run.resolve()}",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = next((one for one in process.stdout if one.startswith("open http")), "")
        if not line:
            raise RuntimeError(f"the page ended with status {process.wait()}")
        try:
            yield line.split()[1]
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
