"""The paper's published rows: Tables 1 to 3, as printed."""

_NAMES = ("id_top1", "pose", "expression", "fid", "ms_per_batch", "memory_gb")

# Table 2: FaceForensics++, 300k steps; milliseconds and GB for a batch of 32 on one RTX 3090.
TABLE_2 = {
    "Baseline 1": (97.66, 1.97, 8.20, 16.72, 74.9, 1.25),
    "Baseline 2": (92.61, 1.87, 7.97, 13.51, 70.2, 1.25),
    "A": (98.14, 3.61, 9.82, 31.63, 75.8, 1.18),
    "B": (96.96, 2.48, 8.25, 23.11, 75.8, 1.18),
    "C": (98.57, 2.27, 7.98, 14.59, 78.3, 1.26),
    "D": (97.53, 2.04, 7.76, 13.50, 78.2, 1.27),
    "E": (97.38, 2.07, 5.73, 14.68, 64.6, 1.21),
}
# Table 3: AFLW2000-3D as targets, FaceForensics++ as sources.
TABLE_3 = {
    "Baseline 1": (89.10, 5.63, 5.34, 19.26),
    "Baseline 2": (94.95, 6.23, 5.60, 21.30),
    "A": (98.50, 14.97, 7.07, 40.34),
    "B": (97.95, 5.86, 5.74, 21.50),
    "C": (97.65, 5.82, 4.13, 18.50),
    "D": (97.10, 5.75, 4.15, 20.41),
    "E": (95.45, 6.16, 4.19, 18.13),
}
# Table 1: FaceForensics++; FaceDancer's after 500k steps.
TABLE_1 = {
    "FaceSwap": (54.19, 2.51),
    "FaceShifter": (97.38, 2.96),
    "MegaFS": (90.83, 2.64),
    "FaceController": (98.27, 2.65),
    "HifiFace": (98.48, 2.63),
    "SimSwap": (92.83, 1.53, 8.04, 11.76),
    "FaceDancer B": (98.54, 2.24, 8.52, 25.11),
    "FaceDancer C": (98.84, 2.04, 7.97, 16.30),
    "FaceDancer D": (98.19, 2.15, 5.70, 19.10),
}
TABLES = {"1": TABLE_1, "2": TABLE_2, "3": TABLE_3}
# What they were measured on; which encoders by: `protocol.differences`.
_FRAMES = "10,000 frames of FaceForensics++ at 256 px, time and memory on an RTX 3090"
MEASURED_ON = {
    "1": _FRAMES,
    "2": _FRAMES,
    "3": "faces of AFLW2000-3D at 256 px, sources of FaceForensics++",
}


def published_rows(table: str) -> list[dict]:
    """A table's rows in the form of ``results.json``: ``name`` and ``metrics``.

    Raises:
        KeyError: not one of `TABLES`.
    """
    return [
        {
            "name": f"{name} (paper)",
            "metrics": {
                metric: {"value": value} for metric, value in zip(_NAMES, row, strict=False)
            },
        }
        for name, row in TABLES[table].items()
    ]
