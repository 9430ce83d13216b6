"""Identity judges: several encoders, none of which trained the swapper, each with its own word."""

from collections.abc import Mapping, Sequence

import numpy as np

from facedancer.utils.errors import UserError

from .encoders.interface import FaceEncoder
from .encoders.registry import load_measure
from .metrics.intervals import mean_interval
from .metrics.search import IdentitySearch, cosine_to_source, cosine_to_target, target_first, top_1
from .swaps.swappers import PairSwapper

# By what each judge counts: heading for tables, and digits.
COLUMNS = {
    "nearer": ("nearer to source ↑, %", 1),
    "id_top1": ("ID ↑", 1),
    "id_target": ("target found first ↓, %", 1),
    "id_cosine": ("cos to source ↑", 3),
    "id_cosine_target": ("cos to target ↓", 3),
}
# Next to the judges' names: what all of them say.
ALL = "all judges"


def load_judges(specs: Sequence[str], *swappers: PairSwapper) -> dict[str, FaceEncoder]:
    """The encoders of a list by what the list calls them.

    Raises:
        UserError: one of them cannot be had, or one of the swappers was trained with it.
    """
    judges = {spec: load_measure("identity", spec) for spec in specs}
    for swapper in swappers:
        for spec, judge in judges.items():
            if swapper.was_trained_by(judge.origin):
                raise UserError(
                    f"{swapper.name} was trained with {spec}, which favours it: give other judges"
                )
    return judges


def judge_pairs(searches: Mapping[str, IdentitySearch]) -> dict[str, dict[str, np.ndarray]]:
    """Gives what each judge says of P swaps: judge -> `COLUMNS` -> ``[P]``.

    ``nearer`` is 100 where the swap's cosine to its source is above that to its target, else 0;
    under `ALL`, where that is so by all judges. ``id_target`` is left out where nobody knows who
    the targets are.
    """
    scores = {}
    for name, search in searches.items():
        source, target = cosine_to_source(search), cosine_to_target(search)
        scores[name] = {
            "nearer": np.where(source > target, 100.0, 0.0),
            "id_top1": top_1(search),
            "id_cosine": source,
            "id_cosine_target": target,
        }
        found = target_first(search)
        if found is not None:
            scores[name]["id_target"] = found
    if len(scores) > 1:
        said = [of_judge["nearer"] for of_judge in scores.values()]
        scores[ALL] = {"nearer": np.min(said, axis=0)}
    return scores


def mean_entry(values: np.ndarray, groupings: Sequence[np.ndarray]) -> dict[str, float]:
    """The mean of ``[P]`` numbers, NaN apart, with the ends of its interval and the count."""
    known = np.isfinite(values)
    low, high = mean_interval(values, *groupings)
    value = float(values[known].mean()) if known.any() else np.nan
    return {"value": value, "low": low, "high": high, "count": int(known.sum())}


def summarise_judges(
    scores: Mapping[str, Mapping[str, np.ndarray]], groupings: Sequence[np.ndarray]
) -> dict[str, dict[str, dict[str, float]]]:
    """The means of what `judge_pairs` gives; ``groupings`` as for `metrics.intervals`."""
    return {
        judge: {name: mean_entry(values, groupings) for name, values in of_judge.items()}
        for judge, of_judge in scores.items()
    }


def judges_by_yaw(
    scores: Mapping[str, Mapping[str, np.ndarray]],
    bins: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """The same by how far the target's head is turned.

    Args:
        scores: what `judge_pairs` gives.
        bins: from `reports.summary.rows_by_yaw`.
        groupings: as for `metrics.intervals`.
    """
    return {
        name: summarise_judges(
            {judge: {key: v[rows] for key, v in one.items()} for judge, one in scores.items()},
            [group[rows] for group in groupings],
        )
        for name, rows in bins.items()
        if scores
    }


def judge_table(judges: Mapping[str, Mapping]) -> str:
    """A Markdown table of `summarise_judges`: a row for each judge."""
    lines = [
        "| judge | " + " | ".join(heading for heading, _ in COLUMNS.values()) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for judge, entries in judges.items():
        cells = [number_cell(entries.get(name), digits) for name, (_, digits) in COLUMNS.items()]
        lines.append(f"| {judge} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def number_cell(entry: Mapping | None, digits: int) -> str:
    """A mean and its interval as a table shows them; "" of what was not measured."""
    if entry is None or entry["value"] is None:
        return ""
    if entry["low"] is None:
        return f"{entry['value']:.{digits}f}"
    low, high = (f"{entry[end]:.{digits}f}" for end in ("low", "high"))
    return f"{entry['value']:.{digits}f} ({low} to {high})"
