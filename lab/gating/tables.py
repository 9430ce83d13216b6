"""The gates' tables."""

from collections.abc import Mapping, Sequence


def markdown(results: Sequence[Mapping]) -> str:
    """The tables of several encoders: cosines and shares, verification, gates."""
    blocks = []
    for result in results:
        lines = [
            f"### {result['encoder']}",
            "",
            "| the source gives | cosine to the source | found: source | its sibling | target |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, row in result["rows"].items():
            low, high = row["interval"]
            lines.append(
                f"| {name} | {row['cosine']:.3f} ({low:.3f} to {high:.3f}) | {row['found']:.1%} | "
                f"{row['sibling']:.1%} | {row['target']:.1%} |"
            )
        verified = result["verification"]
        lines += [
            "",
            f"Verification: AUC {verified['auc']:.4f}, TAR at 1e-3 {verified['tar']:.3f}; among "
            f"siblings AUC {verified['sibling_auc']:.4f}.",
            "",
            "| gate | value | bar | |",
            "|---|---:|---:|---|",
        ]
        for gate in result["gates"]:
            word = "met" if gate["met"] else "**not met**"
            lines.append(f"| {gate['name']} | {gate['value']:.3f} | {gate['bar']:g} | {word} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
