"""Measures encoders on the gates' pictures, and writes what came out."""

from collections.abc import Sequence

import numpy as np

from facedancer.evaluation.encoders.interface import FaceEncoder

from .measures import Embedded, gates, rows, verification
from .pictures import GALLERY, Pictures

_BATCH = 64


def measure(encoder: FaceEncoder, pictures: Pictures) -> dict[str, object]:
    """The result of one encoder: its ``rows``, ``verification`` and ``gates``."""
    embedded = Embedded(
        pictures.numbers,
        pictures.families,
        pictures.sources,
        _embed(encoder, pictures.gallery.reshape(-1, *pictures.gallery.shape[2:])).reshape(
            len(pictures.numbers), GALLERY, -1
        ),
        _embed(encoder, pictures.source),
        {name: _embed(encoder, crops) for name, crops in pictures.swapped.items()},
    )
    table, verified = rows(embedded), verification(embedded)
    return {
        "encoder": encoder.name,
        "origin": encoder.origin,
        "rows": table,
        "verification": verified,
        "gates": [
            {"name": gate.name, "value": gate.value, "bar": gate.bar, "met": bool(gate.met)}
            for gate in gates(table, verified)
        ],
    }


def _embed(encoder: FaceEncoder, crops: np.ndarray) -> np.ndarray:
    parts = [
        encoder.measure(crops[start : start + _BATCH]) for start in range(0, len(crops), _BATCH)
    ]
    return np.concatenate(parts)


def markdown(results: Sequence[dict]) -> str:
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
