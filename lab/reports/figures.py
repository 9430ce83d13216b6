"""The report's pictures, drawn from stored results."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from matplotlib.figure import Figure

from facedancer.evaluation.margins.analysis import BlockDistances
from facedancer.evaluation.margins.figure import draw_figure, draw_labelled_figure
from facedancer.evaluation.reports.attention_figure import Attention, draw_attention
from facedancer.utils.contact_sheet import contact_sheet

from ..experiment.swappers import REFERENCES, name_of
from .stored_results import SwapperResult

_ENLARGED = 2
_GAP = 4
# Differences from the right answer are drawn so many times as strong.
_STRONGER = 3
_BACKGROUND = 255
# A student's log has other names.
_ALIASES = {"validation/identity_source": "validation/identity"}
_CURVES = (
    ("validation/identity_source", "cosine of swap and source, held-out people, encoder I"),
    ("validation/identity_target", "cosine of swap and target"),
    ("validation/reconstruction", "mean distance of a target from its reconstruction"),
    ("loss/generator/ifsr", "IFSR, eq. 2"),
)


def swap_matrix(faces: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Sources in the first row, targets in the first column, and each swap where they meet.

    Args:
        faces: what ``lab/swap_matrix.py`` wrote.
        name: whose swaps.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    corner = np.full_like(faces["source"][:1], _BACKGROUND)
    rows = [np.concatenate([corner, faces["source"]])]
    for target, swaps in zip(faces["target"], faces[f"{name}/swaps"], strict=True):
        rows.append(np.concatenate([target[None], swaps]))
    return _grid(rows)


def compare_swaps(faces: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Target, source, and what each configuration makes of them, a pair a row.

    Args:
        faces: as for `swap_matrix`.
        names: of the configurations.
    """
    images, captions = [], []
    for row, target in enumerate(faces["target"]):
        column = row % len(faces["source"])
        images += [target, faces["source"][column]]
        images += [faces[f"{name}/swaps"][row, column] for name in names]
        captions += ["target", "source", *map(name_of, names)]
    return contact_sheet(images, captions, columns=len(names) + 2, side=96)


def compare_answers(faces: Mapping[str, np.ndarray]) -> np.ndarray:
    """Source, target, swaps and right answer of a pair; below each its difference from the answer.

    Args:
        faces: what ``lab/swap_answers.py`` wrote.
    """
    names = [key.removesuffix("/swaps") for key in faces if key.endswith("/swaps")]
    titles = ["source", "target", *map(name_of, names), "answer"]
    columns = ["source", "target", *(f"{name}/swaps" for name in names), "truth"]
    images, captions = [], []
    for row, truth in enumerate(faces["truth"].astype(np.float64)):
        shown = [faces[column][row] for column in columns]
        apart = [np.clip(_STRONGER * np.abs(one - truth), 0, 255).astype(np.uint8) for one in shown]
        images += [*shown, *apart]
        captions += [*titles, *["difference"] * len(columns)]
    return contact_sheet(images, captions, columns=len(columns), side=128)


def figure_7(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """The paper's Figure 7, of what ``evaluation/attention.py`` wrote."""
    names = dict.fromkeys(key.split("/")[0] for key in arrays if "/" in key)
    attentions = []
    for name in names:
        start = f"{name}/mask_"
        masks = {int(k[len(start) :]): arrays[k] for k in arrays if k.startswith(start)}
        attentions.append(Attention(name_of(name), arrays[f"{name}/changed"], masks))
    return draw_attention(arrays["target"], arrays["source"], attentions)


def figure_6(
    arrays: Mapping[str, np.ndarray],
    analysis: Mapping[str, object],
    source: str = "Configuration A",
) -> Figure:
    """The paper's Figure 6 of what margins come from; of labelled pictures their distances alone.

    Args:
        arrays: the distances of ``evaluation/ifsr.py``.
        analysis: its ``ifsr.json``.
        source: whose swaps, for the title.
    """
    if analysis.get("swapper", "") is None:
        title = f"Margins {source}, {analysis['pairs']:,} pairs of each kind"
        return draw_labelled_figure(analysis["blocks"], analysis["margins"], title)
    distances = BlockDistances(**{name: array.astype(np.float32) for name, array in arrays.items()})
    title = f"{source}, {analysis['pairs']:,} swaps"
    return draw_figure(distances, analysis["blocks"], analysis["margins"], title)


def curves(results: Sequence[SwapperResult]) -> Figure:
    """Plots how identity and the rest went during each run."""
    figure = Figure(figsize=(11, 6.5), dpi=100, layout="constrained")
    for axes, (name, title) in zip(figure.subplots(2, 2).flat, _CURVES, strict=True):
        for number, result in enumerate(results):
            curve = result.curves.get(name) or result.curves.get(_ALIASES.get(name, ""))
            if result.name not in REFERENCES and curve:
                values = [np.nan if value is None else value for value in curve["values"]]
                # One colour in all panels, also where not every run has the curve.
                axes.plot(
                    curve["steps"],
                    values,
                    color=f"C{number}",
                    label=name_of(result.name),
                    linewidth=1.3,
                )
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=7)
    return figure


def _grid(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of pictures, enlarged, with gaps between them."""
    side = rows[0].shape[1] * _ENLARGED
    step = side + _GAP
    height, width = len(rows) * step + _GAP, len(rows[0]) * step + _GAP
    sheet = np.full((height, width, 3), _BACKGROUND, np.uint8)
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            top, left = _GAP + y * step, _GAP + x * step
            sheet[top : top + side, left : left + side] = cv2.resize(
                image, (side, side), interpolation=cv2.INTER_CUBIC
            )
    return sheet
