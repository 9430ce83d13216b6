"""A stand-in for the Hugging Face hub: as much of its protocol as a download needs."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "model_zoo" / "download.py"
COMMIT = "5" * 40


@dataclass
class Hub:
    """The stand-in: what it serves, how it misbehaves, and what it was asked for.

    Attributes:
        files: ``{repository: {file: content}}``.
        address: where it listens.
        promised_size: said in place of a file's own size.
        refusal: an HTTP status with which everything is answered.
        body_refusal: one with which the content is answered, not the list.
        transfers: after how many transfers the content is answered with 503.
        cuts: after how many bytes the connection breaks, one number for each request to come.
        stalls: after how many bytes the transfer goes silent, the connection open, likewise.
        silent: whether every transfer goes silent when `stalls` is used up.
        tampered: whether the content differs from what its sha256 was taken of.
        not_a_hub: whether something else answers at the address, a hotel's login page for one.
        requests: method and path, in order.
        starts: at which byte each transfer of content began.
        sent: how many bytes of content went out.
        over: set when those that are silent shall give up.
    """

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    address: str = ""
    promised_size: int | None = None
    refusal: int | None = None
    body_refusal: int | None = None
    transfers: int | None = None
    cuts: list[int] = field(default_factory=list)
    stalls: list[int] = field(default_factory=list)
    silent: bool = False
    tampered: bool = False
    not_a_hub: bool = False
    requests: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def listing(self, repository: str) -> dict:
        """The hub's answer about a repository, as far as it is read."""
        siblings = []
        for name, content in self.files[repository].items():
            size = len(content) if self.promised_size is None else self.promised_size
            lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": size, "pointerSize": 133}
            siblings.append({"rfilename": name, "size": size, "blobId": "b" * 40, "lfs": lfs})
        return {
            "id": repository,
            "modelId": repository,
            "sha": COMMIT,
            "private": False,
            "downloads": 0,
            "tags": [],
            "cardData": {"license": "cc-by-nc-4.0"},
            "siblings": siblings,
        }


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.hub.requests.append(f"GET {self.path}")
        path = self.path.partition("?")[0]
        if self.hub.refusal:
            self._answer(self.hub.refusal, b"no")
        elif self.hub.not_a_hub:
            self._answer(200, b"<html>Welcome! Room number?</html>", "text/html")
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)", path):
            self._list(match[1])
        elif match := re.fullmatch(rf"/([^/]+/[^/]+)/resolve/{COMMIT}/(.+)", path):
            # As the hub does: the content lies elsewhere.
            self.send_response(302)
            self.send_header("Location", f"/content/{match[1]}/{match[2]}?signed=yes")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif match := re.fullmatch(r"/content/([^/]+/[^/]+)/(.+)", path):
            self._send(self.hub.files[match[1]][match[2]])
        else:
            self._answer(404, b"no such page")

    def _list(self, repository: str) -> None:
        if repository in self.hub.files:
            self._answer(200, json.dumps(self.hub.listing(repository)).encode())
        else:
            self._answer(401, b"Repository not found")

    def _send(self, content: bytes) -> None:
        if self.hub.body_refusal:
            self._answer(self.hub.body_refusal, b"no")
            return
        if self.hub.transfers is not None and len(self.hub.starts) >= self.hub.transfers:
            self._answer(503, b"gone")
            return
        if self.hub.tampered:
            content = content[::-1]
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.hub.starts.append(start)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        if self.hub.cuts:
            rest = rest[: self.hub.cuts.pop(0)]
            self.close_connection = True
        stalls = bool(self.hub.stalls) or self.hub.silent
        if stalls:
            rest = rest[: self.hub.stalls.pop(0) if self.hub.stalls else 0]
        self.wfile.write(rest)
        self.hub.sent += len(rest)
        if stalls:
            self.hub.over.wait()
            self.close_connection = True

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing: the test's output is no place for an access log."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A running stand-in, with nothing in it."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield hub
        hub.over.set()
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Downloader:
    """Runs ``model_zoo/download.py NAMES`` against the stand-in, into ``folder``/zoo."""

    hub: Hub
    folder: Path

    def __call__(self, *names: str, **environment: str) -> subprocess.CompletedProcess:
        """To its end."""
        with self.start(*names, **environment) as process:
            output, complaints = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output, complaints)

    def start(self, *names: str, **environment: str) -> subprocess.Popen:
        """And leaves it running."""
        settings = {
            "HF_ENDPOINT": self.hub.address,
            "HF_HOME": str(self.folder / "hf"),
            **environment,
        }
        # Settings of whoever runs the tests would lead past the stand-in.
        foreign = ("HF_", "HUGGING", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith(foreign)}
        return subprocess.Popen(
            [sys.executable, SCRIPT, *names, f"--output={self.folder / 'zoo'}"],
            env={**inherited, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background job, as a test run may be one, hands on a Ctrl-C that is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )


@pytest.fixture
def download(hub, tmp_path) -> Downloader:
    """The command, against the stand-in."""
    return Downloader(hub, tmp_path)
