"""Several evaluations side by side, and one of the paper's tables below."""

from collections.abc import Sequence
from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json

from ..files import MOST_RESULTS
from .published import MEASURED_ON, published_rows
from .table import ABLATION_COLUMNS, RUNTIME_METRICS, markdown_table

# What results must have in common to stand in one table.
_SHARED = ("targets", "sources", "pairs", "encoders", "gallery", "truths")


def read_results(folder: str | Path) -> dict:
    """Reads what an evaluation found.

    Raises:
        UserError: the folder holds none, or a damaged one.
    """
    path = Path(folder) / "results.json"
    try:
        results = read_json(path, MOST_RESULTS)
        missing = {"name", "metrics", "protocol"} - results.keys()
    except FileNotFoundError as error:
        raise UserError(f"no {path}: run evaluation/evaluate.py --output={folder}") from error
    except (ValueError, AttributeError) as error:
        raise UserError(f"{path} is damaged ({error!r}): evaluate again") from error
    if missing:
        raise UserError(f"{path} is damaged, it lacks {', '.join(sorted(missing))}: evaluate again")
    return results


def compare(results: Sequence[dict], paper: str | None = None) -> str:
    """The table, and by what it was measured.

    Raises:
        UserError: the results are of different protocols.
    """
    protocol = results[0]["protocol"]
    for other in results[1:]:
        different = [key for key in _SHARED if other["protocol"].get(key) != protocol.get(key)]
        if different:
            raise UserError(
                f"{other['name']} and {results[0]['name']} cannot be compared: different "
                f"{', '.join(different)}; evaluate both with the same data, pairs and encoders"
            )
    devices = _devices(results)
    columns = [
        column for column in ABLATION_COLUMNS if len(devices) < 2 or column not in RUNTIME_METRICS
    ]
    lines = [markdown_table(results, columns)]
    if len({result.get("code") for result in results}) > 1:
        lines.append(
            "**These numbers were computed by different code**: run evaluation/evaluate.py once "
            "more with each, which computes again what is of older code.\n"
        )
    names = "; ".join(f"{role}: {e['name']}" for role, e in protocol["encoders"].items())
    lines.append(f"{_measured_on(protocol)}; {names}.\n")
    if devices:
        words = ", ".join(sorted(devices))
        left_out = "; left out, as they do not compare" if len(devices) > 1 else ""
        lines.append(f"Time and memory on {words}{left_out}.\n")
    if paper:
        lines += [f"\nThe paper's Table {paper}:\n\n"]
        lines.append(markdown_table(published_rows(paper), ABLATION_COLUMNS))
        lines.append(f"The paper: {MEASURED_ON[paper]}; here: {_measured_on(protocol)}.\n")
        differences = protocol["not_as_the_paper"]
        if differences:
            lines.append(f"The two do not compare: {'; '.join(differences)}.\n")
    return "".join(f"{part}\n" if part.startswith("|") else part for part in lines)


def _devices(results: Sequence[dict]) -> set[str]:
    """Names what time and memory were measured on."""
    entries = [result["metrics"].get(name, {}) for result in results for name in RUNTIME_METRICS]
    return {entry["device"] for entry in entries if "device" in entry}


def _measured_on(protocol: dict) -> str:
    targets, sources = protocol["targets"], protocol["sources"]
    return (
        f"{protocol['pairs']['count']:,} pairs of {targets.get('name')} and {sources.get('name')} "
        f"at {targets.get('side')} px"
    )
