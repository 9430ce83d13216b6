"""The choice of what ships: the highest ID on people that nothing else is done with."""

from collections.abc import Mapping
from pathlib import Path

from facedancer.evaluation.files import MOST_RESULTS
from facedancer.evaluation.reports.table import judged
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json

from ..experiment.swappers import CANDIDATES, CHOICE_FOLDER


def read_choice(lab_dir: Path) -> dict[str, dict[str, float]]:
    """The candidates' ID by name, as evaluated on the people to choose by; none without them."""
    found = {}
    for name in CANDIDATES:
        path = lab_dir / CHOICE_FOLDER / name / "results.json"
        if path.is_file():
            found[name] = read_json(path, MOST_RESULTS)["metrics"]["id_top1"]
    return found


def chosen(choice: Mapping[str, Mapping[str, float]]) -> str:
    """The one with the highest ID, swaps without a face counted.

    Raises:
        UserError: none was evaluated.
    """
    if not choice:
        raise UserError(
            f"no generator was evaluated on the model-selection people: make {CHOICE_FOLDER}/ with "
            "python lab/run_lab.py, or give a --config"
        )
    return max(choice, key=lambda name: judged(choice[name]) or 0.0)
