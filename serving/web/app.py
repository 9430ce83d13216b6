"""The app: what can be asked for, and by which path."""

import base64
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from facedancer import __version__

from ..work.engine import Engine
from ..work.jobs import Jobs
from ..work.media import media_type
from ..work.swapped import Swapped
from . import description, refusals
from .guard import Guard, Rules
from .metrics import Metrics
from .sent import Sent, read_sent
from .waiting import Line

_Answer = TypeVar("_Answer")
# A result is one person's, and a browser is not to guess what it is.
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SILENT = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


@dataclasses.dataclass(frozen=True)
class Capacity:
    """The amount of work that is done at once.

    Attributes:
        workers: requests at work; their faces go through the generator together.
        most_waiting: requests that wait; one more is answered by 503.
        timeout_s: for one request's wait and work together.
    """

    workers: int = 2
    most_waiting: int = 16
    timeout_s: float = 60.0


def create_app(
    engine: Engine,
    jobs: Jobs,
    rules: Rules = Rules(),  # noqa: B008 - frozen
    capacity: Capacity = Capacity(),
    metrics: Metrics | None = None,
) -> FastAPI:
    """Makes the app; while it runs, so do the jobs.

    Args:
        engine: swaps.
        jobs: not started yet.
        rules: of the door.
        capacity: how much is done at once.
        metrics: that the engine tells of its calls, if there are some.
    """
    metrics = metrics or Metrics()
    line = Line(capacity.workers, capacity.most_waiting, capacity.timeout_s)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        await run_in_threadpool(jobs.stop)
        await run_in_threadpool(line.close)

    app = FastAPI(
        title="FaceDancer",
        version=__version__,
        description=description.SUMMARY,
        # Their page asks other machines for its scripts; ours is plain.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=_SILENT,
    )
    refusals.install(app)
    app.add_middleware(Guard, rules=rules, limits=engine.limits, metrics=metrics)
    metrics.watch("requests_waiting", "Requests that wait or are at work.", lambda: line.count)
    metrics.watch_each("jobs", "Jobs that have not ended.", jobs.counts)

    async def work(request: Request, function: Callable[[Sent], _Answer]) -> _Answer:
        """The answer of a function, run in its turn on what the client sent."""
        sent = await read_sent(request, engine.limits)

        def run() -> _Answer:
            with sent:
                return function(sent)

        return await line.run(run, sent.close, request.is_disconnected)

    @app.post("/v1/swap", summary="Swap a photograph", openapi_extra=description.SWAP)
    async def swap(request: Request) -> Response:
        def swapped(sent: Sent) -> Response:
            with_report = sent.flag("report")
            files = sent.one("target"), sent.some("source"), sent.files.get("reference", [])
            return _picture(engine.swap_picture(*files, sent.words), with_report)

        return await work(request, swapped)

    @app.post("/v1/faces", summary="List a photograph's faces", openapi_extra=description.FACES)
    async def faces(request: Request) -> Response:
        def found(sent: Sent) -> Response:
            with_crops = sent.flag("crops")
            return JSONResponse({"faces": engine.find_faces(sent.one("picture"), with_crops)})

        return await work(request, found)

    @app.post("/v1/verify", summary="Look for marks", openapi_extra=description.VERIFY)
    async def verify(request: Request) -> Response:
        return JSONResponse(await work(request, lambda sent: engine.verify(sent.one("file"))))

    @app.post("/v1/jobs", summary="Begin a job", status_code=202, openapi_extra=description.JOBS)
    async def begin(request: Request) -> Response:
        def begun(sent: Sent) -> Response:
            files = sent.one("target"), sent.some("source"), sent.files.get("reference", [])
            status = jobs.submit(*files, sent.words, sent.name)
            place = {"Location": f"/v1/jobs/{status.id}"}
            return JSONResponse(status.to_json(), 202, {**_PRIVATE, **place})

        sent = await read_sent(request, engine.limits)
        with sent:
            return await run_in_threadpool(begun, sent)

    @app.get("/v1/jobs/{job}", summary="Tell how far a job is")
    def status(job: str) -> Response:
        return JSONResponse(jobs.status(job).to_json(), headers=_PRIVATE)

    @app.get("/v1/jobs/{job}/result", summary="Fetch a job's result")
    def result(job: str) -> Response:
        path = jobs.result(job)
        kind = media_type(path.suffix)
        return FileResponse(path, media_type=kind, filename=path.name, headers=_PRIVATE)

    @app.get("/v1/jobs/{job}/report", summary="Fetch a job's report")
    def report(job: str) -> Response:
        return JSONResponse({"report": jobs.report(job)}, headers=_PRIVATE)

    @app.delete("/v1/jobs/{job}", summary="Cancel a job, or remove one that has ended")
    def end(job: str) -> Response:
        before = jobs.status(job)
        if before.has_ended:
            jobs.remove(job)
            return JSONResponse({"id": job, "state": "removed"}, headers=_PRIVATE)
        return JSONResponse(jobs.cancel(job).to_json(), headers=_PRIVATE)

    @app.get("/healthz", summary="Tell whether the server is up")
    def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", include_in_schema=False)
    def figures() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(description.page(app.openapi()), headers=headers)

    return app


def _picture(swapped: Swapped, with_report: bool) -> Response:
    if with_report:
        content: dict[str, Any] = {
            "media_type": swapped.media_type,
            "picture": base64.b64encode(swapped.content).decode(),
            "report": swapped.report,
        }
        return JSONResponse(content, headers=_PRIVATE)
    name = {"Content-Disposition": f'attachment; filename="swapped{swapped.suffix}"'}
    return Response(swapped.content, media_type=swapped.media_type, headers={**_PRIVATE, **name})
