"""Carries weights from a file to a network, and proves that it was all of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

_SHOWN = 6


class Variable(Protocol):
    """The part of a network's variable that is needed; Keras's has it."""

    path: str
    shape: tuple[int, ...]

    def assign(self, values: np.ndarray) -> object:
        """Takes new values."""


@dataclass(frozen=True)
class Assignment:
    """One weight's way: ``source`` in the file, ``target`` in the network, and its shape."""

    source: str
    target: str
    shape: tuple[int, ...]


class WeightMappingError(ValueError):
    """Weights and variables do not match one to one; nothing was assigned.

    Attributes:
        unused: names of the file's weights that no variable takes.
        unset: paths of the network's variables that no weight sets.
    """

    def __init__(self, message: str, unused: Iterable[str] = (), unset: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.unused = tuple(unused)
        self.unset = tuple(unset)


def assign_all(
    variables: Iterable[Variable],
    stored: Mapping[str, np.ndarray],
    pairs: Iterable[tuple[str, str]],
) -> tuple[Assignment, ...]:
    """Sets every variable from exactly one stored weight and uses every weight exactly once.

    Args:
        variables: all of the network.
        stored: all weights of the file, by name.
        pairs: (name of the weight, path of the variable).

    Returns:
        What went where, in the order of ``pairs``.

    Raises:
        WeightMappingError: something is left over on either side, taken twice, of another shape or
            not finite. Nothing has been assigned then.
    """
    pairs, variables = list(pairs), list(variables)
    by_path = {variable.path: variable for variable in variables}
    if len(by_path) < len(variables):
        raise WeightMappingError("two variables of the network have one name")
    for kind, names in zip(("weight", "variable"), zip(*pairs, strict=True), strict=False):
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise WeightMappingError(f"the {kind} {twice[0]} would be used twice")
    pairs = [(source, target) for source, target in pairs if source in stored and target in by_path]
    unused = [name for name in stored if name not in {source for source, _ in pairs}]
    unset = [path for path in by_path if path not in {target for _, target in pairs}]
    if unused or unset:
        raise WeightMappingError(
            f"{len(unused)} of the file's {len(stored)} weights are left over{_listed(unused)} and "
            f"{len(unset)} of the network's {len(by_path)} are not set{_listed(unset)}",
            unused,
            unset,
        )
    for source, target in pairs:
        theirs, ours = tuple(stored[source].shape), tuple(by_path[target].shape)
        if theirs != ours:
            raise WeightMappingError(f"{source} has the shape {theirs}, and {target} wants {ours}")
    check_finite((source, stored[source]) for source, _ in pairs)
    for source, target in pairs:
        by_path[target].assign(stored[source])
    return tuple(
        Assignment(source, target, tuple(stored[source].shape)) for source, target in pairs
    )


def check_finite(weights: Iterable[tuple[str, np.ndarray]]) -> None:
    """Refuses weights that hold NaN or infinity, such as a training leaves that went wrong.

    Args:
        weights: name and values of each; what float32 cannot hold is infinity.

    Raises:
        WeightMappingError: one does; its name is in the message.
    """
    for name, values in weights:
        with np.errstate(over="ignore"):
            is_finite = np.isfinite(np.asarray(values).astype(np.float32)).all()
        if not is_finite:
            raise WeightMappingError(f"the weight {name} is not finite (NaN or infinity)")


def _listed(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f" ({', '.join(names[:_SHOWN])}{more})"
