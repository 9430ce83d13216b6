"""The table of a judgement on photographs, in Markdown."""

from collections.abc import Mapping

from ..judges import ALL, COLUMNS, number_cell
from .judging import NEARER_OTHER

# Of each judge, more than `COLUMNS`.
_MORE = {NEARER_OTHER: ("nearer to another photograph of the source ↑, %", 1)}
_OTHERS = {
    "pose": ("pose ↓, degrees", 2),
    "expression": ("expression ↓", 2),
    "shape_mesh": ("shape by mesh → 1", 3),
    "psnr_outside": ("PSNR outside ↑", 1),
    "no_face": ("no face ↓, %", 1),
}


def photograph_table(content: Mapping) -> str:
    """Rows for the swapper and for what swaps nothing, each number with its 95 % interval.

    Args:
        content: what ``results.json`` holds.
    """
    protocol, rows = content["protocol"], content["rows"]
    columns = {}
    for judge in [*protocol["judges"], ALL]:
        for name, (heading, digits) in {**COLUMNS, **_MORE}.items():
            columns[judge, name] = (f"{heading}, {judge}", digits)
    columns |= {("", name): column for name, column in _OTHERS.items()}
    first = next(iter(rows.values()))
    columns = {key: column for key, column in columns.items() if _entry(first, *key)}
    lines = [
        "| | " + " | ".join(row["name"] for row in rows.values()) + " |",
        "|---|" + "---:|" * len(rows),
    ]
    for key, (heading, digits) in columns.items():
        cells = [number_cell(_entry(row, *key), digits) for row in rows.values()]
        lines.append(f"| {heading} | " + " | ".join(cells) + " |")
    photographs = protocol["photographs"]
    pairs = first["metrics"]["psnr_outside"]["count"]
    lines += [
        "",
        f"* {photographs['count']} faces of {photographs['identities']} people, {pairs} ordered "
        f"pairs; crops of {protocol['swapped_side']} px are swapped, pictures of "
        f"{protocol['judged_side']} px are judged",
    ]
    if protocol["swapper"]["kind"] == "generator":
        strength = protocol["swapper"].get("strength", 1)
        lines.append(
            f"* {first['name']}: strength {strength:g}, colours {protocol['colours']}, the "
            f"photograph's skin {protocol['texture']}, where a row does not say otherwise"
        )
    for name, judge in (protocol["judges"] | protocol["attributes"]).items():
        lines.append(f"* {name}: {judge['name']}, sha256 {judge['sha256'][:12]}")
    return "\n".join([*lines, ""])


def _entry(row: Mapping, judge: str, name: str) -> Mapping | None:
    return (row["judges"].get(judge, {}) if judge else row["metrics"]).get(name)
