"""Takes over from a lab's folder what its report is made of: a few small files for each run."""

from pathlib import Path

import numpy as np

from facedancer.evaluation.files import MOST_RESULTS, plain
from facedancer.evaluation.reports.summary import FAILED
from facedancer.training.runs.folder import FLAGS_FILE, read_parts
from facedancer.training.watching.run_log import LOG_NAME, read_log
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_arrays, write_json

from ..experiment.swappers import (
    FID_FOLDER,
    GATES_FILE,
    REFERENCES,
    SENSITIVITY_FOLDER,
)
from .choice import read_choice
from .stored_arrays import copy_arrays, read_arrays
from .stored_results import EDITION, LAB_FILE, SCORES_FOLDER, in_order, row_files

# Values of each curve that are kept: each the mean of its share of the run.
_CURVE_POINTS = 50
_DIGITS = 4
# Of each pair, with both people's numbers: what the claims are judged by.
_KEPT_SCORES = ("id_top1", "pose", "expression", "shape_silhouette", "shape_inner")
_PEOPLE = ("target_person", "source_person")


def collect(lab_dir: Path, results_dir: Path) -> None:
    """Takes over from a lab's folder what has been evaluated there, in place of what was stored.

    Raises:
        UserError: nothing was.
    """
    evaluated = (lab_dir / "evaluation").glob("*/results.json")
    names = in_order(path.parent.name for path in evaluated)
    if not names:
        raise UserError(
            f"{lab_dir}/evaluation holds no results: make them with python lab/run_lab.py"
        )
    for path in row_files(results_dir):
        path.unlink()
        (results_dir / SCORES_FOLDER / f"{path.stem}.npz").unlink(missing_ok=True)
    for name in names:
        evaluation = read_json(lab_dir / "evaluation" / name / "results.json", MOST_RESULTS)
        clean = lab_dir / FID_FOLDER / name / "results.json"
        if clean.is_file():
            evaluation["metrics"]["fid_clean"] = read_json(clean, MOST_RESULTS)["metrics"]["fid"]
        run = lab_dir / "runs" / name
        content = {"name": name, "evaluation": evaluation}
        if name not in REFERENCES:
            content |= _describe_run(run)
        write_json(results_dir / f"{name}.json", plain(content))
        _copy_scores(lab_dir / "evaluation" / name, results_dir / SCORES_FOLDER / f"{name}.npz")
    copy_arrays(lab_dir, results_dir)
    write_json(results_dir / LAB_FILE, plain(_describe_lab(lab_dir)))


def thinned(
    steps: np.ndarray, values: np.ndarray, points: int = _CURVE_POINTS
) -> dict[str, list[float]]:
    """A curve's means over equal parts of what was logged, and each part's last step.

    Args:
        steps: ``[N]``.
        values: ``[N]``; NaN is left out of the means.
    """
    parts = [part for part in np.array_split(np.arange(len(steps)), points) if len(part)]
    kept = [part[np.isfinite(values[part])] for part in parts]
    return {
        "steps": [int(steps[part[-1]]) for part in parts],
        "values": [
            float(f"{values[part].mean():.{_DIGITS}g}") if len(part) else None for part in kept
        ],
    }


def _describe_run(run: Path) -> dict[str, object]:
    curves = _curves(run)
    flags = tuple((run / FLAGS_FILE).read_text().splitlines())
    given = dict(line.removeprefix("--").split("=", 1) for line in flags if "=" in line)
    pairs_per_step = int(given["batch_size"]) * int(given.get("accumulate", 1))
    speed = np.median(curves["images_per_second"][1])
    return {
        "flags": flags,
        "origin": read_parts(run)[-1],
        "steps": int(max(steps[-1] for steps, _ in curves.values())),
        "seconds_per_step": float(f"{pairs_per_step / speed:.{_DIGITS}g}"),
        "curves": {name: thinned(*curve) for name, curve in curves.items()},
    }


def _curves(run: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A run's logged scalars by name: steps and values; what was not finite is NaN."""
    points: dict[str, list[tuple[float, float]]] = {}
    for entry in read_log(run):
        for name, value in entry.items():
            if name != "step" and (value is None or isinstance(value, int | float)):
                value = np.nan if value is None else value
                points.setdefault(name, []).append((entry["step"], value))
    return {name: tuple(np.array(pairs).T) for name, pairs in points.items()}


def _describe_lab(lab_dir: Path) -> dict[str, object]:
    """The commands with their times, what the networks that judge can do, and who may ship."""
    tasks = {}
    for path in sorted((lab_dir / "tasks").glob("*.json")):
        entry = read_json(path, MOST_RESULTS)
        if entry["is_finished"]:
            tasks[path.stem] = {key: entry[key] for key in ("stage", "command", "seconds")}
    judges = {}
    for log in sorted(lab_dir.glob(f"encoders/*/{LOG_NAME}")):
        run = log.parent
        measured = [entry for entry in read_log(run) if "validation/score" in entry]
        if measured:
            judges[run.name] = {
                name.removeprefix("validation/"): value
                for name, value in measured[-1].items()
                if name.startswith("validation/")
            }
    path = lab_dir / GATES_FILE
    gates = read_json(path, MOST_RESULTS)["encoders"] if path.is_file() else []
    path = lab_dir / SENSITIVITY_FOLDER / "fid_sensitivity.json"
    sensitivity = read_json(path, MOST_RESULTS) if path.is_file() else {}
    return {
        "edition": EDITION,
        "tasks": tasks,
        "judges": judges,
        "choice": read_choice(lab_dir),
        "gates": gates,
        "fid_sensitivity": {name: sensitivity[name] for name in ("fid", "pictures") if sensitivity},
    }


def _copy_scores(evaluation: Path, path: Path) -> None:
    """A few of an evaluation's scores of each pair; in float16 about a hundredth of a degree."""
    scores = read_arrays(evaluation / "scores.npz")
    kept = {name: scores[name].astype(np.float16) for name in _KEPT_SCORES if name in scores}
    if kept and scores.get(FAILED, np.zeros(1)).any():
        kept[FAILED] = scores[FAILED]
    people = {name: scores[name].astype(np.int32) for name in _PEOPLE if name in scores}
    path.unlink(missing_ok=True)
    if kept and len(people) == len(_PEOPLE):
        write_arrays(path, kept | people, is_compressed=True)
