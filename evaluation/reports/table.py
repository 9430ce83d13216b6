"""Results as a Markdown table in the paper's column order, with what they were measured by."""

from collections.abc import Mapping, Sequence

# Metric, heading with the better direction, digits: the paper's Table 2 first.
COLUMNS = (
    ("id_top1", "ID ↑", 2),
    ("pose", "Pose ↓", 2),
    ("expression", "Exp ↓", 2),
    ("fid", "FID ↓", 2),
    ("ms_per_image", "ms/image ↓", 1),
    ("memory_gb", "Memory, GB ↓", 2),
)
# Table 2 itself times a whole batch of 32.
ABLATION_COLUMNS = (*COLUMNS[:4], ("ms_per_batch", "Inference, ms ↓", 1), COLUMNS[5])
# What depends on the device.
RUNTIME_METRICS = ("ms_per_image", "ms_per_batch", "memory_gb")
FURTHER_COLUMNS = (
    ("id_top5", "ID top-5 ↑", 2),
    ("id_top1_other", "ID by another picture ↑", 2),
    ("id_cosine", "cos to source ↑", 3),
    ("id_cosine_target", "cos to target ↓", 3),
    ("pose_angle", "Angle ↓", 2),
    ("psnr_outside", "PSNR outside ↑", 1),
    ("ssim_outside", "SSIM outside ↑", 4),
    ("perceptual_outside", "perceptual outside ↓", 4),
    ("flicker_identity", "identity flicker ↓", 2),
    ("flicker_landmarks", "landmark flicker ↓", 2),
)


def markdown_table(
    results: Sequence[Mapping], columns: Sequence[tuple[str, str, int]] = COLUMNS
) -> str:
    """One row for each result, the best of each column in bold.

    Args:
        results: what ``results.json`` holds: ``name`` and ``metrics``.
        columns: which metrics; those that no result has are left out.
    """
    columns = [column for column in columns if any(column[0] in r["metrics"] for r in results)]
    best = {name: _best(results, name, heading) for name, heading, _ in columns}
    lines = [
        "| swapper | " + " | ".join(heading for _, heading, _ in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for result in results:
        cells = []
        for name, _, digits in columns:
            value = _value(result, name)
            cell = "" if value is None else f"{value:.{digits}f}"
            is_best = len(results) > 1 and value is not None and value == best[name]
            cells.append(f"**{cell}**" if is_best else cell)
        lines.append(f"| {result['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def interval_table(result: Mapping) -> str:
    """Every metric of one result with its 95 % interval."""
    lines = ["| metric | value | 95 % interval | pairs |", "|---|---:|---|---:|"]
    for name, heading, digits in (*COLUMNS, *FURTHER_COLUMNS):
        entry = result["metrics"].get(name)
        if entry is None or entry["value"] is None:
            continue
        interval = ""
        if entry.get("low") is not None:
            interval = f"{entry['low']:.{digits}f} to {entry['high']:.{digits}f}"
        count = entry.get("count", "")
        lines.append(f"| {heading} | {entry['value']:.{digits}f} | {interval} | {count} |")
    return "\n".join(lines) + "\n"


def _value(result: Mapping, name: str) -> float | None:
    return result["metrics"].get(name, {}).get("value")


def _best(results: Sequence[Mapping], name: str, heading: str) -> float | None:
    values = [value for r in results if (value := _value(r, name)) is not None]
    if not values:
        return None
    return max(values) if heading.endswith("↑") else min(values)
