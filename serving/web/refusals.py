"""Errors as a client gets them: a status, and one line of JSON."""

import json
import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from facedancer.utils.errors import UnwrittenError, UserError

from ..work.errors import BusyError, NoSuchJobError, NotReadyError, TooLargeError, for_strangers

_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that is refused for what it is, not for what it asks.

    Args:
        status: of HTTP.
        message: one line.
        headers: of the answer.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, dict(headers or {})


# The most special first.
_STATUSES = (
    (TooLargeError, 413),
    (BusyError, 503),
    (NoSuchJobError, 404),
    (NotReadyError, 409),
    (UserError, 422),
)
_FAULT = "the server failed at it; its log says more"


def answer_to(error: Exception) -> JSONResponse:
    """The answer to a request that ended in an error; what is a fault of ours is logged."""
    headers: dict[str, str] = {}
    if isinstance(error, RefusedError):
        status, message, headers = error.status, str(error), error.headers
    elif isinstance(error, HTTPException):
        status, message = error.status_code, str(error.detail)
    elif isinstance(error, RequestValidationError):
        status, message = 422, "; ".join(_told(one) for one in error.errors())
    elif isinstance(error, UserError) and not isinstance(error, UnwrittenError):
        status = next(status for kind, status in _STATUSES if isinstance(error, kind))
        message = str(error)
        if isinstance(error, BusyError):
            # The connection would be closed while the client waits, just as it asks again.
            headers = {"Retry-After": str(error.retry_after_s), "Connection": "close"}
    else:
        _log.error("a request failed", exc_info=error)
        status, message = 500, _FAULT
    return JSONResponse({"error": for_strangers(message)}, status, headers)


def install(app: FastAPI) -> None:
    """Lets an app answer so; the door answers all that is a fault of ours."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return answer_to(error)

    for kind in (HTTPException, RequestValidationError, RefusedError, UserError):
        app.add_exception_handler(kind, handle)


def _told(error: Mapping[str, object]) -> str:
    place = ".".join(str(part) for part in error.get("loc", ()))
    return f"{place}: {json.dumps(error.get('msg', 'wrong'))[1:-1]}"
