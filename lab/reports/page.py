"""lab/REPORT.md and its pictures, from stored results."""

from pathlib import Path

import numpy as np

from facedancer.evaluation.files import MOST_RESULTS
from facedancer.utils.files import read_json, write_figure, write_text
from facedancer.utils.images import write_image

from ..experiment.experiments import DRAWN
from ..experiment.further_runs import FURTHER
from ..experiment.seeds import swapper_of
from ..experiment.swappers import REFERENCES
from . import figures, tables
from .collection import collect
from .further_text import MARGIN_SETS, further_sections
from .stored_arrays import ANALYSES, read_analyses, read_arrays
from .stored_results import SwapperResult, read_lab, read_results
from .text import report_text


def write_report(results_dir: Path, lab_dir: Path | None = None) -> Path:
    """Writes REPORT.md next to the folder of results, and its pictures into it.

    Args:
        results_dir: where results are kept.
        lab_dir: a lab's folder, whose results first take the place of those that lie there.

    Returns:
        The report.
    """
    if lab_dir is not None:
        collect(lab_dir, results_dir)
    path = results_dir.parent / "REPORT.md"
    lab, results = read_lab(results_dir), read_results(results_dir)
    further = [result for result in results if swapper_of(result.name) in FURTHER]
    results = [result for result in results if result not in further]
    faces = read_arrays(results_dir / "swap_matrix.npz")
    swappers = [result for result in results if f"{result.name}/swaps" in faces]
    shown = tables.best_by_identity(swappers) if swappers else ""
    drawn = [result.name for result in swappers]
    pictures = _draw(results, results_dir, faces, drawn, shown)
    analyses = read_analyses(results_dir)
    pictures |= _draw_further(results_dir, analyses)
    sections = further_sections(results, further, analyses, pictures)
    write_text(path, report_text(results, lab, pictures, shown, drawn, sections))
    return path


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
    answers = read_arrays(results_dir / "answers.npz")
    if answers:
        write_image(place("answers"), figures.compare_answers(answers))
    masks = read_arrays(results_dir / "attention.npz")
    if masks:
        write_image(place("figure_7"), figures.figure_7(masks))
    distances = read_arrays(results_dir / "ifsr_distances.npz")
    if distances:
        analysis = read_json(results_dir / "ifsr.json", MOST_RESULTS)
        write_figure(place("figure_6"), figures.figure_6(distances, analysis))
    curves = [result for result in trained if result.curves and result.name in DRAWN]
    if curves:
        write_figure(place("curves"), figures.curves(curves))
    return drawn


def _draw_further(results_dir: Path, analyses: dict[str, dict]) -> dict[str, str]:
    """Draws the rivals on the same pairs, and Figure 6 of each further set of margins."""
    drawn = {}
    faces = read_arrays(results_dir / "swap_matrix_rivals.npz")
    if faces:
        names = [key.removesuffix("/swaps") for key in faces if key.endswith("/swaps")]
        write_image(results_dir / "rivals.png", figures.compare_swaps(faces, names))
        drawn["rivals"] = f"{results_dir.name}/rivals.png"
    for name in ANALYSES[1:]:
        distances = read_arrays(results_dir / f"{name}_distances.npz")
        if name in analyses and distances:
            path = results_dir / f"figure_6_{name}.png"
            figure = figures.figure_6(distances, analyses[name], MARGIN_SETS[name])
            write_figure(path, figure)
            drawn[f"figure_6_{name}"] = f"{results_dir.name}/{path.name}"
    return drawn
