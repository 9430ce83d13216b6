"""uvicorn in front of the app, with a deadline for those who connect and ask nothing."""

import asyncio
import ipaddress
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from facedancer.utils.errors import UserError

# Seconds from a connection to its request's head, and from a wish to end to the end.
_HEAD_S, _GRACE_S = 10.0, 10
_BACKLOG = 128
# Characters: fewer are soon guessed.
_SHORTEST_TOKEN = 16


class _Impatient(H11Protocol):
    """uvicorn waits for ever for the rest of a request's head; this does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begins to wait."""
        super().connection_made(transport)
        self.loop.call_later(_HEAD_S, self._end_if_silent)

    def _end_if_silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def check_door(host: str, token: str) -> None:
    """Refuses a door that is open to everybody.

    Raises:
        UserError: the host is not loopback and there is no token, or the token is short.
    """
    if token and len(token) < _SHORTEST_TOKEN:
        raise UserError(f"the token has {len(token)} characters: use at least {_SHORTEST_TOKEN}")
    if not token and not _is_loopback(host):
        raise UserError(
            f"--host={host} lets other machines in: give --token_file, a file with the token that "
            "requests must send, or leave --host at 127.0.0.1"
        )


def listen(host: str, port: int) -> socket.socket:
    """Takes an address; what connects waits until somebody serves.

    Args:
        host: a name or an address of this machine.
        port: 0: any that is free.

    Raises:
        UserError: it cannot be taken.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"cannot listen on {host}:{port} ({why}): choose another --port") from error


def serve(app: FastAPI, server: socket.socket) -> None:
    """Serves until the process is told to end.

    Args:
        app: the app.
        server: from `listen`.
    """
    make_server(app).run(sockets=[server])


def make_server(app: FastAPI) -> uvicorn.Server:
    """A server of an app, as we want uvicorn to be."""
    config = uvicorn.Config(
        app,
        http=_Impatient,
        loop="asyncio",
        ws="none",
        log_level="warning",
        # Its lines would hold the names of jobs, which are as good as keys.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
