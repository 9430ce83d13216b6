"""Pictures of a training, made in memory: its curves, and its samples."""

import io
import re
import threading
from pathlib import Path

import cv2

from facedancer.training.plot_run import draw, read_curves
from facedancer.utils.images import encode_image, read_image

_SAMPLE = re.compile(r"step_(\d{1,15})\.png")
# What the page shows of what a run logs; all of it where it logs nothing of these.
_CURVES = ("loss/", "validation/", "learning_rate")
_CURVE_COLUMNS = 3
# Pixels of a sample grid, as it is sent.
_MOST_WIDTH = 1600
# Matplotlib is not made for several threads at once.
_DRAWING = threading.Lock()


def draw_curves(run_dir: Path) -> bytes:
    """Draws a run's losses, validations and learning rate, as `plot_run` does; a PNG.

    Raises:
        UserError: nothing has been logged that can be drawn.
    """
    curves = read_curves(run_dir)
    shown = {name: one for name, one in curves.items() if name.startswith(_CURVES)}
    picture = io.BytesIO()
    with _DRAWING:
        figure = draw({run_dir.name: shown or curves}, _CURVE_COLUMNS)
        figure.savefig(picture, format="png")
    return picture.getvalue()


def find_samples(run_dir: Path) -> list[tuple[int, Path]]:
    """The steps and the files of a run's sample grids, the oldest first.

    A link is none of them: in a folder that came from elsewhere it may lead anywhere.
    """
    try:
        places = list((run_dir / "samples").iterdir())
    except OSError:
        return []
    named = ((_SAMPLE.fullmatch(one.name), one) for one in places if not one.is_symlink())
    return sorted((int(match[1]), one) for match, one in named if match)


def read_sample(path: Path) -> bytes:
    """A sample grid as a JPEG, made smaller where it is too wide for a page.

    Raises:
        UserError: it has gone, or is damaged.
    """
    image = read_image(path)
    scale = _MOST_WIDTH / image.shape[1]
    if scale < 1:
        size = (_MOST_WIDTH, max(1, round(image.shape[0] * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return encode_image(image, ".jpg", 90)
