"""The arrays that the report's figures are drawn from, kept small."""

from pathlib import Path

import numpy as np

from facedancer.evaluation.files import MOST_RESULTS
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_arrays, write_json

# Analyses of IFSR: the file that keeps one, and its folder below the lab's.
ANALYSES = ("ifsr", "ifsr_face_shifter", "ifsr_labels")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file; none where there is no such file.

    Raises:
        UserError: it is damaged.
    """
    if not path.is_file():
        return {}
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except (ValueError, OSError) as error:
        raise UserError(f"{path} is damaged ({error}): collect it again") from error


def read_analyses(results_dir: Path) -> dict[str, dict]:
    """The analyses of IFSR that are stored, by their names in `ANALYSES`."""
    paths = {name: results_dir / f"{name}.json" for name in ANALYSES}
    return {name: read_json(path, MOST_RESULTS) for name, path in paths.items() if path.is_file()}


def copy_arrays(lab_dir: Path, results_dir: Path) -> None:
    """Copies the figures' arrays, compressed; distances of float16 are exact enough to see."""
    sources = {
        **{f"{name}_distances": lab_dir / name / "distances.npz" for name in ANALYSES},
        "swap_matrix": lab_dir / "swap_matrix.npz",
        "swap_matrix_rivals": lab_dir / "swap_matrix_rivals.npz",
        "attention": lab_dir / "attention" / "attention.npz",
        "answers": lab_dir / "answers.npz",
    }
    for name, path in sources.items():
        (results_dir / f"{name}.npz").unlink(missing_ok=True)
        if path.is_file():
            with np.load(path) as arrays:
                kept = {
                    key: array.astype(np.float16) if array.dtype.kind == "f" else array
                    for key, array in arrays.items()
                }
            write_arrays(results_dir / f"{name}.npz", kept, is_compressed=True)
    for name in ANALYSES:
        path, stored = lab_dir / name / "ifsr.json", results_dir / f"{name}.json"
        if path.is_file():
            write_json(stored, read_json(path, MOST_RESULTS))
        elif name != ANALYSES[0]:
            stored.unlink(missing_ok=True)
