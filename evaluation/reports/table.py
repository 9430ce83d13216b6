"""Results as a Markdown table in the paper's column order, with what they were measured by."""

from collections.abc import Mapping, Sequence

from ..metrics.registry import METRICS

# The paper's Table 2 times a whole batch of 32.
ABLATION_COLUMNS = ("id_top1", "pose", "expression", "fid", "ms_per_batch", "memory_gb")
COLUMNS = tuple("ms_per_image" if name == "ms_per_batch" else name for name in ABLATION_COLUMNS)
# What depends on the device.
RUNTIME_METRICS = ("ms_per_image", "ms_per_batch", "memory_gb")


def markdown_table(results: Sequence[Mapping], columns: Sequence[str] = COLUMNS) -> str:
    """One row for each result, the best of each column in bold.

    Args:
        results: what ``results.json`` holds: ``name`` and ``metrics``.
        columns: which of `METRICS`; those that no result has are left out.
    """
    columns = [name for name in columns if any(name in r["metrics"] for r in results)]
    best = {name: best_of([r["metrics"].get(name, {}) for r in results], name) for name in columns}
    lines = [
        "| swapper | " + " | ".join(METRICS[name].heading for name in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for result in results:
        cells = []
        for name in columns:
            entry = result["metrics"].get(name, {})
            text = cell(name, entry)
            is_best = len(results) > 1 and text and judged(entry) == best[name]
            cells.append(f"**{text}**" if is_best else text)
        lines.append(f"| {result['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def interval_table(result: Mapping) -> str:
    """Every metric of one result with its 95 % interval."""
    lines = ["| metric | value | 95 % interval | pairs |", "|---|---:|---|---:|"]
    for name, metric in METRICS.items():
        entry = result["metrics"].get(name)
        if entry is None or not cell(name, entry):
            continue
        interval = ""
        if entry.get("low") is not None:
            interval = f"{entry['low']:.{metric.digits}f} to {entry['high']:.{metric.digits}f}"
        count = entry.get("count", "")
        lines.append(f"| {metric.heading} | {cell(name, entry)} | {interval} | {count} |")
    return "\n".join(lines) + "\n"


def cell(name: str, entry: Mapping) -> str:
    """A metric's number, and the share of swaps without a face where there are any."""
    value = entry.get("value")
    number = "" if value is None else f"{value:.{METRICS[name].digits}f}"
    return " ".join(filter(None, [number, failed_words(entry)]))


def failed_words(entry: Mapping) -> str:
    """As "(12.0 % failed)"; "" where every swap shows a face, or the metric needs none."""
    share = entry.get("failed") or 0.0
    if not share:
        return ""
    return f"({share:.1f} % failed)" if share >= 0.1 else "(under 0.1 % failed)"


def judged(entry: Mapping) -> float | None:
    """Gives what swappers are compared by: the mean with failed swaps as the worst there is.

    None where that is not known: who failed wins nothing then.
    """
    return entry.get("judged") if entry.get("failed") else entry.get("value")


def best_of(entries: Sequence[Mapping], name: str) -> float | None:
    """The best of `judged`; None where nothing was measured."""
    values = [value for entry in entries if (value := judged(entry)) is not None]
    return max(values, key=METRICS[name].better) if values else None
