"""The report's tables, in Markdown."""

from collections.abc import Mapping, Sequence

import numpy as np

from facedancer.evaluation.metrics.interface import Metric
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.reports.published import TABLE_2
from facedancer.evaluation.reports.table import COLUMNS, best_of, failed_words, judged

from ..experiment.swappers import LONGER, REFERENCES, STUDENT, name_of
from .claims import (
    CANDIDATES,
    CLAIMS,
    MET,
    MISSED,
    NETWORK_TARGETS,
    NOT_RUN,
    STUDENT_MAY_LOSE,
    TARGETS,
    judge,
    published,
    reached,
    student_keeps_up,
)
from .stored_results import SwapperResult

# The paper's Table 3 has targets of AFLW2000-3D, chosen for their poses.
_LEAST_TURN = 30
# Rows that are no part of the comparison: who learns from another was trained for longer too.
_APART = (*REFERENCES, LONGER, STUDENT)
_FURTHER = (
    "fid_clean",
    *("id_top5", "id_top1_other", "id_cosine", "id_cosine_target", "pose_angle", "gaze"),
    *("shape_silhouette", "shape_inner", "hair_leak"),
    *("truth_psnr", "truth_ssim", "truth_perceptual"),
)
_TURNED = {
    **{name: METRICS[name] for name in ("id_top1", "pose", "expression")},
    "pairs": Metric("pairs", 0),
}


def main_table(results: Sequence[SwapperResult]) -> str:
    """The paper's Table 2, the references first; intervals below each number."""
    rows = {result.name: result.evaluation["metrics"] for result in results}
    metrics = {name: METRICS[name] for name in (*COLUMNS, *_FURTHER)}
    return _table(rows, metrics, with_intervals=True)


def paper_table() -> str:
    """The paper's own Table 2, to compare the order of the rows, not the numbers."""
    heads = [METRICS[name].heading for name in COLUMNS[:4]]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for name, values in TABLE_2.items():
        cells = " | ".join(f"{value:.2f}" for value in values[: len(heads)])
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def turned_table(results: Sequence[SwapperResult]) -> str:
    """The paper's Table 3: targets that the pose regressor sees turned far to a side.

    Without FID, which so few pictures do not tell.
    """
    rows = {
        result.name: turned(result.evaluation.get("by_yaw", {}), _LEAST_TURN) for result in results
    }
    return _table(rows, _TURNED, with_intervals=False)


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


def claims_table(results: Mapping[str, SwapperResult]) -> str:
    """Each of the paper's claims: whether it holds here, and in the paper's own table."""
    lines = ["| claim | lab | numbers | paper |", "|---|---|---|---|"]
    for claim in CLAIMS:
        verdict, numbers = judge(claim, results)
        lines.append(f"| {claim.words} | {verdict} | {numbers} | {published(claim)} |")
    return "\n".join(lines)


def targets_table(
    results: Mapping[str, SwapperResult], networks: Mapping[str, Mapping[str, float]]
) -> str:
    """The lab's own bars, for C and D, the student, and the networks that all rests on.

    Args:
        results: the rows by name.
        networks: what was measured of each encoder and regressor on held-out people.
    """
    lines = ["| target | reached | numbers |", "|---|---|---|"]
    for target in TARGETS:
        verdict, numbers = reached(target, results)
        lines.append(f"| C or D: {target.words} | {verdict} | {numbers} |")
    verdict, numbers = student_keeps_up(results)
    lines.append(f"| student: at most {STUDENT_MAY_LOSE:g} of ID lost | {verdict} | {numbers} |")
    for name, targets in NETWORK_TARGETS.items():
        for target in targets:
            value = networks.get(name, {}).get(target.metric)
            if value is None:
                lines.append(f"| {name}: {target.words} | {NOT_RUN} | |")
                continue
            verdict = MET if target.is_met_by(value) else MISSED
            lines.append(f"| {name}: {target.words} | {verdict} | {value:.4g} |")
    return "\n".join(lines)


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
