"""The paper's Figure 6: distances in the first and the last block, and error rates in every one."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .analysis import BlockDistances

_COLOURS = {"c2t": "tab:blue", "c2s": "tab:orange", "negative": "tab:gray", "same": "tab:green"}
_LABELS = {
    "c2t": "changed to target",
    "c2s": "changed to source",
    "negative": "negative pairs",
    "same": "one person",
}
_SWAPPED = ("c2t", "c2s", "negative")
_BINS = 60


def draw_figure(
    distances: BlockDistances,
    described: Mapping[str, Mapping[str, float]],
    margins: Mapping[str, float],
    title: str,
) -> Figure:
    """Four panels: (a), (b), (c) as the paper's, and (d) the means of all blocks with the margins.

    Args:
        distances: of the pairs.
        described: of the same, from `analysis.describe_blocks`.
        margins: block -> m_i; drawn in (d).
        title: what was analysed.
    """
    figure = Figure(figsize=(12, 7.5), dpi=110, layout="constrained")
    (first, last), (errors, means) = figure.subplots(2, 2)
    blocks = _blocks(described)
    _draw_distributions(first, distances, 0, f"(a) first block: {_short(blocks[0])}")
    last_block = len(blocks) - 1
    _draw_distributions(last, distances, last_block, f"(b) last block: {_short(blocks[-1])}")
    places = np.arange(len(blocks))
    errors.plot(places, [100 * described[b]["eer"] for b in blocks], "o-", color="black")
    errors.axhline(50, color="gray", linewidth=0.8, linestyle=":")
    errors.set_ylim(-3, 103)
    errors.set_ylabel("equal error rate, %")
    errors.set_title("(c) telling changed-to-target from changed-to-source")
    _draw_means(means, described, margins, _SWAPPED)
    means.set_title("(d) means by block, and the margins")
    for panel in (errors, means):
        _name_blocks(panel, blocks)
    figure.suptitle(title, fontsize=11)
    return figure


def draw_labelled_figure(
    described: Mapping[str, Mapping[str, float]], margins: Mapping[str, float], title: str
) -> Figure:
    """One panel: the means of all blocks for one person's pictures and two people's, the margins.

    Args:
        described: from `labelled.describe_labelled`.
        margins: block -> m_i.
        title: what was analysed.
    """
    figure = Figure(figsize=(7.5, 4.5), dpi=110, layout="constrained")
    panel = figure.subplots()
    _draw_means(panel, described, margins, ("same", "negative"))
    _name_blocks(panel, _blocks(described))
    figure.suptitle(title, fontsize=11)
    return figure


def _draw_means(
    panel: Axes,
    described: Mapping[str, Mapping[str, float]],
    margins: Mapping[str, float],
    kinds: Sequence[str],
) -> None:
    blocks = _blocks(described)
    places = np.arange(len(blocks))
    for kind in kinds:
        row = [described[block][f"{kind}_mean"] for block in blocks]
        panel.plot(places, row, "o-", color=_COLOURS[kind], label=_LABELS[kind], markersize=4)
    of_margins = [(place, margins[b]) for place, b in enumerate(blocks) if b in margins]
    if of_margins:
        panel.plot(*zip(*of_margins, strict=True), "x", color="tab:red", label="margin", zorder=3)
    panel.set_ylabel("mean cosine distance")
    panel.legend(fontsize=8, loc="best")


def _blocks(described: Mapping[str, Mapping[str, float]]) -> list[str]:
    """All levels but the last, which is the identity."""
    return list(described)[:-1]


def _name_blocks(panel: Axes, blocks: Sequence[str]) -> None:
    places = np.arange(len(blocks))
    panel.set_xticks(places, [_short(block) for block in blocks], rotation=60, fontsize=8)
    panel.set_xlabel("residual block of the encoder, shallow to deep")
    panel.grid(alpha=0.3)


def _draw_distributions(panel: Axes, distances: BlockDistances, number: int, title: str) -> None:
    values = {kind: getattr(distances, kind)[:, number] for kind in _SWAPPED}
    top = max(float(row.max()) for row in values.values())
    edges = np.linspace(0.0, max(top, 1e-6), _BINS + 1)
    for kind, row in values.items():
        panel.hist(
            row,
            edges,
            weights=np.full(len(row), 100 / len(row)),
            alpha=0.55,
            color=_COLOURS[kind],
            label=_LABELS[kind],
        )
    panel.set_title(title)
    panel.set_xlabel("cosine distance")
    panel.set_ylabel("share of pairs, %")
    panel.legend(fontsize=8, loc="upper right")


def _short(block: str) -> str:
    return block.removesuffix("_out")
