"""The report's tables of swappers, in Markdown."""

from collections.abc import Mapping, Sequence

import numpy as np

from facedancer.evaluation.judges import COLUMNS as JUDGED
from facedancer.evaluation.metrics.interface import Metric
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.reports.published import TABLE_2
from facedancer.evaluation.reports.table import best_of, failed_words, judged

from ..experiment.ablation import ABLATION
from ..experiment.swappers import (
    CANDIDATES,
    LONGER,
    OTHER_JUDGE,
    REFERENCES,
    STUDENT,
    name_of,
)
from .seed_groups import Group
from .stored_results import SwapperResult

# The paper's Table 3 has targets of AFLW2000-3D, chosen for their poses.
_LEAST_TURN = 30
# Rows that are no part of the comparison: who learns from another was trained for longer too.
_APART = (*REFERENCES, LONGER, STUDENT)


def _by_other_judge(name: str) -> Metric:
    heading, digits = JUDGED[name]
    what, _, arrow = heading.removesuffix(", %").rpartition(" ")
    what = "source found first" if name == "id_top1" else what
    return Metric(f"{what}, {OTHER_JUDGE} {arrow}", digits)


# In every table of ours.
OTHER_JUDGES_COLUMNS = {
    f"{OTHER_JUDGE}/{name}": _by_other_judge(name) for name in ("id_top1", "id_target")
}
_MAIN = (
    *("id_top1", "pose", "expression", "fid_clean", "ms_per_image", "memory_gb", "id_top5"),
    *("id_top1_other", "id_cosine", "id_cosine_target", "pose_angle", "gaze"),
)
_OF_TRUTH = (
    *("shape_silhouette", "shape_inner", "hair_leak"),
    *("truth_psnr", "truth_ssim", "truth_perceptual"),
)
_PAPER = ("id_top1", "pose", "expression", "fid")
_TURNED = {
    **{name: METRICS[name] for name in ("id_top1", "pose", "expression")},
    **OTHER_JUDGES_COLUMNS,
    "pairs": Metric("pairs", 0),
}


def main_table(groups: Mapping[str, Group]) -> str:
    """The paper's Table 2, the references first; intervals below each number."""
    return swapper_table(compared(groups), _MAIN)


def truth_table(groups: Mapping[str, Group]) -> str:
    """Tabulates how far swaps are from their right answers."""
    return swapper_table(compared(groups), _OF_TRUTH)


def swapper_table(groups: Mapping[str, Group], metrics: Sequence[str]) -> str:
    """A row a swapper, seeds averaged: some metrics, and the other judge's; with intervals."""
    rows = {name: group.metrics() for name, group in groups.items()}
    columns = {name: METRICS[name] for name in metrics} | OTHER_JUDGES_COLUMNS
    return _table(rows, columns, with_intervals=True)


def further_table(groups: Mapping[str, Group]) -> str:
    """All columns of the ablation's two tables, of some swappers."""
    return swapper_table(groups, (*_MAIN, *_OF_TRUTH))


def paper_table() -> str:
    """The paper's own Table 2, to compare the order of the rows, not the numbers."""
    heads = [METRICS[name].heading for name in _PAPER]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for name, values in TABLE_2.items():
        cells = " | ".join(f"{value:.2f}" for value in values[: len(heads)])
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def turned_table(groups: Mapping[str, Group]) -> str:
    """The paper's Table 3: targets that the pose regressor sees turned far to a side.

    Without FID, which so few pictures do not tell; of each swapper the first seed's run.
    """
    rows = {
        name: turned(group.runs[0].by_yaw, _LEAST_TURN) for name, group in compared(groups).items()
    }
    return _table(rows, _TURNED, with_intervals=False)


def compared(groups: Mapping[str, Group]) -> dict[str, Group]:
    """Picks the references and the ablation's swappers."""
    known = (*REFERENCES, *ABLATION.swappers)
    return {name: group for name, group in groups.items() if name in known}


