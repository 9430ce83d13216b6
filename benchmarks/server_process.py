"""A server as a process of its own, whose memory is watched."""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

import requests

_PATIENCE_S = 120.0


class ServerProcess:
    """`facedancer serve` on a free port of this machine; used by ``with``.

    Args:
        flags: of the command, besides its port and its folder.
        folder: where its jobs are kept; None: in one that goes with it.

    Attributes:
        url: where it is.
        megabytes: its resident memory, looked at once a second.
    """

    def __init__(self, *flags: str, folder: Path | None = None) -> None:
        self._flags, self._jobs = flags, folder
        self.megabytes: list[float] = []
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", "facedancer.serving.serve", "--port=0"]
        self._process = subprocess.Popen(
            [*command, f"--jobs_dir={self._jobs or self._folder.name}", *self._flags],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = next((one for one in self._process.stdout if one.startswith("serving on")), "")
        if not line:
            raise RuntimeError(f"the server ended with status {self._process.wait()}")
        self.url = line.split()[-1]
        end = time.monotonic() + _PATIENCE_S
        while not self.is_up() and time.monotonic() < end:
            time.sleep(0.1)
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._process.terminate()
        self._process.wait(_PATIENCE_S)
        self._folder.cleanup()

    def kill(self) -> None:
        """Ends it without a word, as a crash does."""
        self._process.kill()
        self._process.wait(_PATIENCE_S)

    def is_up(self) -> bool:
        """Tells whether it answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=10).ok
        except requests.RequestException:
            return False

    def growth(self) -> float:
        """By what part the memory of the last tenth exceeds that of the second."""
        count = max(1, len(self.megabytes) // 10)
        early, late = self.megabytes[count : 2 * count], self.megabytes[-count:]
        return max(late) / max(early) - 1 if early else 0.0

    def _watch(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status")
        while not self._done.wait(1.0) and status.is_file():
            text = status.read_text()
            if "VmRSS:" in text:
                self.megabytes.append(int(text.partition("VmRSS:")[2].split()[0]) / 1024)
