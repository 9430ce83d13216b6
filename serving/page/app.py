"""The page as a web application."""

import contextlib
import hmac
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fastapi
import gradio as gr

from .answers import AT_ONCE
from .desk import Desk
from .events import Events
from .gate import LOOPBACK, Gate
from .layout import CSS, build_parts
from .presets import find_presets
from .swaps import Swaps
from .training_run import Runs
from .training_tab import TrainingTab
from .uploads import Uploads
from .wiring import connect
from .words import NOTICE, minutes

# Seconds that a wrong password takes: nobody tries many.
_WRONG_S = 1.0
# Clicks that may wait until they are begun with.
_WAITING = 64


def build_app(
    desk: Desk,
    swaps: Swaps,
    files: Path,
    keep_s: float,
    password: str = "",
    is_open: bool = False,
    runs: Runs | None = None,
) -> Gate:
    """Builds the page.

    Args:
        desk: looks and previews.
        swaps: swaps.
        files: the folder of uploads and results, which `confine` has named to Gradio.
        keep_s: how long a visitor's files are kept after the page was closed, in seconds.
        password: asked for before all else; empty: none is.
        is_open: whether the page is called by other names than this machine's own.
        runs: trainings to look at; None: there is no tab for them.

    Returns:
        An ASGI application.
    """
    engine = swaps.engine
    presets = find_presets(engine.swapper.usual)
    with gr.Blocks(title="FaceDancer", analytics_enabled=False) as page:
        training = None if runs is None else TrainingTab(runs)
        notice = NOTICE.format(keep=minutes(keep_s))
        parts = build_parts(presets, notice, engine.defaults, training and training.build)
        connect(page, parts, Events(parts, desk, swaps), presets)
        if training is not None:
            training.connect(parts.tabs)
    page.queue(max_size=_WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def may_enter(name: str, given: str) -> bool:
        is_right = hmac.compare_digest(given.encode(), password.encode())
        if not is_right:
            time.sleep(_WRONG_S)
        return is_right

    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        run_history=False,
        auth=may_enter if password else None,
        auth_message="Any name, and the password of whoever runs this page.",
        allowed_paths=[],
        show_error=True,
        max_file_size=swaps.engine.limits.most_job_bytes,
        ssr_mode=False,
        pwa=False,
        enable_monitoring=False,
        mcp_server=False,
        # Named fonts alone: those of the library's themes may come from the net.
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        css=CSS,
    )
    return Gate(app, files, () if is_open else LOOPBACK)


@contextlib.contextmanager
def tidied(swaps: Swaps, uploads: Uploads, every_s: float = 60.0) -> Iterator[None]:
    """Removes what is old, now and all the while the block runs, in a thread of its own."""
    ended = threading.Event()

    def tidy() -> None:
        while True:
            swaps.visitors.remove_old()
            uploads.remove_old()
            if ended.wait(every_s):
                return

    thread = threading.Thread(target=tidy, name="tidy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
