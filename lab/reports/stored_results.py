"""The stored results of a lab: a few small files for each run, the report's source."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facedancer.evaluation.files import MOST_RESULTS, plain
from facedancer.evaluation.reports.summary import FAILED
from facedancer.training.runs.folder import FLAGS_FILE, read_parts
from facedancer.training.watching.run_log import LOG_NAME, read_log
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, write_arrays, write_json

from ..experiment.further_runs import FURTHER
from ..experiment.swappers import (
    FID_FOLDER,
    GATES_FILE,
    GAZE_FOLDER,
    REFERENCES,
    SENSITIVITY_FOLDER,
    TRAINED,
)
from .choice import read_choice
from .stored_arrays import copy_arrays, read_arrays

# Values of each curve that are kept: each the mean of its share of the run.
_CURVE_POINTS = 50
_DIGITS = 4
# Of each pair, with both people's numbers: what the claims are judged by.
_KEPT_SCORES = ("id_top1", "pose", "expression", "shape_silhouette", "shape_inner")
_PEOPLE = ("target_person", "source_person")
_SCORES_FOLDER = "scores"
# Evaluations of the shipped generator on people that served for nothing before, each
# ``NAME.json``, and ``commands.sh``, which made them.
FRESH_FOLDER = "fresh"


@dataclass(frozen=True)
class SwapperResult:
    """A row of the report's tables.

    Attributes:
        name: of a configuration, of the student, or of a reference.
        evaluation: what ``evaluation/evaluate.py`` wrote.
        flags: the run's own, a line each; none of a reference, as all that follows.
        origin: versions, devices and checksums of the run's last part.
        steps: that it was trained for.
        seconds_per_step: median over the log, samples and saving left out.
        curves: scalar -> steps and values, thinned.
        scores: metric -> ``[P]``, each pair's; whose the pairs are, ``target_person`` and
            ``source_person``; and where there are any, which swaps ``failed``.
    """

    name: str
    evaluation: Mapping[str, object]
    flags: tuple[str, ...] = ()
    origin: Mapping[str, object] = field(default_factory=dict)
    steps: int = 0
    seconds_per_step: float = 0.0
    curves: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)

    def value(self, metric: str) -> tuple[float, float, float]:
        """A metric's value and its interval's ends; NaN where it was not measured.

        With swaps that failed, see `evaluation.reports.summary`, as the worst there is.
        """
        entry = self.evaluation["metrics"].get(metric) or {}
        keys = ("judged", "judged_low", "judged_high")
        return tuple(
            np.nan if entry.get(key) is None else float(entry[key])
            for key in (keys if entry.get("failed") else ("value", "low", "high"))
        )


def collect(lab_dir: Path, results_dir: Path) -> None:
    """Takes over from a lab's folder what has been evaluated there, in place of what was stored.

    Raises:
        UserError: nothing was.
    """
    known = (*REFERENCES, *TRAINED, *FURTHER)
    names = [name for name in known if (lab_dir / "evaluation" / name / "results.json").is_file()]
    if not names:
        raise UserError(f"{lab_dir}/evaluation holds no results: python lab/run_lab.py makes them")
    for name in set(known) - set(names):
        (results_dir / f"{name}.json").unlink(missing_ok=True)
        (results_dir / _SCORES_FOLDER / f"{name}.npz").unlink(missing_ok=True)
    for name in names:
        evaluation = read_json(lab_dir / "evaluation" / name / "results.json", MOST_RESULTS)
        for folder, metric, kept in (
            (FID_FOLDER, "fid", "fid_clean"),
            (GAZE_FOLDER, "gaze", "gaze"),
        ):
            path = lab_dir / folder / name / "results.json"
            if path.is_file():
                evaluation["metrics"][kept] = read_json(path, MOST_RESULTS)["metrics"][metric]
        run = lab_dir / "runs" / name
        content = {"name": name, "evaluation": evaluation}
        if name not in REFERENCES:
            content |= _describe_run(run)
        write_json(results_dir / f"{name}.json", plain(content))
        _copy_scores(lab_dir / "evaluation" / name, results_dir / _SCORES_FOLDER / f"{name}.npz")
    # They were there for want of a report on such people.
    shutil.rmtree(results_dir / FRESH_FOLDER, ignore_errors=True)
    copy_arrays(lab_dir, results_dir)
    write_json(results_dir / "lab.json", plain(_describe_lab(lab_dir)))


def read_results(results_dir: Path) -> list[SwapperResult]:
    """The ablation's rows that are stored, the references first, then in the paper's order.

    Raises:
        UserError: there are none, or one is damaged.
    """
    found = _read_rows(results_dir, (*REFERENCES, *TRAINED))
    if not found:
        raise UserError(f"{results_dir} holds no results: python lab/run_lab.py makes them")
    return found


def read_further(results_dir: Path) -> list[SwapperResult]:
    """The rows of `FURTHER` that are stored, in its order.

    Raises:
        UserError: one is damaged.
    """
    return _read_rows(results_dir, tuple(FURTHER))


def _read_rows(results_dir: Path, names: tuple[str, ...]) -> list[SwapperResult]:
    found = []
    for name in names:
        path = results_dir / f"{name}.json"
        if path.is_file():
            try:
                scores = read_arrays(results_dir / _SCORES_FOLDER / path.with_suffix(".npz").name)
                found.append(SwapperResult(**read_json(path, MOST_RESULTS), scores=scores))
            except (ValueError, TypeError) as error:
                raise UserError(f"{path} is damaged ({error}): collect it again") from error
    return found


def read_fresh(results_dir: Path) -> tuple[list[dict], str]:
    """Reads `FRESH_FOLDER`: evaluations, those that swap nothing first; the commands."""
    folder = results_dir / FRESH_FOLDER
    rows = [read_json(path, MOST_RESULTS) for path in sorted(folder.glob("*.json"))]
    rows.sort(key=lambda row: row["protocol"]["swapper"]["kind"] == "generator")
    commands = folder / "commands.sh"
    return rows, commands.read_text() if commands.is_file() else ""


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
