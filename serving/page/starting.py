"""Starting the page: who may come in, and everything that stands behind it."""

import dataclasses
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facedancer.inference.swap_flags import SwapFlags
from facedancer.utils.errors import UserError

from ..work.limits import MEGABYTE, Limits
from .gate import LOOPBACK

if TYPE_CHECKING:
    import uvicorn

    from .gate import Gate

# Seconds that answers on their way have when the process is told to end.
_GOODBYE_S = 1
# Fewer characters are guessed.
_LEAST_PASSWORD = 8


def check_access(host: str, password_file: str) -> str:
    """Reads the password; beyond this machine there must be one.

    Args:
        host: the address to listen at.
        password_file: its first line is the password; empty: there is none.

    Returns:
        The password, or "".

    Raises:
        UserError: it is missing, cannot be read, or is short.
    """
    if not password_file:
        if host not in LOOPBACK:
            raise UserError(
                f"--host={host} lets others in: give --password_file=FILE, whose first line is a "
                "password, or leave out --host"
            )
        return ""
    try:
        text = Path(password_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the password in {password_file}: {error}") from error
    password = text.partition("\n")[0].strip()
    if len(password) < _LEAST_PASSWORD:
        raise UserError(
            f"the first line of {password_file} is the password: give at least "
            f"{_LEAST_PASSWORD} characters"
        )
    return password


def import_gradio() -> None:
    """Imports Gradio, which only the page needs.

    Raises:
        UserError: it is not installed.
    """
    try:
        import gradio  # noqa: F401 - asked only whether it is there
    except ImportError as error:
        raise UserError(
            "the page needs Gradio, which is not installed: pip install 'facedancer-tf[ui]', or "
            "pip install gradio"
        ) from error


def serve(settings: Any, folder: Path, files: Path, password: str) -> None:
    """Loads the networks, and answers until the process is interrupted.

    Args:
        settings: `ui.Settings`.
        folder: of everything that is kept.
        files: the part of it that visitors see, see `uploads.confine`.
        password: from `check_access`.

    Raises:
        UserError: a network's file is missing or something else, a folder cannot be written or, of
            trainings, is not there, or the port is taken.
    """
    from ..work.jobs import Jobs
    from .app import build_app, tidied
    from .desk import Desk
    from .engine import PageEngine
    from .preview import warm
    from .swaps import Swaps
    from .training_run import Runs
    from .uploads import Uploads
    from .visits import Visitors

    runs = Runs(Path(settings.run)) if settings.run else None
    door = bound(settings.host, settings.port)
    own = {field.name for field in dataclasses.fields(settings)}
    shared = [field.name for field in dataclasses.fields(SwapFlags) if field.name in own]
    given = SwapFlags(**{name: getattr(settings, name) for name in shared})
    most_bytes = int(settings.most_megabytes * MEGABYTE)
    limits = Limits(
        most_bytes=most_bytes,
        most_job_bytes=most_bytes,
        most_seconds=60 * settings.most_minutes,
    )
    engine = PageEngine.load(given, limits)
    warm(engine.swapper)
    keep_s = 60 * settings.keep_minutes
    jobs = Jobs(engine, folder / "jobs")
    try:
        visitors = Visitors(files / "visitors", most_bytes, keep_s)
        swaps = Swaps(engine, jobs, visitors)
        visitors.on_leave(swaps.leave)
        jobs.start()
        app: Gate = build_app(
            Desk(engine, visitors),
            swaps,
            files,
            keep_s,
            password,
            is_open=settings.host not in LOOPBACK,
            runs=runs,
        )
        with tidied(swaps, Uploads(files, files / "visitors")):
            port = door.getsockname()[1]
            print(f"open http://{_shown(settings.host)}:{port} in a browser", flush=True)
            make_server(app).run(sockets=[door])
    finally:
        jobs.stop()


def make_server(app: "Gate") -> "uvicorn.Server":
    """A server that ends when it is told to, though a page that is open keeps a connection."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # That connections are cut off now is no error, and nobody is to read a traceback.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GOODBYE_S
    )
    return Server(config)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens at the address, before the networks are loaded.

    Whoever comes meanwhile waits, and a second page at this port is refused.

    Args:
        host: the address.
        port: 0 is any that is free.

    Raises:
        UserError: there is no such address here, or the port is taken.
    """
    one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((host, port))
        one.listen()
    except OSError as error:
        one.close()
        raise UserError(
            f"cannot listen at {host}, port {port} ({error.strerror}): give another --port"
        ) from error
    return one


def _shown(host: str) -> str:
    return {"0.0.0.0": "THIS-MACHINE", "::": "THIS-MACHINE", "::1": "[::1]"}.get(host, host)
