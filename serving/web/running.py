"""uvicorn in front of the app, with a deadline for those who connect and ask nothing."""

import asyncio
import ipaddress

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from facedancer.utils.errors import UserError

# Seconds from a connection to its request's head, and from a wish to end to the end.
_HEAD_S, _GRACE_S = 10.0, 10
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
        raise UserError(f"the token has {len(token)} characters: take at least {_SHORTEST_TOKEN}")
    if not token and not _is_loopback(host):
        raise UserError(
            f"--host={host} lets other machines in: give --token_file, a file with a token that "
            "they have to show, or leave --host at 127.0.0.1"
        )


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serves until the process is told to end.

    Raises:
        UserError: the address cannot be listened on.
    """
    config = uvicorn.Config(
        app,
        host,
        port,
        http=_Impatient,
        loop="asyncio",
        ws="none",
        log_level="warning",
        # Its lines would hold the names of jobs, which are as good as keys.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    try:
        socket = config.bind_socket()
    except SystemExit as error:
        raise UserError(f"cannot listen on {host}:{port}: choose another --port") from error
    uvicorn.Server(config).run(sockets=[socket])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
