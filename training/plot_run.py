"""Plots the logged curves of training runs.

The picture has a panel for each logged scalar, with a line for each run.

  python training/plot_run.py runs/config_c runs/config_d --output=curves.png
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from facedancer.training.watching.run_log import LOG_NAME, read_log
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_figure
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """The place of the picture."""

    output: str = shared_flag("output", default="curves.png", text="PNG file to write")


# A run's scalars by log name: their steps and their values.
Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]

# What the names begin with, in the order of their panels; any other comes last.
_GROUPS = (
    "validation/",
    "loss/generator/",
    "loss/discriminator/",
    "gradient_norm/",
    "ifsr_active/",
    "affa_mask/",
)
# Read only together, so drawn together, the first dashed: the swap's identity has to change sides,
# and a swap that changes no more than a reconstruction does ignores the identity.
_DASHED = {
    "validation/identity_target": "validation/identity_source",
    "validation/change": "validation/reconstruction",
}
_COLUMNS = 5
_COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown",
            "tab:pink", "tab:gray", "tab:olive", "tab:cyan")  # fmt: skip
# The strong line is the mean over this share of a run, the faint one what was logged.
_SMOOTHED_SHARE = 1 / 50
# Curves of fewer values show each as a point.
_FEW_VALUES = 10
# A range with larger than this factor between its ends is drawn in logarithms.
_WIDE_RANGE = 100


def read_curves(run_dir: Path) -> Curves:
    """A run's logged scalars; what was not finite is NaN.

    Raises:
        UserError: the folder holds no log, or the log no scalar.
    """
    try:
        entries = read_log(run_dir)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"no {LOG_NAME} in {run_dir}: give the --run_dir of a run that has begun to log"
        ) from error
    points: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        step = entry.pop("step")
        for name, value in entry.items():
            if value is None or isinstance(value, int | float):
                points.setdefault(name, []).append((step, math.nan if value is None else value))
    if not points:
        raise UserError(f"{run_dir / LOG_NAME} holds no scalars yet: wait for --log_every steps")
    # As floats: whole numbers that no int64 holds would make arrays of objects.
    return {name: tuple(np.array(pairs, np.float64).T) for name, pairs in points.items()}


def draw(runs: Mapping[str, Curves], columns: int = _COLUMNS) -> Figure:
    """A panel for each scalar, or pair of them, in it a line for each run that logged it.

    Args:
        runs: curves by the run's name.
        columns: panels in a row.
    """
    names = sorted({name for curves in runs.values() for name in curves}, key=_place)
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(_panel(name), []).append(name)
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(3.4 * columns, 2.2 * rows + 0.6), dpi=100, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for unused in axes[len(panels) :]:
        unused.remove()
    for panel, (title, members) in zip(axes, panels.items(), strict=False):
        for name in members:
            for number, curves in enumerate(runs.values()):
                if name in curves:
                    style = "-" if name == title else "--"
                    _draw_curve(panel, *curves[name], _COLOURS[number % len(_COLOURS)], style)
        dashed = [name.rsplit("/", 1)[-1] for name in members if name != title]
        words = f"{title}, dashed: {dashed[0]}" if dashed else title
        panel.set_title(words, fontsize=8, parse_math=False)
        panel.tick_params(labelsize=7)
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.grid(alpha=0.3)
        _choose_scale(panel)
    handles = [
        axes[0].plot([], [], color=_COLOURS[number % len(_COLOURS)], label=run)[0]
        for number, run in enumerate(runs)
    ]
    legend = figure.legend(handles=handles, loc="outside upper left", ncols=columns, fontsize=9)
    for text in legend.get_texts():  # A folder's name is no formula, whatever it holds.
        text.set_parse_math(False)
    return figure


def _place(name: str) -> tuple[int, str]:
    groups = (place for place, group in enumerate(_GROUPS) if name.startswith(group))
    return next(groups, len(_GROUPS)), name


def _panel(name: str) -> str:
    """The name that the scalar's panel bears."""
    if name.startswith("affa_mask/") and name.endswith("/std"):
        return name.removesuffix("std") + "mean"
    return _DASHED.get(name, name)


def _draw_curve(
    panel: Axes, steps: np.ndarray, values: np.ndarray, colour: str, style: str
) -> None:
    width = math.ceil(len(values) * _SMOOTHED_SHARE)
    if width > 1:
        panel.plot(steps, values, color=colour, alpha=0.25, linewidth=0.5)
    # A single value, as of the first validation, is no line.
    marker = "." if len(values) < _FEW_VALUES else None
    mean = _moving_mean(values, width)
    panel.plot(steps, mean, style, color=colour, linewidth=1, marker=marker)


def _moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """The mean of the ``width`` values about each, fewer at the ends; a NaN leaves a gap."""
    known = np.isfinite(values)
    window = np.ones(width)
    sums = np.convolve(np.where(known, values, 0.0), window, "same")
    counts = np.convolve(known, window, "same")
    return np.where(known, sums / np.maximum(counts, 1), math.nan)


def _choose_scale(panel: Axes) -> None:
    drawn = np.concatenate([line.get_ydata() for line in panel.lines])
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size and drawn.min() > 0 and drawn.max() > _WIDE_RANGE * drawn.min():
        panel.set_yscale("log")
    else:
        panel.ticklabel_format(axis="y", scilimits=(-3, 4))
        panel.yaxis.get_offset_text().set_fontsize(7)


def main(settings: Settings, arguments: Sequence[str]) -> None:
    """Reads the runs named on the command line and writes the picture."""
    if not arguments:
        raise UserError("give one or more run folders: python training/plot_run.py RUN...")
    output = Path(settings.output)
    if output.suffix.lower() != ".png":
        raise UserError(f"--output={output} must end in .png")
    names = [Path(argument).resolve().name for argument in arguments]
    runs = {
        name if names.count(name) == 1 else argument: read_curves(Path(argument))
        for name, argument in zip(names, arguments, strict=True)
    }
    write_figure(output, draw(runs))
    print(f"curves: {output}")


if __name__ == "__main__":
    run(main, Settings, positional="RUNS...")
