"""The flags by which the runs of a lab differ."""

from collections.abc import Mapping, Sequence

from ..experiment.swappers import CONFIGURATIONS, name_of
from .stored_results import SwapperResult

# What makes a configuration, and where its run lies.
_OWN_FLAGS = {"up_types", "mapping_depth", "ifsr_weight", "ifsr_margins", "run_dir"}
# Margins of eleven blocks would fill the page; ifsr.json has them.
_FLAG_WIDTH = 60


def trained_alike(results: Sequence[SwapperResult]) -> bool:
    """Tells whether the runs differ in nothing but what makes them configurations."""
    return _different_flags(results) <= _OWN_FLAGS


def flags_table(results: Sequence[SwapperResult]) -> str:
    """The flags that differ between the configurations; the student's are of another command."""
    own_names = _different_flags(results) - {"run_dir"}
    lines = ["| configuration | its own flags |", "|---|---|"]
    for result in results:
        if result.name in CONFIGURATIONS:
            own = " ".join(
                flag if len(flag) <= _FLAG_WIDTH else f"{flag[:_FLAG_WIDTH]}..."
                for flag in sorted(result.flags)
                if _flag_name(flag) in own_names
            )
            lines.append(f"| {name_of(result.name)} | `{own}` |")
    return "\n".join(lines)


def _different_flags(results: Sequence[SwapperResult]) -> set[str]:
    """Names of the flags that differ between the configurations; of a file, its bytes count."""
    given = []
    for result in results:
        if result.name in CONFIGURATIONS:
            files = {f"--{name}={sha256}" for name, sha256 in _files(result).items()}
            others = {flag for flag in result.flags if _flag_name(flag) not in _files(result)}
            given.append(files | others)
    different = set.union(*given) - set.intersection(*given) if given else set()
    return {_flag_name(flag) for flag in different}


def _files(result: SwapperResult) -> Mapping[str, str]:
    """The sha256 of what a run read, by flag."""
    return result.origin.get("sha256", {})


def _flag_name(flag: str) -> str:
    return flag.partition("=")[0].removeprefix("--")
