"""The gate before the page: what may be asked for, and by whom."""

import json
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What the page's own script asks for. Gradio has more: a proxy, links to states, run histories.
_PLACES = ("/", "/config", "/config/", "/theme.css", "/favicon.ico", "/manifest.json", "/login")
_PLACES += ("/logout", "/robots.txt", "/login/", "/gradio_api/app_id", "/gradio_api/login_check")
_PLACES += ("/gradio_api/startup-events", "/gradio_api/upload", "/gradio_api/upload_progress")
_PLACES += ("/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel")
_BELOW = ("/assets/", "/static/", "/gradio_api/file=", "/gradio_api/heartbeat/")
# A browser that keeps to it loads and sends nothing elsewhere, whatever a script may want.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# Bytes of an event: a few settings and names of files.
_MOST_EVENT = 2**20


class Gate:
    """Lets through what the page needs, and refuses the rest; an ASGI application.

    Args:
        app: the page.
        files: the folder of uploads and results: events may name files in it alone.
        hosts: names by which the page is called; empty: any. A page elsewhere whose own name leads
            to this machine is kept out so.
    """

    def __init__(self, app: App, files: Path, hosts: tuple[str, ...] = LOOPBACK) -> None:
        self._app, self._hosts = app, hosts
        self._files = os.path.realpath(files)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        if not self._is_known(scope):
            await _refuse(send, 403)
            return
        path = scope["path"]
        if path.startswith("/gradio_api/file=") and not self._is_ours(path.partition("=")[2]):
            await _refuse(send, 403)
            return
        if path not in _PLACES and not path.startswith(_BELOW):
            await _refuse(send, 404)
            return
        if path == "/gradio_api/queue/join":
            body = await _whole_body(receive)
            if body is None or not self._names_ours(body):
                await _refuse(send, 403)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, _with_headers(send))

    def _is_known(self, scope: Message) -> bool:
        if not self._hosts:
            return True
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return name.strip("[]") in self._hosts

    def _names_ours(self, body: bytes) -> bool:
        try:
            return all(map(self._is_ours, _paths(json.loads(body))))
        except (ValueError, RecursionError):
            return False

    def _is_ours(self, path: str) -> bool:
        try:
            place = os.path.realpath(path)
        except (ValueError, OSError):
            return False
        return os.path.isabs(path) and place.startswith(f"{self._files}{os.sep}")  # noqa: PTH117


def _paths(content: Any) -> Iterator[str]:
    """Every file that an event names."""
    if isinstance(content, dict):
        for name, one in content.items():
            if name == "path" and one is not None:
                yield str(one)
            else:
                yield from _paths(one)
    elif isinstance(content, list):
        for one in content:
            yield from _paths(one)


async def _whole_body(receive: Receive) -> bytes | None:
    """A request's body; None where it is too long or breaks off."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > _MOST_EVENT:
            return None
        if not message.get("more_body", False):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The same body once more, then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return sent


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"not here\n"})
