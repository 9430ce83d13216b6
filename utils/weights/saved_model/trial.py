"""Tests a SavedModel before it is loaded: it is read through, then tried in a child."""

from collections.abc import Sequence
from pathlib import Path

from ...flags.trust import are_saved_models_trusted
from ..bounded_child import BoundedChild
from .check import VARIABLES, Signature, UnsafeSavedModelError, check_saved_model

_ADVICE = (
    "a SavedModel is a program, and this one is none that only computes: take a .keras file, or, "
    "if you trust its author with all you may do yourself, give --trust_savedmodel"
)


def read_through(folder: Path, called: str) -> dict[str, Signature]:
    """The signatures of a SavedModel by name, unless its graph is unsafe; see `check_saved_model`.

    Raises:
        ValueError: it is unsafe or damaged.
    """
    try:
        return check_saved_model(folder, called)
    except UnsafeSavedModelError as error:
        raise ValueError(f"it {error}; {_ADVICE}") from error


def try_saved_model(folder: Path, signature: str = "", batches: Sequence[int] = ()) -> None:
    """Loads a SavedModel's variables, and calls it once, in a child with bounds.

    Args:
        folder: of one that `read_through` let through.
        signature: to be called; "": its variables alone are looked at.
        batches: how many pictures it will be called with: all the arrays that come of it, one by
            one, must be of known size, and not too large.

    Raises:
        ValueError: it is damaged, asks for too much, or holds or gives NaN or infinity.
    """
    call = [signature, *map(str, batches)] if signature else []
    child = BoundedChild(
        "facedancer.utils.weights.saved_model.child", str(folder), str(folder / VARIABLES), *call
    )
    child.answer()
    child.close()


def refuse_unsafe(folder: Path) -> None:
    """Lets a SavedModel pass whose numbers alone are wanted.

    Raises:
        ValueError: it is unsafe or damaged, and SavedModels are not trusted.
    """
    if not are_saved_models_trusted():
        read_through(folder, "")
        try_saved_model(folder)
