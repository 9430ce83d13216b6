"""Starts an HTTP server that swaps faces in photographs and films.

python serving/serve.py
curl -F target=@scene.jpg -F source=@person.jpg http://127.0.0.1:8000/v1/swap -o swapped.jpg

It accepts other machines only with a token (docs/server.md). Requires the extra [serve].
"""

import dataclasses
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.inference.network_flags import NetworkFlags, SpeedFlags
from facedancer.inference.swap_flags import SignerFlags, SwapFlags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings
from facedancer.utils.start_up import quick_start

if TYPE_CHECKING:
    from fastapi import FastAPI

_PACKAGES = ("fastapi", "uvicorn", "python-multipart", "prometheus-client")
_TOKEN = "FACEDANCER_TOKEN"
_DOOR = "who may ask"
_LIMITS = "limits"
_MEGABYTE = 2**20


@dataclasses.dataclass(frozen=True)
class LimitFlags:
    """Limits of what is taken."""

    workers: int = shared_flag(
        "workers",
        default=2,
        text="Requests to process at the same time; their faces share batches.",
        group=_LIMITS,
    )
    queue: int = flag_field(
        16, "Requests that may wait; further ones get 503 and Retry-After.", least=0, group=_LIMITS
    )
    timeout: float = shared_flag(
        "timeout", default=60.0, text="Seconds that a request may wait and run.", group=_LIMITS
    )
    most_megabytes: int = shared_flag(
        "most_megabytes",
        text="Largest total size of a request's files, in MiB; a job's may be 16 times as large.",
        group=_LIMITS,
    )
    most_megapixels: float = flag_field(
        32.0, "Largest picture or frame, in millions of pixels.", least=0.01, group=_LIMITS
    )
    most_minutes: float = shared_flag(
        "most_minutes", text="Longest film, in minutes.", group=_LIMITS
    )
    keep_hours: float = flag_field(24.0, "Hours to keep a finished job.", least=0.0, group=_LIMITS)


@dataclasses.dataclass(frozen=True)
class Settings(NetworkFlags, SpeedFlags, SignerFlags, TrustSettings, LimitFlags):
    """All flags of this command."""

    host: str = shared_flag("host", text="Address to listen on.", group=_DOOR)
    port: int = shared_flag("port", text="Port to listen on; 0: any free port.", group=_DOOR)
    token_file: str = flag_field(
        "",
        f"File with the token that requests must send; default: the environment variable {_TOKEN}, "
        "else no token.",
        group=_DOOR,
    )
    jobs_dir: str = flag_field(
        "", "Folder for jobs; default: facedancer/jobs in the user's data folder.", group=_DOOR
    )
    tf_serving: str = flag_field(
        "",
        "TF Serving over gRPC, HOST:PORT, that runs the generator instead of this process; needs "
        "--encoder.",
    )


def main(settings: Settings) -> None:
    """Loads the networks and serves."""
    check_packages()
    with quick_start():
        from facedancer.serving.web.running import check_door, listen, serve

        token = read_token(settings.token_file)
        check_door(settings.host, token)
        server = listen(settings.host, settings.port)
        app = make_app(settings, token)
    port = server.getsockname()[1]
    print(f"serving on http://{settings.host}:{port}", flush=True)
    serve(app, server)


def check_packages() -> None:
    """Refuses to begin without the packages of the extra.

    Raises:
        UserError: one is missing.
    """
    missing = [name for name in _PACKAGES if find_spec(name.replace("-", "_")) is None]
    if missing:
        raise UserError(
            f"missing {', '.join(missing)}: pip install {' '.join(_PACKAGES)}, which "
            '"facedancer-tf[serve]" brings'
        )


def read_token(path: str) -> str:
    """The token, of a file or of the environment; empty: none.

    Raises:
        UserError: the file cannot be read, or is empty.
    """
    if not path:
        return os.environ.get(_TOKEN, "").strip()
    try:
        token = Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read --token_file={path}: {error}") from error
    if not token:
        raise UserError(f"--token_file={path} is empty: write the token into it")
    return token


def make_app(settings: Settings, token: str) -> "FastAPI":
    """Loads the networks and builds the app.

    Raises:
        UserError: a network is missing, or the jobs' folder is in use.
    """
    from facedancer.inference.swap_run import load_swapper
    from facedancer.serving.web.app import Capacity, create_app
    from facedancer.serving.web.guard import Rules
    from facedancer.serving.web.metrics import Metrics
    from facedancer.serving.work.engine import Engine
    from facedancer.serving.work.jobs import Jobs
    from facedancer.serving.work.limits import Limits

    limits = Limits(
        most_bytes=settings.most_megabytes * _MEGABYTE,
        most_job_bytes=16 * settings.most_megabytes * _MEGABYTE,
        most_pixels=int(settings.most_megapixels * 1e6),
        most_seconds=60 * settings.most_minutes,
        keep_s=3600 * settings.keep_hours,
    )
    shared = {field.name for field in dataclasses.fields(SwapFlags)}
    chosen = {name: value for name, value in vars(settings).items() if name in shared}
    given = SwapFlags(**chosen)
    if settings.tf_serving:
        from facedancer.serving.work.remote import served_swapper

        swapper = served_swapper(settings.tf_serving, given)
    else:
        swapper = load_swapper(given)
    metrics = Metrics()
    engine = Engine(swapper, limits, given, metrics.called)
    engine.warm_up()
    jobs = Jobs(engine, Path(settings.jobs_dir) if settings.jobs_dir else _user_folder())
    capacity = Capacity(settings.workers, settings.queue, settings.timeout)
    return create_app(engine, jobs, Rules(token), capacity, metrics)


def _user_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "facedancer" / "jobs"


if __name__ == "__main__":
    run(main, Settings)
