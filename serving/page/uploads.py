"""Gradio's own folder: where it puts what is sent, before a visitor's folder has it."""

import os
import shutil
import time
from pathlib import Path

# Seconds that an upload is kept there: its visitor has it long before.
_KEEP_S = 600.0


def confine(files: Path) -> None:
    """Says to Gradio, before it is imported, where files are, and that it calls nobody.

    Args:
        files: uploads and results; the only folder that it serves from.
    """
    os.environ["GRADIO_TEMP_DIR"] = str(files)
    os.environ["GRADIO_EXAMPLES_CACHE"] = str(files)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # Statistics of all clicks, which nobody reads here, would be made again after each of them, and
    # the visitor's next click would wait for it.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


class Uploads:
    """The rest of that folder, besides the visitors' own.

    Args:
        files: see `confine`.
        visitors: the visitors' folder, which lies in it.
    """

    def __init__(self, files: Path, visitors: Path) -> None:
        self._files, self._visitors = files, visitors

    def remove_old(self, keep_s: float = _KEEP_S) -> None:
        """Removes what has been there for longer."""
        oldest = time.time() - keep_s
        for place in self._files.iterdir():
            if place == self._visitors:
                continue
            times = [place, *place.rglob("*")] if place.is_dir() else [place]
            if max(one.stat(follow_symlinks=False).st_mtime for one in times) < oldest:
                shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink()
