"""The door of the server: who may come in, how much they may bring, and how long it may take."""

import asyncio
import dataclasses
import hmac
import ipaddress
import re
import time
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..work.errors import BusyError
from ..work.limits import MEGABYTE, Limits
from .metrics import Metrics
from .refusals import RefusedError, answer_to

# They tell nothing that is anybody's.
OPEN_PATHS = ("/healthz", "/docs", "/openapi.json")
JOBS_PATH = "/v1/jobs"
# What base64 and the parts of a form add.
_OVERHEAD, _MORE = 1.4, MEGABYTE
_CLOSE = {"Connection": "close"}


@dataclasses.dataclass(frozen=True)
class Rules:
    """Rules of the door.

    Attributes:
        token: what a client shows as ``Authorization: Bearer TOKEN``; empty: none is asked for,
            and whoever asks must do so by a name of this machine's loopback.
        idle_s: a body must bring something within so many seconds,
        upload_s: and all of it within so many.
        most_arriving: bytes of all bodies that are held at once.
    """

    token: str = ""
    idle_s: float = 15.0
    upload_s: float = 600.0
    most_arriving: int = 2048 * MEGABYTE


class Guard:
    """Refuses before anything is read, and bounds what is.

    Args:
        app: what is guarded.
        rules: see `Rules`.
        limits: of bytes.
        metrics: hear of every answer.
    """

    def __init__(self, app: ASGIApp, rules: Rules, limits: Limits, metrics: Metrics) -> None:
        self._app, self._rules, self._limits, self._metrics = app, rules, limits, metrics
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        answered = 0

        async def counted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
            await send(message)

        body = _Body(self, receive, self._most_bytes(scope))
        try:
            self._check(scope, body.most)
            await self._app(scope, body.receive, counted)
        except ClientDisconnect:
            pass  # Nobody is left to be told.
        except Exception as error:
            if answered:
                raise
            await answer_to(error)(scope, receive, counted)
        finally:
            self._arriving -= body.count
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.answered(route, answered, time.monotonic() - begun)

    def _check(self, scope: Scope, most: int) -> None:
        """Refuses a request for its head.

        Raises:
            RefusedError: it has no token, comes from elsewhere or brings too much.
        """
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if self._rules.token:
            if scope["path"] not in OPEN_PATHS:
                self._check_token(headers.get(b"authorization", ""))
        else:
            # A page elsewhere may have a browser ask us: it cannot change these two.
            named = [headers.get(b"host", "")]
            if b"origin" in headers:
                named.append(urlsplit(headers[b"origin"]).netloc)
            if not all(map(is_loopback_name, named)):
                raise RefusedError(403, "without a token, only this machine may send requests")
        length = headers.get(b"content-length", "0")
        if not re.fullmatch(r"\d{1,18}", length) or int(length) > most:
            raise _too_large(most)

    def _check_token(self, given: str) -> None:
        kind, _, token = given.partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), self._rules.token.encode())
        if kind.lower() != "bearer" or not is_right:
            how = "give the server's token: Authorization: Bearer TOKEN"
            raise RefusedError(401, how, {"WWW-Authenticate": "Bearer"})

    def _most_bytes(self, scope: Scope) -> int:
        content_type = dict(scope["headers"]).get(b"content-type", b"")
        is_form = content_type.lower().startswith(b"multipart/form-data")
        if scope["path"] == JOBS_PATH and is_form:
            return self._limits.most_job_bytes + _MORE
        return int(self._limits.most_bytes * (1 if is_form else _OVERHEAD)) + _MORE


class _Body:
    """A request's body as it arrives."""

    def __init__(self, guard: Guard, receive: Receive, most: int) -> None:
        self._guard, self._receive, self.most = guard, receive, most
        self._end = time.monotonic() + guard._rules.upload_s
        self.count, self._is_whole = 0, False

    async def receive(self) -> Message:
        """The next part.

        Raises:
            RefusedError: it does not come, or there is too much of it.
            BusyError: others bring too much at the same time.
        """
        if self._is_whole:
            return await self._receive()
        left = min(self._guard._rules.idle_s, self._end - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.001))
        except TimeoutError as error:
            raise RefusedError(408, "the request came too slowly", _CLOSE) from error
        size = len(message.get("body", b""))
        self.count += size
        self._guard._arriving += size
        if self.count > self.most:
            raise _too_large(self.most)
        if self._guard._arriving > self._guard._rules.most_arriving:
            raise BusyError("too much arrives at once: ask again later", 10)
        self._is_whole = not message.get("more_body", False)
        return message


def is_loopback_name(host: str) -> bool:
    """Tells whether a host's name, with or without a port, is this machine's own."""
    # "[::1]:8000", "127.0.0.1:8000", "localhost".
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:]+)\]|([^:]+))(?::\d*)?", host)
    name = (found[1] or found[2]).lower() if found else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"the request has more than {most / MEGABYTE:.0f} MiB", _CLOSE)
