"""The leave to run SavedModels as they come: the one flag, of every command that loads networks."""

import dataclasses

from .fields import flag_field


@dataclasses.dataclass(frozen=True)
class TrustSettings:
    """The flags of every command that loads networks; `utils.cli` obeys it before `main` begins."""

    trust_savedmodel: bool = flag_field(
        False,
        "Load SavedModels without inspection or resource limits. Their authors can then do "
        "whatever you can: read, overwrite and send your files, and use all memory and time.",
        group="networks",
        stored=False,
    )


_trusted = False


def trust_saved_models(is_trusted: bool = True) -> None:
    """Does what the flag does for a command, for a program: from now on, for all networks."""
    global _trusted
    _trusted = is_trusted


def are_saved_models_trusted() -> bool:
    """Tells whether the flag or the program says so.

    Networks are loaded many layers below the commands' `main`, and all of them alike.
    """
    return _trusted
