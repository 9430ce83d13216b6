"""Clients of a server: those who ask well, those who are slow, break off, or send rubbish."""

import collections
import contextlib
import dataclasses
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import cv2
import numpy as np
import requests

# What a hostile file may be called, and where it is sent.
_FILES = ("target", "source", "picture", "file")
_PATHS = {
    "target": "/v1/swap",
    "source": "/v1/swap",
    "picture": "/v1/faces",
    "file": "/v1/verify",
}
_BODY = b"--x\r\nContent-Disposition: form-data; name=target; filename=a\r\n\r\n"
_TIMEOUT_S = 120.0
_HEADS = (
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"GIF89a",
    b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    b"II*\x00\x08\x00\x00\x00",
    b"\x00\x00\x00\x18ftypmp42",
    b"\x1aE\xdf\xa3",
    b"BM",
    b"%PDF-1.7",
)


@dataclasses.dataclass
class Load:
    """The answers that clients got.

    Attributes:
        seconds: of each swap that was answered by 200, as its client waited for it.
        statuses: of those who ask well: status -> how often; "no answer" too.
        hostile: of those who sent rubbish.
    """

    seconds: list[float] = dataclasses.field(default_factory=list)
    statuses: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    hostile: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def percentile(self, share: float) -> float:
        """Seconds that such a part of the swaps took at most."""
        return float(np.percentile(self.seconds, share))

    @property
    def faults(self) -> dict[int | str, int]:
        """Counts what should not be: no answer, 500 and above but for 503, a good one refused."""
        bad = {
            status: count
            for status, count in self.hostile.items()
            if not isinstance(status, int) or (status >= 500 and status != 503)
        }
        others = {one: n for one, n in self.statuses.items() if one not in (200, 503)}
        return {one: bad.get(one, 0) + others.get(one, 0) for one in bad | others}


def run_load(
    url: str,
    target: bytes,
    source: bytes,
    seconds: float,
    clients: int = 16,
    slow: int = 4,
    hostile: int = 200,
) -> Load:
    """Asks a server for so many seconds.

    Args:
        url: the server's.
        target: a photograph's file.
        source: another's.
        seconds: how long.
        clients: swap, one photograph after the other, and wait when they are told to.
        slow: send a body byte by byte, or half of a request, and go.
        hostile: how many files that are none, spread over the time.
    """
    load, end = Load(), time.monotonic() + seconds
    files = {"target": target, "source": source}
    threads = [
        *(threading.Thread(target=_swap, args=(url, files, end, load)) for _ in range(clients)),
        *(threading.Thread(target=_dawdle, args=(url, end, number)) for number in range(slow)),
        threading.Thread(target=_send_rubbish, args=(url, files, end, hostile, load)),
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return load


def hostile_files(good: bytes, seed: int = 0) -> Iterator[bytes]:
    """Endless files that are damaged, cut short, or only begin like a picture or a film."""
    draw = np.random.default_rng(seed)
    for number in itertools.count():
        if number % 2:
            head = _HEADS[number // 2 % len(_HEADS)]
            yield head + draw.bytes(int(draw.integers(0, 4000)))
            continue
        data = np.frombuffer(good, np.uint8).copy()
        data = data[: int(draw.integers(1, len(data) + 1))]
        places = draw.integers(0, len(data), int(draw.integers(1, 40)))
        data[places] = draw.integers(0, 256, len(places))
        yield data.tobytes()


def as_jpeg(picture: np.ndarray, side: int = 512) -> bytes:
    """A picture, ``[H, W, 3]`` uint8 RGB, as a JPEG whose longer side is ``side`` pixels."""
    scale = side / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small[..., ::-1])[1].tobytes()


def _swap(url: str, files: dict[str, bytes], end: float, load: Load) -> None:
    with requests.Session() as session:
        while time.monotonic() < end:
            begun = time.monotonic()
            answer = _post(session, f"{url}/v1/swap", files)
            if answer is None:
                load.statuses["no answer"] += 1
                continue
            load.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                load.seconds.append(time.monotonic() - begun)
            elif answer.status_code == 503:
                time.sleep(float(answer.headers["Retry-After"]))


def _post(session: requests.Session, url: str, files: dict[str, bytes]) -> requests.Response | None:
    try:
        return session.post(url, files=files, timeout=_TIMEOUT_S)
    except requests.RequestException:
        return None


def _dawdle(url: str, end: float, number: int) -> None:
    """Sends half of a head, half of a body, or a body byte by byte, again and again."""
    address = urlsplit(url)
    head = (
        f"POST /v1/swap HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()
    for turn in itertools.count(number):
        if time.monotonic() > end:
            return
        with (
            contextlib.suppress(OSError),
            socket.create_connection((address.hostname, address.port), timeout=5) as client,
        ):
            if turn % 3 == 0:
                client.sendall(head[:40])
                time.sleep(0.5)
            elif turn % 3 == 1:
                client.sendall(head + _BODY + bytes(1000))
            else:
                client.sendall(head + _BODY)
                for _ in range(20):
                    client.sendall(b"a")
                    time.sleep(0.2)


def _send_rubbish(url: str, files: dict[str, bytes], end: float, count: int, load: Load) -> None:
    pause = max(0.0, (end - time.monotonic()) / max(1, count) - 0.02)
    with requests.Session() as session:
        for number, rubbish in enumerate(hostile_files(files["source"])):
            if number == count:
                return
            name = _FILES[number % len(_FILES)]
            path = _PATHS[name]
            sent = {**files, name: rubbish} if path == "/v1/swap" else {name: rubbish}
            if number % 8 == 0:
                path = "/v1/jobs"
                sent = {**files, "target": rubbish}
            answer = _post(session, f"{url}{path}", sent)
            load.hostile["no answer" if answer is None else answer.status_code] += 1
            time.sleep(pause)