def turned(bins: Mapping[str, Mapping], least: float) -> dict[str, dict[str, float]]:
    """The mean over all pairs whose target is turned by ``least`` degrees and more.

    Args:
        bins: from `evaluation.reports.summary.summarise_by_yaw`.
        least: the lower end of one of the bins.
    """
    chosen = [metrics for name, metrics in bins.items() if float(name.split("-")[0]) >= least]
    means = {}
    for metric in {name for metrics in chosen for name in metrics}:
        entries = [m[metric] for m in chosen if judged(m.get(metric, {})) is not None]
        known = [entry for entry in entries if entry["value"] is not None]
        weights = [entry["count"] for entry in known]
        if entries:
            value = None
            if sum(weights):
                value = float(np.average([entry["value"] for entry in known], weights=weights))
            means[metric] = {"value": value, "count": sum(weights), **_failures(entries)}
    if means:
        counts = (entry.get("pairs", entry["count"]) for entry in means.values())
        means["pairs"] = {"value": max(counts)}
    return means


def _failures(entries: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The share of failed swaps over several entries, and the mean with these as the worst."""
    if not any(entry.get("failed") for entry in entries):
        return {}
    pairs = [entry["pairs"] for entry in entries]
    return {
        "pairs": sum(pairs),
        "failed": float(np.average([entry["failed"] for entry in entries], weights=pairs)),
        "judged": float(np.average([judged(entry) for entry in entries], weights=pairs)),
    }


def runs_table(results: Sequence[SwapperResult]) -> str:
    """Tabulates what each configuration was trained for."""
    lines = [
        "| configuration | steps | s a step | hours | devices | code |",
        "|---|---:|---:|---:|---|---|",
    ]
    for result in results:
        if result.name not in REFERENCES:
            hours = result.steps * result.seconds_per_step / 3600
            devices = ", ".join(result.origin.get("devices", {}).get("local", []))
            git = result.origin.get("git") or {}
            code = (git.get("revision") or "")[:7] + (" and changes" if git.get("modified") else "")
            lines.append(
                f"| {name_of(result.name)} | {result.steps:,} | {result.seconds_per_step:.2f} "
                f"| {hours:.1f} | {devices} | {code} |"
            )
    return "\n".join(lines)


def best_by_identity(trained: Sequence[SwapperResult]) -> str:
    """Finds the highest ID: among `CANDIDATES`, where any is there.

    The last one where none was measured.
    """
    candidates = [result for result in trained if result.name in CANDIDATES]

    def identity(result: SwapperResult) -> float:
        return np.nan_to_num(result.value("id_top1")[0], nan=-1.0)

    return max(reversed(candidates or trained), key=identity).name


def _table(
    rows: Mapping[str, Mapping[str, Mapping]],
    metrics: Mapping[str, Metric],
    with_intervals: bool,
) -> str:
    """The best of each column, those that are not compared apart, is bold."""
    metrics = {name: one for name, one in metrics.items() if any(name in r for r in rows.values())}
    if not metrics:
        return "Not measured."
    lines = [
        f"| | {' | '.join(metric.heading for metric in metrics.values())} |",
        "|---|" + "---:|" * len(metrics),
    ]
    best = {name: _best(rows, name) for name in metrics}
    for name, row in rows.items():
        cells = [name_of(name)]
        for column, metric in metrics.items():
            entry = row.get(column, {})
            cell = _number(entry.get("value"), metric.digits)
            if cell and name not in _APART and judged(entry) == best[column]:
                cell = f"**{cell}**"
            cell = " ".join(filter(None, [cell, failed_words(entry)]))
            if with_intervals and entry.get("low") is not None:
                low, high = (_number(entry[end], metric.digits) for end in ("low", "high"))
                cell += f"<br><sub>{low} to {high}</sub>"
            cells.append(cell)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _best(rows: Mapping[str, Mapping[str, Mapping]], column: str) -> float | None:
    """Finds the best of a column that is a metric, and of two rows or more."""
    entries = [row.get(column, {}) for name, row in rows.items() if name not in _APART]
    if column not in METRICS or sum(judged(entry) is not None for entry in entries) < 2:
        return None
    return best_of(entries, column)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
