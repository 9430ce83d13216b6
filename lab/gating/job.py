"""Measures encoders on the gates' pictures."""

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
