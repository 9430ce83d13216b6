"""Writes lab/REPORT.md and its pictures from stored results.

python lab/report.py                      from lab/results, which ships
python lab/report.py --lab_dir=lab_out --results_dir=lab/results
                                          with what was evaluated in lab_out in place of it
"""

import json
from pathlib import Path

import numpy as np
from absl import flags

from facedancer.evaluation.files import write_figure, write_text
from facedancer.lab.experiment.swappers import REFERENCES
from facedancer.lab.experiment.tasks import ROOT
from facedancer.lab.reports import figures, tables
from facedancer.lab.reports.stored_results import (
    SwapperResult,
    collect,
    read_arrays,
    read_fresh,
    read_results,
)
from facedancer.lab.reports.text import report_text
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

FLAGS = flags.FLAGS
flags.DEFINE_string("lab_dir", None, "A lab's folder, to take results over from; default: none.")
flags.DEFINE_string("results_dir", None, "Where results are kept; default: lab/results.")


def main() -> None:
    """Reads the flags, collects where that is asked for, and writes the report."""
    if FLAGS.lab_dir and not FLAGS.results_dir:
        raise UserError(
            "--lab_dir needs --results_dir, where its results go in place of those that lie there: "
            "lab/results for the full lab alone"
        )
    results_dir = Path(FLAGS.results_dir or ROOT / "lab" / "results")
    if FLAGS.lab_dir:
        collect(Path(FLAGS.lab_dir), results_dir)
    path = results_dir.parent / "REPORT.md"
    results = read_results(results_dir)
    faces = read_arrays(results_dir / "swap_matrix.npz")
    swappers = [result for result in results if f"{result.name}/swaps" in faces]
    shown = tables.best_by_identity(swappers) if swappers else ""
    drawn = [result.name for result in swappers]
    pictures = _draw(results, results_dir, faces, drawn, shown)
    fresh = read_fresh(results_dir)
    write_text(path, report_text(results, _lab(results_dir), pictures, shown, drawn, fresh))
    print(f"report: {path}")


def _draw(
    results: list[SwapperResult],
    results_dir: Path,
    faces: dict[str, np.ndarray],
    swappers: list[str],
    shown: str,
) -> dict[str, str]:
    """Draws what can be drawn: each picture's name and its path as the report has it.

    Args:
        results: the rows.
        results_dir: where the pictures go, and where arrays are read.
        faces: of the swap matrix.
        swappers: who swapped them.
        shown: which of them the swap matrix is of.
    """
    trained = [result for result in results if result.name not in REFERENCES]
    drawn = {}

    def place(name: str) -> Path:
        drawn[name] = f"{results_dir.name}/{name}.png"
        return results_dir / f"{name}.png"

    if shown:
        write_image(place("swap_matrix"), figures.swap_matrix(faces, shown))
        write_image(place("configurations"), figures.compare_swaps(faces, swappers))
    masks = read_arrays(results_dir / "attention.npz")
    if masks:
        write_image(place("figure_7"), figures.figure_7(masks))
    distances = read_arrays(results_dir / "ifsr_distances.npz")
    if distances:
        analysis = json.loads((results_dir / "ifsr.json").read_text())
        write_figure(place("figure_6"), figures.figure_6(distances, analysis))
    if any(result.curves for result in trained):
        write_figure(place("curves"), figures.curves(trained))
    return drawn


def _lab(results_dir: Path) -> dict[str, dict]:
    path = results_dir / "lab.json"
    return json.loads(path.read_text()) if path.is_file() else {"tasks": {}, "judges": {}}


if __name__ == "__main__":
    run(main)
