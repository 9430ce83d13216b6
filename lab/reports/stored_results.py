"""The stored results of a lab: a few small files for each run, the report's source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facedancer.evaluation.files import MOST_RESULTS
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json

from ..experiment.experiments import SWAPPERS
from ..experiment.seeds import seed_of, swapper_of
from ..experiment.swappers import REFERENCES
from .stored_arrays import read_arrays

_ORDER = (*REFERENCES, *SWAPPERS)
SCORES_FOLDER = "scores"
LAB_FILE = "lab.json"
# Of what is stored: what was collected before people's hair varied can't be read as of today.
EDITION = 2


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

    @property
    def metrics(self) -> dict[str, Mapping]:
        """Entries by metric; what further judges say under ``JUDGE/NAME``."""
        of_judges = self.evaluation.get("judges") or {}
        return dict(self.evaluation["metrics"]) | _flat(of_judges)

    @property
    def by_yaw(self) -> dict[str, dict[str, Mapping]]:
        """The same by how far the target's head is turned."""
        of_judges = self.evaluation.get("judges_by_yaw") or {}
        return {
            name: dict(metrics) | _flat(of_judges.get(name, {}))
            for name, metrics in self.evaluation.get("by_yaw", {}).items()
        }

    def value(self, metric: str) -> tuple[float, float, float]:
        """A metric's value and its interval's ends; NaN where it was not measured.

        With swaps that failed, see `evaluation.reports.summary`, as the worst there is.
        """
        entry = self.metrics.get(metric) or {}
        keys = ("judged", "judged_low", "judged_high")
        return tuple(
            np.nan if entry.get(key) is None else float(entry[key])
            for key in (keys if entry.get("failed") else ("value", "low", "high"))
        )


def _flat(judges: Mapping[str, Mapping]) -> dict[str, Mapping]:
    return {
        f"{judge}/{name}": entry for judge, said in judges.items() for name, entry in said.items()
    }


def read_results(results_dir: Path) -> list[SwapperResult]:
    """All rows that are stored, the references first, then experiment by experiment.

    Raises:
        UserError: there are none, or one is damaged.
    """
    found = []
    for path in row_files(results_dir):
        try:
            scores = read_arrays(results_dir / SCORES_FOLDER / path.with_suffix(".npz").name)
            found.append(SwapperResult(**read_json(path, MOST_RESULTS), scores=scores))
        except (ValueError, TypeError) as error:
            raise UserError(f"{path} is damaged ({error}): collect it again") from error
    if not found:
        raise UserError(f"{results_dir} holds no results: make them with python lab/run_lab.py")
    return found


def read_lab(results_dir: Path) -> dict[str, dict]:
    """Reads what is stored of the lab itself: ``tasks``, ``judges``, ``choice``, ``gates``.

    Raises:
        UserError: it is of a lab of other people, of whom this report has no words.
    """
    path = results_dir / LAB_FILE
    if not path.is_file():
        return {"tasks": {}, "judges": {}}
    lab = read_json(path, MOST_RESULTS)
    if lab.get("edition") != EDITION:
        raise UserError(
            f"{results_dir} holds results of an earlier lab, whose people could be recognised by "
            "their hair; its report is kept as it is (docs/lab.md says how to make it again). "
            "Make today's results with python lab/run_lab.py"
        )
    return lab


def in_order(names: Iterable[str]) -> list[str]:
    """Sorts names as the report does; leaves out what is neither a reference nor a run."""
    known = [name for name in names if swapper_of(name) in _ORDER]
    return sorted(known, key=lambda name: (_ORDER.index(swapper_of(name)), seed_of(name)))


def row_files(results_dir: Path) -> list[Path]:
    """The files of the rows that are stored."""
    names = in_order(path.stem for path in results_dir.glob("*.json"))
    return [results_dir / f"{name}.json" for name in names]
